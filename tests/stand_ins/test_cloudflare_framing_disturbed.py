"""Faults around an answer, in its limits and its pages, and those that quote the credential, on the wire."""

import json
import re
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.sandbox.cloudflare import (
    KINDS,
    Call,
    Cloudflare,
    Fault,
    echo_faults,
    framing_faults,
    limit_faults,
    list_faults,
    sample_world,
)
from tests.sandbox.cloudflare.caller import Raw, ask, documents, hear, listen
from tests.sandbox.cloudflare.framing_faults import CONTINUE, STRANGERS_APP_ID
from tests.sandbox.cloudflare.row_faults import is_page
from tests.sandbox.cloudflare.sample import TOKEN

WORLD = sample_world(zones=7, applications=5)
ZONE = WORLD.zones[0]
IDS = {app.id for app in ZONE.applications}
NOW = datetime(2026, 11, 23, 10, 1, 7, tzinfo=UTC)
LARGE_BYTES = 200_000
HALF = TOKEN[:20]


@pytest.fixture
def cloudflare() -> Iterator[Cloudflare]:
    with Cloudflare(WORLD, clock=lambda: NOW) as running:
        yield running


def usage_url(cloudflare: Cloudflare) -> str:
    return f"{cloudflare.base_url}/zones/{ZONE.id}/spectrum/analytics/aggregate/current"


def statuses(raw: Raw) -> list[bytes]:
    return re.findall(rb"HTTP/1\.1 ([0-9]{3}) ", raw.data)


def answers(raw: Raw) -> list[str]:
    """Whose answers came, in order: this zone's, or the stranger's."""
    ids = [{row["appID"] for row in document["result"]} for document in documents(raw.data)]
    return ["own" if each == IDS else "strange" if each == {STRANGERS_APP_ID} else "?" for each in ids]


def after(*interim: bytes) -> Callable[[Raw], bool]:
    return lambda raw: statuses(raw) == [*interim, b"200"] and answers(raw) == ["own"]


def whose(*expected: str) -> Callable[[Raw], bool]:
    return lambda raw: answers(raw) == list(expected) and raw.ended == "closed"


def without_end(raw: Raw) -> bool:
    return len(raw.data) >= LARGE_BYTES and raw.ended == "closed" and documents(raw.data) == []


AROUND: dict[str, Callable[[Raw], bool]] = {
    "interim_100": after(b"100"),
    "interim_102": after(b"102"),
    "interim_103": after(b"103"),
    "interim_several": after(b"100", b"102", b"103", b"103"),
    "interim_many": after(*[b"100"] * 40),
    "interim_late": after(b"103"),
    "hang_after_interim": lambda raw: statuses(raw) == [b"103"] and raw.ended == "silent",
    "hang_with_interims": lambda raw: set(statuses(raw)) == {b"100"} and raw.data == CONTINUE * len(statuses(raw)),
    "interim_closed": lambda raw: statuses(raw) == [b"103"] and raw.ended == "closed",
    "interim_with_a_body": lambda raw: b"\r\n\r\nhints\r\nHTTP/1.1 200" in raw.data,
    "switching_protocols": after(b"101"),
    "stray_answer": whose("own", "strange"),
    "stray_answer_first": whose("strange", "own"),
    "stray_answer_late": whose("own", "strange"),
    "stray_after_chunks": lambda raw: b"\r\n0\r\n\r\nHTTP/1.1 200" in raw.data and answers(raw) == ["own", "strange"],
    "stray_bytes": lambda raw: answers(raw) == ["own"] and raw.data.endswith(b"}\r\n0\r\n\r\n"),
    "two_lengths": lambda raw: len(set(re.findall(rb"Content-Length: (\d+)", raw.data))) == 2,
    "line_without_colon": lambda raw: b"\r\nno colon in here\r\n" in raw.data and answers(raw) == ["own"],
    "long_line_without_colon": lambda raw: len(raw.data) > 1024 * 1024 and answers(raw) == ["own"],
    "long_header": lambda raw: b"\r\nX-Filler: aaa" in raw.data and len(raw.data) > 1024 * 1024,
    "endless_headers": lambda raw: without_end(raw) and raw.data.count(b"X-Filler") > 1000,
    "endless_header": without_end,
    "endless_interims": lambda raw: without_end(raw) and set(statuses(raw)) == {b"100"},
    "endless_status_line": without_end,
    "endless_chunk_size": lambda raw: without_end(raw) and b"\r\n\r\n1;a=aaa" in raw.data,
    "endless_trailers": lambda raw: without_end(raw) and b"\r\n\r\n0\r\nX-Filler" in raw.data,
}


@pytest.mark.parametrize("kind", sorted(kind.name for kind in framing_faults.KINDS))
def test_what_stands_around_an_answer_is_as_its_kind_says(cloudflare: Cloudflare, kind: str) -> None:
    cloudflare.faults.add(Fault(kind, delay_s=0.01, size_bytes=LARGE_BYTES))
    patience_s = 0.05 if kind == "hang_after_interim" else 5
    raw = listen(usage_url(cloudflare), patience_s=patience_s, most_bytes=100 if kind == "hang_with_interims" else None)
    assert AROUND[kind](raw), raw.data[:2000]


LIMITS: dict[str, tuple[int, Callable[[dict[str, str]], bool]]] = {
    "used_up_first": (200, lambda headers: headers["ratelimit"].startswith('"burst";r=0;')),
    "used_up_last": (200, lambda headers: headers["ratelimit"].endswith('"burst";r=0;t=300')),
    "used_up_first_line": (200, lambda headers: headers["ratelimit"] == '"default";r=1199;t=1'),
    "used_up_last_line": (200, lambda headers: headers["ratelimit"] == '"burst";r=0;t=300'),
    "used_up_in_another_order": (200, lambda headers: "t=300; r=0" in headers["ratelimit"]),
    "limits_several": (200, lambda headers: "r=0" not in headers["ratelimit"]),
    "limits_quoted": (200, lambda headers: headers["ratelimit"].endswith(' y";r=9;t=1')),
    "limits_unreadable": (200, lambda headers: headers["ratelimit"] == "1199 of 1200"),
    "rate_limited_fraction": (429, lambda headers: headers["retry-after"] == "4.3"),
    "retry_after_fraction": (503, lambda headers: headers["retry-after"] == "0.3"),
}
"""The last line of a header that has two is what `ask` keeps."""


@pytest.mark.parametrize("kind", sorted(kind.name for kind in limit_faults.KINDS))
def test_limits_are_as_their_kind_says(cloudflare: Cloudflare, kind: str) -> None:
    heard = hear(cloudflare, Fault(kind))
    status, promised = LIMITS[kind]
    assert heard.status == status
    assert promised(heard.headers), heard.headers


@pytest.mark.parametrize("kind", sorted(kind.name for kind in list_faults.KINDS))
@pytest.mark.parametrize("call", [Call.APPLICATIONS, Call.ZONES])
def test_whoever_reads_all_pages_has_the_whole_list(cloudflare: Cloudflare, kind: str, call: Call) -> None:
    cloudflare.faults.add(Fault(kind))
    found: list[Any] = []
    infos = []
    for page in range(1, 9):
        path = call.replace("{zone_id}", ZONE.id)
        document = ask(f"{cloudflare.base_url}{path}?page={page}&per_page=50").document
        found += document["result"]
        infos.append(document["result_info"])
    wanted = IDS if call is Call.APPLICATIONS else {zone.id for zone in WORLD.zones}
    assert sorted(item["id"] for item in found) == sorted(wanted)
    assert ("total_count" in infos[0]) == (kind == "short_pages")
    assert (infos[0]["count"] == 1) == ("count_of_one" in kind)
    assert infos[0]["per_page"] == (50 if kind == "count_of_one" else 2)


@pytest.mark.parametrize("kind", sorted(kind.name for kind in echo_faults.KINDS))
def test_an_echo_holds_the_credential(cloudflare: Cloudflare, kind: str) -> None:
    cloudflare.faults.add(Fault(kind))
    page = f"{cloudflare.base_url}/zones/{ZONE.id}"
    if KINDS[kind].befalls is is_page:
        page += "/spectrum/apps?page=1&per_page=50"
    raw = listen(page if kind in {each.name for each in echo_faults.OF_LISTS} else usage_url(cloudflare))
    escaped = b"".join(b"\\u%04x" % character for character in TOKEN.encode())
    wanted = escaped if "escaped" in kind else HALF if "half" in kind or kind == "echo_in_cut_json" else TOKEN
    wanted = TOKEN[-20:] if kind == "echo_in_cut_text" else wanted
    assert (wanted if isinstance(wanted, bytes) else wanted.encode()) in raw.data
    assert cloudflare.requests[-1].fault == kind


def test_every_kind_has_its_test() -> None:
    assert set(AROUND) == {kind.name for kind in framing_faults.KINDS}
    assert set(LIMITS) == {kind.name for kind in limit_faults.KINDS}


def test_a_caller_that_closes_is_told_so_and_leaves_no_connection_behind(cloudflare: Cloudflare) -> None:
    raw = listen(usage_url(cloudflare))
    assert (raw.ended, raw.data.count(b"\r\nConnection: close\r\n")) == ("closed", 1)
    end = time.monotonic() + 1
    while cloudflare.connections and time.monotonic() < end:
        time.sleep(0.001)
    assert cloudflare.connections == 0
    assert json.loads(raw.data.partition(b"\r\n\r\n")[2])["success"] is True
