"""One try against every kind of fault: its reason, the numbers, the connection, and nothing of the credential."""

import logging
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

import pytest

from cloudflare_api.client import Transport
from cloudflare_api.credential import read_secret
from cloudflare_api.response import Kind
from cloudflare_api.usage import Attempt, attempt_usage
from contract.raw import Reason
from contract.sources import Request, Zone
from tests.end_to_end import fault_table as table
from tests.sandbox.cloudflare import KINDS, Call, Cloudflare, Fault, Reading, sample_world
from tests.sandbox.cloudflare.sample import TOKEN

WORLD: Final = sample_world(zones=2, applications=2)
STRUCK, NEXT = WORLD.zones
NOW: Final = datetime(2026, 11, 23, 10, 1, 7, tzinfo=UTC)
MINUTE: Final = "2026-11-23 10:00"
SHORTEST: Final = 8
"""Characters of a credential: so many, and it is no longer a secret."""
PATIENCE_S: Final = 0.25
ENOUGH_S: Final = 5
"""What never ends has not ended by then, on a busy machine either."""
LARGE_BYTES: Final = 5 * 1024 * 1024

OF_THE_RUN: Final = {"foreign_app_id"}
"""Seen by those alone who know the applications of the other zones."""
AT_ITS_WORD: Final = {*table.LEFT_OUT, *table.ROUNDED, *table.ADDED}
OF_USAGE: Final = sorted(set(KINDS) - set(table.LISTING) - OF_THE_RUN)
DRIPPING: Final = sorted(kind for kind in KINDS if kind.startswith(("drip", "hang")))


@pytest.fixture(scope="module")
def released() -> Iterator[Cloudflare]:
    """A Cloudflare at which nothing hangs for long."""
    with Cloudflare(WORLD, clock=lambda: NOW, validate=False) as running:
        running.release()
        yield running


@pytest.fixture
def cloudflare() -> Iterator[Cloudflare]:
    with Cloudflare(WORLD, clock=lambda: NOW, validate=False) as running:
        yield running


class Asking:
    """Asks for one zone after the other, over the connections of one process."""

    def __init__(self, cloudflare: Cloudflare) -> None:
        self._transport = Transport(cloudflare.base_url, clock=lambda: NOW)
        self._credential = read_secret("spectrum/main", TOKEN)

    def __call__(self, zone_id: str, run_s: float = 20.0) -> Attempt:
        request = Request(Zone(id=zone_id, name=None, app_ids=(), colos=()), None)
        return attempt_usage(self._transport, request, self._credential, time.monotonic() + run_s)


def numbers(attempt: Attempt) -> dict[str, tuple[int, int, float, float | None]]:
    return {
        row.app_id: (row.bytes_ingress, row.bytes_egress, row.connections, row.duration_avg_ms) for row in attempt.usage
    }


def true(cloudflare: Cloudflare, zone_id: str) -> dict[str, tuple[int, int, float, float | None]]:
    def said(reading: Reading) -> tuple[int, int, float, float | None]:
        duration = reading.duration_avg_ms if reading.connections else None
        return reading.bytes_ingress, reading.bytes_egress, reading.connections, duration

    return {app_id: said(reading) for app_id, reading in cloudflare.usage(zone_id, MINUTE).items()}


def parts_of(secret: str) -> set[str]:
    return {secret[start : start + SHORTEST] for start in range(len(secret) - SHORTEST + 1)}


def all_connections_closed(cloudflare: Cloudflare) -> bool:
    end = time.monotonic() + ENOUGH_S
    while cloudflare.connections and time.monotonic() < end:
        time.sleep(0.005)
    return not cloudflare.connections


@pytest.mark.parametrize("kind", OF_USAGE)
def test_a_disturbed_answer_is_taken_as_the_table_says_and_the_next_zone_has_its_own(
    kind: str, released: Cloudflare, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    released.faults.clear()
    delay_s = 0.0002 if kind.startswith("drip") else 0.02
    released.faults.add(Fault(kind, zone=STRUCK.id, call=Call.USAGE, delay_s=delay_s, size_bytes=LARGE_BYTES))
    ask = Asking(released)
    disturbed, after = ask(STRUCK.id), ask(NEXT.id)

    assert (after.reason, numbers(after)) == (None, true(released, NEXT.id))
    assert (disturbed.reason, disturbed.kind is Kind.GOOD) == (
        table.REASON_OF.get(kind),
        kind not in table.REASON_OF,
    ), disturbed.message
    assert kind not in table.BLOCKED or disturbed.kind not in (Kind.CREDENTIAL, Kind.AMBIGUOUS)
    if kind not in AT_ITS_WORD:
        assert numbers(disturbed) == ({} if disturbed.reason else true(released, STRUCK.id))
    assert [record.getMessage() for record in caplog.records if record.levelno > logging.DEBUG] == []
    said = [repr(disturbed), *(f"{record.getMessage()} {record.exc_info} {record.args}" for record in caplog.records)]
    assert [part for part in parts_of(TOKEN) if any(part in text for text in said)] == []


@pytest.mark.parametrize("kind", DRIPPING)
def test_an_answer_that_does_not_end_is_given_up_in_time_and_leaves_nothing_behind(
    kind: str, cloudflare: Cloudflare
) -> None:
    cloudflare.faults.add(Fault(kind, zone=STRUCK.id, call=Call.USAGE, delay_s=0.05))
    threads = set(threading.enumerate())
    ask = Asking(cloudflare)
    enough = threading.Timer(ENOUGH_S, cloudflare.release)  # an endless answer would else keep this test for ever
    enough.start()
    began = time.monotonic()
    given_up = ask(STRUCK.id, PATIENCE_S)
    took_s = time.monotonic() - began
    enough.cancel()
    enough.join()
    assert (given_up.reason, given_up.usage) == (Reason.TIMEOUT, ())
    assert PATIENCE_S * 0.9 <= took_s < ENOUGH_S
    assert all_connections_closed(cloudflare)
    for thread in set(threading.enumerate()) - threads:
        thread.join(ENOUGH_S)
        assert not thread.is_alive()
    assert numbers(ask(NEXT.id)) == true(cloudflare, NEXT.id)
