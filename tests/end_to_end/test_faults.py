"""Every fault there is: it costs the zone that it strikes a minute, or nothing, and never anybody else."""

from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import islice, pairwise

import pytest

from contract.metrics import HEALTH_NAMESPACE
from tests.end_to_end import fault_table as table
from tests.end_to_end import promises
from tests.end_to_end.stack import SOURCES, TOKENS, ZONES, Polled
from tests.end_to_end.truth import (
    assert_collected,
    assert_whole,
    by_request,
    expected,
    numbers,
    published,
    readings,
    saved,
)
from tests.end_to_end.waiting import wait_until
from tests.sandbox.cloudflare import KINDS, Application, Call, Fault, Reading, make_id
from tests.sandbox.cloudflare.row_faults import stranger
from tests.sandbox.cloudflare.traffic import IDLE
from tests.sandbox.kept import instant
from tests.sandbox.sandbox import Sandbox

WITHOUT_NUMBERS = tuple(kind for kinds in (*table.FAILED.values(), table.BLOCKED) for kind in kinds)

# Those that change what a chart shows stand last, on zones that have no application series under the cap.
OF_ONE_ZONE = (*WITHOUT_NUMBERS, *table.TRUE, *table.LEFT_OUT, *table.ROUNDED, *table.ADDED)
PARTS = 4

OF_THE_RUN = {
    **dict.fromkeys(table.USED_UP, (None, "rate_limited")),
    **dict.fromkeys(table.RATE_LIMITED, ("rate_limited", "rate_limited")),
    **dict.fromkeys(table.UNAUTHORIZED, ("unauthorized", "auth_lockout_guard")),
    **dict.fromkeys(table.LOCKED_OUT, ("unauthorized", "auth_lockout_guard")),
    # Its header says that nothing is left, too.
    "locked_out_10502_in_429": ("unauthorized", "rate_limited"),
}
"""Kind -> why the zone failed that heard it, if it did, and why others may have been skipped."""

STOPS_THE_RUN = frozenset(OF_THE_RUN) - frozenset(table.UNAUTHORIZED)

_OF_A_NAME = "echo_in_a_zone_name"
"""Befalls those zones only whose name nobody has read before."""
_DRIP_S = 0.002
_LARGE_BYTES = 5 * 1024 * 1024
"""Of a body that is too large, and of what has no end. A bomb keeps its size: it is small on the wire."""


def test_every_kind_of_fault_has_its_place_in_the_table() -> None:
    places = Counter((*OF_ONE_ZONE, *table.LISTING, *OF_THE_RUN))
    assert set(places) == set(KINDS)
    assert set(places.values()) == {1}
    assert {kind for kind in places if KINDS[kind].truthful} == {*table.TRUE, *table.USED_UP}


@pytest.mark.parametrize("part", range(PARTS))
def test_a_disturbed_answer_costs_its_zone_a_minute_or_nothing_and_no_other_zone_anything(
    sandbox: Sandbox, part: int
) -> None:
    minute = "2026-11-23T10:01"
    struck = dict(zip(SOURCES["wide"], OF_ONE_ZONE[part::PARTS], strict=False))
    assert len(OF_ONE_ZONE[part::PARTS]) < len(SOURCES["wide"])
    sandbox.run("2026-11-23T10:01:00Z", source="wide")
    for polled, kind in struck.items():
        fault = Fault(kind, zone=polled.zone.id, call=Call.USAGE, minutes=minute)
        if kind.startswith("drip"):
            fault = replace(fault, delay_s=_DRIP_S)
        if kind.startswith(("endless", "huge")):
            fault = replace(fault, size_bytes=_LARGE_BYTES)
        sandbox.cloudflare.faults.add(fault)
    hanging = {polled.zone.id for polled, kind in struck.items() if kind.startswith("hang")}
    with ThreadPoolExecutor(1) as threads:
        run = threads.submit(sandbox.run, "2026-11-23T10:02:00Z", source="wide")
        wait_until(lambda: hanging <= {asked.zone_id for asked in sandbox.cloudflare.requests if asked.fault})
        sandbox.cloudflare.release()
    assert run.result().ok

    lines = by_request(sandbox.rows(minute, "wide"))
    measured: dict[str, Mapping[str, Reading]] = {}
    for polled in SOURCES["wide"]:
        line, kind = lines[polled.zone.id, None], struck.get(polled, "")
        if kind in WITHOUT_NUMBERS:
            assert (line["outcome"], line["reason"], line["apps"]) == ("failed", table.REASON_OF[kind], []), kind
            assert line["error_message"], kind
        elif not kind or KINDS[kind].truthful:
            assert_collected(sandbox, line, polled, None, minute)
        else:
            measured[polled.zone.id] = _as_said(sandbox, polled, kind, minute)
            assert (line["outcome"], saved(line)) == ("collected", numbers(measured[polled.zone.id])), kind
            assert {app["reported"] for app in line["apps"]} == {kind not in table.LEFT_OUT}, kind
    assert {asked.fault for asked in sandbox.cloudflare.requests} - {None} == set(struck.values())
    without = {polled.zone.id for polled, kind in struck.items() if kind in WITHOUT_NUMBERS}
    assert published(sandbox, minute) == expected(sandbox, minute, "wide", without=without, measured=measured)
    assert len(sandbox.health("Published", minute, Source="wide")) == 1

    sandbox.run("2026-11-23T10:03:00Z", source="wide")
    assert_whole(sandbox, "2026-11-23T10:02", "wide")
    assert_nothing_is_kept_of(sandbox, TOKENS["wide"])


def _as_said(sandbox: Sandbox, polled: Polled, kind: str, minute: str) -> dict[str, Reading]:
    """What the disturbed answer says, where it is taken at its word."""
    ((app_id, true),) = readings(sandbox.cloudflare, polled, minute).items()
    if kind in table.LEFT_OUT:
        return {app_id: IDLE}
    if kind in table.ROUNDED:
        return {app_id: replace(true, bytes_ingress=1234)}
    assert kind in table.ADDED
    return {app_id: true, stranger(app_id): true}


def test_what_one_zone_hears_about_the_whole_credential_costs_no_other_zone_more_than_this_minute(
    sandbox: Sandbox,
) -> None:
    sandbox.run("2026-11-23T09:59:00Z")
    touched = ZONES["main"][0].id
    for kind, (minute, disturbed), (_, after) in zip(OF_THE_RUN, *_alternating(), strict=False):
        sandbox.cloudflare.faults.add(Fault(kind, zone=touched, minutes=minute))
        before = len(sandbox.cloudflare.requests)
        assert sandbox.run(disturbed).ok, kind
        assert len(sandbox.cloudflare.requests) - before <= len(SOURCES["main"]), kind
        lines = by_request(sandbox.rows(minute))
        why, why_skipped = OF_THE_RUN[kind]
        heard = lines[touched, None]
        assert (heard["outcome"], heard["reason"]) == ("failed" if why else "collected", why), kind
        for polled in SOURCES["main"][1:]:
            line = lines[polled.zone.id, None]
            if line["outcome"] == "collected" or kind not in STOPS_THE_RUN:
                assert_collected(sandbox, line, polled, None, minute)
            else:
                assert (line["outcome"], line["reason"], line["attempts"]) == ("skipped", why_skipped, 0), kind
        collected = [line for line in lines.values() if line["outcome"] == "collected"]
        assert {dict(series)["Zone"] for _, series in published(sandbox, minute)} == {
            line["zone_name"] for line in collected
        }, kind
        assert sandbox.run(after).ok, kind
        assert_whole(sandbox, disturbed[:16])


def _alternating() -> tuple[Iterator[tuple[str, str]], Iterator[tuple[str, str]]]:
    """Minutes, each with the time of its event: every other one is disturbed, those between are not."""
    times = [f"2026-11-23T{hour}:{minute:02}" for hour in (10, 11) for minute in range(60)]
    pairs = [(minute, f"{event}:00Z") for minute, event in pairwise(times)]
    return islice(pairs, 0, None, 2), islice(pairs, 1, None, 2)


def test_a_disturbed_list_of_names_costs_no_number(sandbox: Sandbox) -> None:
    sandbox.run("2026-11-23T10:01:00Z", source="wide")
    kinds = [kind for kind in table.LISTING if kind != _OF_A_NAME]
    struck = dict(zip(SOURCES["wide"][-len(kinds) :], kinds, strict=True))
    world = sandbox.cloudflare.world
    for polled, kind in struck.items():
        new = Application(make_id("new", kind), f"new.{polled.zone.name}")
        world = world.with_zone(replace(polled.zone, applications=(*polled.zone.applications, new)))
        sandbox.cloudflare.faults.add(Fault(kind, zone=polled.zone.id, minutes="2026-11-23T10:01"))
    sandbox.cloudflare.world = world
    for minute in ("2026-11-23T10:01", "2026-11-23T10:02"):
        assert sandbox.run(f"{minute[:-1]}{int(minute[-1]) + 1}:00Z", source="wide").ok
        assert_whole(sandbox, minute, "wide")
        assert published(sandbox, minute) == expected(sandbox, minute, "wide")
    assert {asked.fault for asked in sandbox.cloudflare.requests} - {None} == set(kinds)
    assert_nothing_is_kept_of(sandbox, TOKENS["wide"])


def test_a_zone_whose_name_quotes_the_credential_has_its_numbers_and_another_name(sandbox: Sandbox) -> None:
    sandbox.cloudflare.faults.add(Fault(_OF_A_NAME, zone=ZONES["wide"][0].id, minutes="2026-11-23T10:00"))
    assert sandbox.run("2026-11-23T10:01:00Z", source="wide").ok
    assert [asked.fault for asked in sandbox.cloudflare.requests if asked.fault] == [_OF_A_NAME]
    assert_whole(sandbox, "2026-11-23T10:00", "wide")
    assert_nothing_is_kept_of(sandbox, TOKENS["wide"])


def test_whatever_stands_in_the_way_of_every_zone_is_not_taken_for_a_refused_credential(sandbox: Sandbox) -> None:
    begin = instant("2026-11-23T10:00:00Z")
    for number, kind in enumerate(("blocked_html", "portal_302")):
        assert kind in table.BLOCKED
        minute = begin + number * timedelta(minutes=1)
        sandbox.cloudflare.faults.add(Fault(kind, minutes=minute))
        assert sandbox.run(f"{minute + timedelta(minutes=1):%Y-%m-%dT%H:%M:%SZ}", source="edge").ok
        lines = sandbox.rows(f"{minute:%Y-%m-%dT%H:%M}", "edge")
        assert {(line["outcome"], line["reason"]) for line in lines} == {("failed", table.REASON_OF[kind])}, kind
    assert {value for _, value in refusals_counted(sandbox)} <= {0}


def refusals_counted(sandbox: Sandbox) -> Iterator[tuple[datetime, float]]:
    """When the metric said how many zones had their credential refused."""
    for series, datum in sandbox.aws.metrics.all(HEALTH_NAMESPACE):
        if series.name == "CredentialRefused":
            yield datum.timestamp, datum.sum


def assert_nothing_is_kept_of(sandbox: Sandbox, secret: str) -> None:
    """No eight characters of it: in the log, in an object, in a metric, in what else went to AWS."""
    exchanges = [
        part
        for exchange in sandbox.aws.transcript
        if not exchange.label.startswith("secretsmanager ")
        for part in (exchange.request, exchange.response)
    ]
    said = [line.encode() for invocation in sandbox.invocations for line in invocation.log]
    kept = [reading for key in sandbox.keys("") for reading in promises.readings(sandbox.body(key))]
    named = [repr(series).encode() for series, _ in sandbox.all_traffic()]
    pieces = [secret[start : start + 8].encode() for start in range(len(secret) - 7)]
    found = [text for text in (*exchanges, *said, *kept, *named) if any(piece in text for piece in pieces)]
    assert found == []
