"""What was measured is what is kept: every number in S3 and in CloudWatch is Cloudflare's, under readable names."""

import pytest

from contract.raw import APPLICATION_COLUMNS, POLL_COLUMNS
from tests.end_to_end.stack import SOURCES, ZONES
from tests.end_to_end.truth import assert_whole, expected, published, requests
from tests.sandbox.cloudflare import Call
from tests.sandbox.kept import instant
from tests.sandbox.sandbox import Sandbox


@pytest.mark.parametrize("source", ["main", "edge", "wide"])
def test_rows_and_metrics_are_what_cloudflare_measured(sandbox: Sandbox, source: str) -> None:
    for scheduled, minute, first in (
        ("2026-11-23T10:01:00Z", "2026-11-23T10:00", True),
        ("2026-11-23T10:02:00Z", "2026-11-23T10:01", False),
    ):
        assert sandbox.run(scheduled, source=source).ok
        assert_whole(sandbox, minute, source)
        assert published(sandbox, minute) == expected(sandbox, minute, source, first=first)
        (marker,) = sandbox.health("Published", minute, Source=source)
        assert marker.sum == 1
    assert sandbox.queued("FailureQueueUrl") == []


def test_an_idle_application_is_zero_whether_it_is_listed_or_left_out(sandbox: Sandbox) -> None:
    sandbox.run("2026-11-23T10:01:00Z")
    sandbox.run("2026-11-23T10:02:00Z")
    listed, left_out, _ = sandbox.rows("2026-11-23T10:01")
    for line, zone, reported in ((listed, ZONES["main"][0], True), (left_out, ZONES["main"][1], False)):
        idle = zone.applications[-1]
        (row,) = (app for app in line["apps"] if app["app_id"] == idle.id)
        assert row == {
            "app_id": idle.id,
            "app_name": idle.dns_name,
            "protocol": idle.protocol,
            "bytes_ingress": 0,
            "bytes_egress": 0,
            "connections": 0,
            "duration_avg_ms": None,
            "reported": reported,
        }
        names = {"Zone": zone.name, "Application": f"{idle.dns_name} {idle.protocol}"}
        for metric in ("BytesIngress", "BytesEgress", "Connections"):
            (datum,) = sandbox.traffic(metric, "2026-11-23T10:01", **names)
            assert datum.sum == 0
        assert sandbox.traffic("ConnectionDuration", "2026-11-23T10:01", **names) == []


def test_a_line_says_when_how_and_under_which_names_it_was_measured(sandbox: Sandbox) -> None:
    sandbox.run("2026-11-23T10:01:00Z")
    sandbox.run("2026-11-23T10:02:00Z", late_s=3)
    for line, zone in zip(sandbox.rows("2026-11-23T10:01"), ZONES["main"], strict=True):
        assert set(line) == {column.name for column in POLL_COLUMNS}
        assert (line["minute"], line["source"]) == ("2026-11-23 10:01:00", "main")
        assert line["observed_at"].startswith("2026-11-23 10:02:03.")
        assert (line["zone_id"], line["zone_name"], line["colo"]) == (zone.id, zone.name, None)
        assert (line["http_status"], line["error_code"], line["error_message"]) == (200, None, None)
        assert line["attempts"] == 1
        assert line["latency_ms"] >= 0
        assert line["rate_limit_remaining"] > 1100
        names = {app.id: (app.dns_name, app.protocol) for app in zone.applications}
        for app in line["apps"]:
            assert set(app) == {column.name for column in APPLICATION_COLUMNS}
            assert (app["app_name"], app["protocol"]) == names[app["app_id"]]


@pytest.mark.parametrize("source", ["main", "edge"])
def test_the_health_of_a_good_minute_counts_what_happened(sandbox: Sandbox, source: str) -> None:
    sandbox.run("2026-11-23T10:01:00Z", source=source, late_s=2)
    asked = [asked for asked in sandbox.cloudflare.requests if asked.call is Call.USAGE]
    sums = {
        metric: [datum.sum for datum in sandbox.health(metric, "2026-11-23T10:00", Source=source)]
        for metric in ("RequestsCollected", "RequestsFailed", "RequestsSkipped", "Attempts", "RowsSaved")
    }
    count = len(requests(source))
    assert len(asked) == count
    assert sums == {
        "RequestsCollected": [count],
        "RequestsFailed": [0],
        "RequestsSkipped": [0],
        "Attempts": [count],
        "RowsSaved": [count],
    }
    (delay,) = sandbox.health("ScheduleDelay", Source=source)
    assert 2000 <= delay.sum < 7000
    (latency,) = sandbox.health("ApiLatency", Source=source)
    assert latency.sample_count == count


def test_a_new_process_knows_the_names_without_asking_for_them(sandbox: Sandbox) -> None:
    sandbox.run("2026-11-23T10:01:00Z")
    asked_before = len(sandbox.cloudflare.requests)
    sandbox.function.recycle()
    assert sandbox.run("2026-11-23T10:02:00Z").cold
    assert [asked.call for asked in sandbox.cloudflare.requests[asked_before:]] == [Call.USAGE] * len(SOURCES["main"])
    assert published(sandbox, "2026-11-23T10:01") == expected(sandbox, "2026-11-23T10:01")


def test_a_minute_is_kept_under_its_own_day_and_year(sandbox: Sandbox) -> None:
    sandbox.run("2026-11-24T00:00:00Z")
    sandbox.run("2027-01-01T00:00:00Z")
    assert sandbox.keys() == ["raw/dt=2026-11-23/2359-main.json.gz", "raw/dt=2026-12-31/2359-main.json.gz"]
    for minute in ("2026-11-23T23:59", "2026-12-31T23:59"):
        assert_whole(sandbox, minute)
        # The second run comes five weeks after the first: too long for its list of applications to prove an idle one.
        assert published(sandbox, minute) == expected(sandbox, minute, first=True)
        assert [datum.timestamp for datum in sandbox.health("Published", minute)] == [instant(minute)]
