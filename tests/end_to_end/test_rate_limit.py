"""Cloudflare says "too much", or fails for everyone: the collector stops, and never spends more than was planned."""

import json
from collections import Counter
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import pytest

from contract.environment import SOURCES_FILE
from tests.end_to_end.stack import SOURCES
from tests.end_to_end.truth import Line, assert_whole, expected, published, requests
from tests.sandbox.cloudflare import Call, Fault, RatelimitHeaders
from tests.sandbox.sandbox import Sandbox

STORM = ("2026-11-23 10:01", "2026-11-23 10:03")


def outcomes(lines: list[Line]) -> Counter[tuple[str, str | None]]:
    """How many lines came to which outcome and reason."""
    return Counter((line["outcome"], line["reason"]) for line in lines)


def asked(sandbox: Sandbox, before: int = 0) -> int:
    """How many requests Cloudflare has had since it had had so many."""
    return len(sandbox.cloudflare.requests) - before


def deployed_source(sandbox: Sandbox, name: str) -> dict[str, Any]:
    """What the deployed zip says about a source."""
    with ZipFile(BytesIO(sandbox.function_deployment.code)) as bundle:
        sources = json.loads(bundle.read(SOURCES_FILE))["sources"]
    found: dict[str, Any] = next(source for source in sources if source["name"] == name)
    return found


def test_a_storm_of_429_stops_the_run_and_one_request_a_minute_finds_out_that_it_is_over(sandbox: Sandbox) -> None:
    sandbox.run("2026-11-23T10:01:00Z", source="wide")
    sandbox.cloudflare.faults.add(Fault("http_429", minutes=STORM, retry_after="300"))
    before = asked(sandbox)
    sandbox.cloudflare.latency_s = 0.15  # Long enough for all threads to be under way when the first refusal comes.
    assert sandbox.run("2026-11-23T10:02:00Z", source="wide").ok
    sandbox.cloudflare.latency_s = 0
    sent = asked(sandbox, before)
    assert 1 <= sent <= 16
    lines = sandbox.rows("2026-11-23T10:01", "wide")
    assert outcomes(lines) == {("failed", "rate_limited"): sent, ("skipped", "rate_limited"): len(lines) - sent}
    for line in lines:
        if line["outcome"] == "failed":
            assert (line["http_status"], line["error_code"], line["attempts"]) == (429, 971, 1)
            assert line["rate_limit_remaining"] == 0
    assert published(sandbox, "2026-11-23T10:01") == {}
    assert [datum.sum for datum in sandbox.health("RateLimitRemaining", "2026-11-23T10:01", Source="wide")] == [0]
    assert [datum.sum for datum in sandbox.health("RateLimitUsed", "2026-11-23T10:01", Source="wide")] == [100]

    for minute in (3, 4):
        before = asked(sandbox)
        assert sandbox.run(f"2026-11-23T10:0{minute}:00Z", source="wide").ok
        assert asked(sandbox, before) == 1
    before = asked(sandbox)
    assert sandbox.run("2026-11-23T10:05:00Z", source="wide").ok
    assert_whole(sandbox, "2026-11-23T10:04", "wide")
    assert asked(sandbox, before) == len(SOURCES["wide"])


def test_a_limit_that_is_used_up_by_somebody_else_is_found_with_one_request(sandbox: Sandbox) -> None:
    """The simulated limit itself: 1,200 requests in 300 s, then everything is refused for as long."""
    sandbox.cloudflare.api.rate_limit.quota = 30
    assert sandbox.run("2026-11-23T10:01:00Z", source="wide").ok
    lines = sandbox.rows("2026-11-23T10:00", "wide")
    assert outcomes(lines)["collected", None] == 30
    before = asked(sandbox)
    assert sandbox.run("2026-11-23T10:02:00Z", source="wide").ok
    assert asked(sandbox, before) == 1
    assert outcomes(sandbox.rows("2026-11-23T10:01", "wide"))["collected", None] == 0


@pytest.mark.parametrize("said", list(RatelimitHeaders))
def test_what_the_headers_say_reaches_rows_and_health(sandbox: Sandbox, said: RatelimitHeaders) -> None:
    sandbox.cloudflare.api.rate_limit.headers = said
    sandbox.run("2026-11-23T10:01:00Z")
    remaining = sorted(line["rate_limit_remaining"] or 0 for line in sandbox.rows("2026-11-23T10:00"))
    lowest = {
        RatelimitHeaders.AS_DOCUMENTED: ([1197, 1198, 1199], [1197], [0.25]),
        RatelimitHeaders.AS_SEEN: ([1199, 1199, 1199], [1199], [0.08]),
        RatelimitHeaders.ABSENT: ([0, 0, 0], [], []),
    }
    health = [
        [datum.sum for datum in sandbox.health(name, "2026-11-23T10:00")]
        for name in ("RateLimitRemaining", "RateLimitUsed")
    ]
    assert (remaining, *health) == lowest[said]


def test_an_outage_of_cloudflare_spends_what_was_planned_and_no_more(sandbox: Sandbox) -> None:
    source = deployed_source(sandbox, "wide")
    polls, spare = len(source["zones"]), source["spare_requests"]
    sandbox.cloudflare.faults.add(Fault("http_503_json", call=Call.USAGE, minutes="2026-11-23 10:00"))
    assert sandbox.run("2026-11-23T10:01:00Z", source="wide").ok
    lines = sandbox.rows("2026-11-23T10:00", "wide")
    assert outcomes(lines) == {("failed", "server_error"): polls}
    assert {(line["http_status"], line["error_code"]) for line in lines} == {(503, 10002)}
    assert sum(line["attempts"] for line in lines) == asked(sandbox) == polls + spare
    assert {line["attempts"] for line in lines} <= {1, 2, 3, 4}
    for polled in SOURCES["wide"]:
        (down,) = sandbox.health("ZoneDown", Source="wide", Zone=polled.zone.id)
        assert down.sum == 1
    assert sandbox.run("2026-11-23T10:02:00Z", source="wide").ok
    assert_whole(sandbox, "2026-11-23T10:01", "wide")
    assert published(sandbox, "2026-11-23T10:01") == expected(sandbox, "2026-11-23T10:01", "wide")


def test_what_is_planned_leaves_room_in_cloudflares_limit_for_six_runs(sandbox: Sandbox) -> None:
    """Six runs can fall into 300 s. `large` stands for a limit that its owner has had raised."""
    for name in ("main", "edge", "wide", "new"):
        source = deployed_source(sandbox, name)
        polls = sum(len(zone["colos"]) or 1 for zone in source["zones"])
        assert polls == len(requests(name))
        assert 6 * (polls + source["spare_requests"]) <= 1200


@pytest.mark.slow
def test_an_outage_of_five_minutes_does_not_end_in_a_rate_limit(sandbox: Sandbox) -> None:
    source = deployed_source(sandbox, "wide")
    sandbox.cloudflare.faults.add(Fault("http_503_json", call=Call.USAGE))
    # Late first, early last: six runs within 300 s.
    for minute, late_s in enumerate((59, 1, 1, 1, 1, 1), start=1):
        assert sandbox.run(f"2026-11-23T10:0{minute}:00Z", source="wide", late_s=late_s).ok
    assert asked(sandbox) > 5 * (len(source["zones"]) + source["spare_requests"])
    assert 429 not in {asked.status for asked in sandbox.cloudflare.requests}
    sandbox.cloudflare.faults.clear()
    assert sandbox.run("2026-11-23T10:08:00Z", source="wide").ok
    assert_whole(sandbox, "2026-11-23T10:07", "wide")
