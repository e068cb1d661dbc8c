"""Faults in how an answer travels, seen from a raw socket; and what of it counts as served."""

import http.client
import re
import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from urllib.parse import urlsplit

import pytest

from tests.end_to_end.fault_table import LISTING
from tests.sandbox.cloudflare import KINDS, Cloudflare, Fault, framing_faults, sample_world, wire_faults
from tests.sandbox.cloudflare.caller import Raw, ask, documents, listen
from tests.sandbox.cloudflare.framing_faults import CONTINUE
from tests.sandbox.cloudflare.sample import TOKEN

WORLD = sample_world(zones=2, applications=1)
ZONE = WORLD.zones[0]
NOW = datetime(2026, 11, 23, 10, 1, 7, tzinfo=UTC)
HANGING = {"hang", "hang_in_body"}
QUICK_S = 0.0002


@pytest.fixture
def cloudflare() -> Iterator[Cloudflare]:
    with Cloudflare(WORLD, clock=lambda: NOW) as running:
        yield running


def usage_url(cloudflare: Cloudflare) -> str:
    return f"{cloudflare.base_url}/zones/{ZONE.id}/spectrum/analytics/aggregate/current"


def body_of(data: bytes) -> bytes:
    return data.partition(b"\r\n\r\n")[2]


def promised_length(data: bytes) -> int:
    return int(data.partition(b"Content-Length: ")[2].partition(b"\r\n")[0])


UNDISTURBED = b'{"success":true,"errors":[],"messages":[],"result":['

RAW: dict[str, Callable[[Raw], bool]] = {
    "connection_reset": lambda raw: raw == Raw(b"", "reset"),
    "closed_before_answer": lambda raw: raw == Raw(b"", "closed"),
    "cut_short": lambda raw: raw.ended == "closed" and 0 < len(body_of(raw.data)) < promised_length(raw.data),
    "cut_headers": lambda raw: raw.data.startswith(b"HTTP/1.1 200 OK\r\n") and b"\r\n\r\n" not in raw.data,
    "not_http": lambda raw: raw.data != b"" and b"HTTP/" not in raw.data,
    "hang": lambda raw: raw == Raw(b"", "silent"),
    "hang_in_body": lambda raw: raw.ended == "silent" and 0 < len(body_of(raw.data)) < promised_length(raw.data),
    "broken_chunks": lambda raw: b"Transfer-Encoding: chunked" in raw.data and body_of(raw.data).startswith(b"zz\r\n"),
    "cut_chunks": lambda raw: b"Transfer-Encoding: chunked" in raw.data and b"\r\n0\r\n" not in raw.data,
    "too_short_a_length": lambda raw: len(body_of(raw.data)) > promised_length(raw.data),
    "chunked": lambda raw: b"Content-Length" not in raw.data and raw.data.endswith(b"\r\n0\r\n\r\n"),
    "goodbye": lambda raw: b"\r\nConnection: close\r\n" in raw.data,
    "silent_goodbye": lambda raw: b"Connection:" not in raw.data and body_of(raw.data).startswith(UNDISTURBED),
    "slow": lambda raw: body_of(raw.data).startswith(UNDISTURBED),
    "latency": lambda raw: body_of(raw.data).startswith(UNDISTURBED),
    "drip_body": lambda raw: body_of(raw.data).startswith(UNDISTURBED),
    "drip_headers": lambda raw: body_of(raw.data).startswith(UNDISTURBED),
    "drip_status_line": lambda raw: body_of(raw.data).startswith(UNDISTURBED),
    "drip_interims": lambda raw: raw.data.startswith(CONTINUE * 4 + b"HTTP/1.1 200 OK"),
    "drip_chunk_sizes": lambda raw: re.match(rb'[0-9a-f]+;name="value";', body_of(raw.data)) is not None,
    "drip_chunks": lambda raw: UNDISTURBED in body_of(raw.data) and b"\r\n0\r\n" in raw.data,
    "drip_trailers": lambda raw: b"\r\nTrailer: " in raw.data and raw.data.endswith(b"0123456789abcdef\r\n\r\n"),
}


@pytest.mark.parametrize("kind", sorted(kind.name for kind in wire_faults.KINDS))
def test_what_comes_over_the_wire_is_as_its_kind_says(cloudflare: Cloudflare, kind: str) -> None:
    cloudflare.faults.add(Fault(kind, delay_s=QUICK_S))
    raw = listen(usage_url(cloudflare), patience_s=0.05 if kind in HANGING else 5)
    assert RAW[kind](raw), raw
    assert cloudflare.requests[-1].fault == kind


def test_every_kind_has_its_test() -> None:
    assert set(RAW) == {kind.name for kind in wire_faults.KINDS}


@pytest.mark.parametrize("kind", sorted(name for name, kind in KINDS.items() if kind.truthful))
def test_a_truthful_kind_delivers_the_measured_numbers_and_has_them_on_record(
    cloudflare: Cloudflare, kind: str
) -> None:
    cloudflare.faults.add(Fault(kind, delay_s=QUICK_S))
    cloudflare.release()
    # Not every caller can read all that is legal around an answer: http.client takes a 103 for the last one.
    around = KINDS[kind] in framing_faults.KINDS or kind == "echo_in_an_interim_answer"
    document = documents(listen(usage_url(cloudflare)).data)[0] if around else ask(usage_url(cloudflare)).document
    (row,) = document["result"]
    (app_id, reading), *_ = cloudflare.usage(ZONE.id, "2026-11-23 10:00").items()
    assert (row["appID"], row["bytesIngress"], row["bytesEgress"]) == (
        app_id,
        reading.bytes_ingress,
        reading.bytes_egress,
    )
    assert cloudflare.served == {(ZONE.id, None, app_id, "2026-11-23 10:00"): reading}


@pytest.mark.parametrize(
    "kind", sorted(name for name, kind in KINDS.items() if not kind.truthful and name not in LISTING)
)
def test_a_kind_that_is_not_truthful_has_no_number_on_record(cloudflare: Cloudflare, kind: str) -> None:
    cloudflare.faults.add(Fault(kind, size_bytes=100_000))
    listen(usage_url(cloudflare))
    assert [asked.fault for asked in cloudflare.requests] == [kind]
    assert cloudflare.served == {}


def test_what_hangs_goes_on_when_it_is_released(cloudflare: Cloudflare) -> None:
    cloudflare.faults.add(Fault("hang"))
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(ask, usage_url(cloudflare))
        while not cloudflare.requests:
            time.sleep(0.001)
        assert not waiting.done()
        assert cloudflare.served == {}
        cloudflare.release()
        assert waiting.result(timeout=5).status == 200


def test_closing_ends_what_hangs() -> None:
    cloudflare = Cloudflare(WORLD, clock=lambda: NOW).start()
    cloudflare.faults.add(Fault("hang"))
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(ask, usage_url(cloudflare))
        while not cloudflare.requests:
            time.sleep(0.001)
        cloudflare.close()
        with pytest.raises((http.client.RemoteDisconnected, ConnectionError)):
            waiting.result(timeout=5)


def test_what_a_caller_did_not_wait_for_is_not_served(cloudflare: Cloudflare) -> None:
    cloudflare.faults.add(Fault("drip_body", delay_s=0.002))
    parts = urlsplit(usage_url(cloudflare))
    with socket.create_connection((parts.hostname or "", parts.port or 0)) as connection:
        connection.sendall(f"GET {parts.path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TOKEN}\r\n\r\n".encode())
        assert connection.recv(16) == b"HTTP/1.1 200 OK\r"
        assert len(cloudflare.served) == 1
    for _ in range(1000):
        if not cloudflare.served:
            break
        time.sleep(0.001)
    assert cloudflare.served == {}


def test_a_slow_answer_comes_no_earlier_than_it_was_told(cloudflare: Cloudflare) -> None:
    cloudflare.faults.add(Fault("slow", delay_s=0.03))
    before = time.monotonic()
    assert ask(usage_url(cloudflare)).status == 200
    assert time.monotonic() - before >= 0.03
