"""The estimate of the bill counts what the deployed functions really send and ask for."""

from collections import Counter
from dataclasses import replace

import pytest

from contract.metrics import HEALTH_NAMESPACE, TRAFFIC_NAMESPACE
from infra.configuration import Configuration, parse
from infra.cost import Bill, Workload, estimate, source_volumes
from tests.end_to_end.stack import SPECTRUM, ZONES
from tests.sandbox.operation import Operation
from tests.sandbox.sandbox import Sandbox

WORKLOAD = Workload(
    applications={zone.id: len(zone.applications) for zones in ZONES.values() for zone in zones},
    failing_share=0,
    queries=0,
)


def only(source: str) -> Configuration:
    """The deployed configuration with this source alone."""
    configuration = parse(SPECTRUM)
    return replace(configuration, sources=tuple(each for each in configuration.sources if each.name == source))


def quantity(bill: Bill, what: str) -> float:
    return sum(line.quantity for line in bill.lines if line.what == what)


def series(sandbox: Sandbox) -> Counter[int]:
    """How many traffic metrics CloudWatch bills, by their dimensions: 1 is a zone's, 2 and 3 an application's."""
    return Counter(len(each.dimensions) for each in sandbox.aws.metrics.series(TRAFFIC_NAMESPACE))


@pytest.mark.parametrize("source", ["edge", "wide"])
def test_traffic_metrics_are_as_many_as_cloudwatch_bills(sandbox: Sandbox, source: str) -> None:
    assert sandbox.run("2026-11-23T10:01:00Z", source=source).ok
    assert sandbox.run("2026-11-23T10:02:00Z", source=source).ok
    bill, billed = estimate(only(source), WORKLOAD), series(sandbox)
    assert quantity(bill, "zone metrics") == billed[1]
    assert quantity(bill, "application metrics") == billed[2] + billed[3]


def test_the_limit_is_counted_as_it_is_kept_and_idle_applications_as_if_they_were_not(sandbox: Sandbox) -> None:
    assert sandbox.run("2026-11-23T10:01:00Z").ok
    assert sandbox.run("2026-11-23T10:02:00Z").ok
    billed = sandbox.aws.metrics.series(TRAFFIC_NAMESPACE)
    applications = Counter(each.name for each in billed if len(each.dimensions) > 1)
    assert quantity(estimate(only("main"), WORKLOAD), "application metrics") == 40
    without_duration = applications.total() - applications["ConnectionDuration"]
    assert without_duration == 30, "ten of twelve applications have their three other metrics"
    assert 8 <= applications["ConnectionDuration"] < 10, "an idle one has no duration"


def test_health_metrics_are_as_many_as_a_good_hour_sends(sandbox: Sandbox) -> None:
    assert sandbox.run("2026-11-23T10:01:00Z", source="edge").ok
    assert sandbox.compact("2026-11-23T10:20:00Z").ok
    a_day_in_one_hour = 3 / 24
    estimated = quantity(estimate(only("edge"), WORKLOAD), "health metrics")
    assert estimated - a_day_in_one_hour == pytest.approx(len(sandbox.aws.metrics.series(HEALTH_NAMESPACE)))


def test_requests_are_as_many_as_a_month_of_such_minutes_hours_and_days_sends(sandbox: Sandbox) -> None:
    assert sandbox.run("2026-11-23T10:01:00Z", source="edge").ok
    sandbox.aws.calls.clear()
    assert sandbox.run("2026-11-23T10:02:00Z", source="edge").ok
    minute = calls(sandbox, sandbox.collecting)
    sandbox.aws.calls.clear()
    assert sandbox.compact("2026-11-24T00:20:00Z").ok
    day = calls(sandbox, sandbox.compacting)
    sandbox.aws.calls.clear()
    assert sandbox.compact("2026-11-24T01:20:00Z").ok
    hour = calls(sandbox, sandbox.compacting)
    assert minute == {"PutMetricData": 2, "HeadObject": 1, "PutObject": 1}
    # One watched day is there, of few objects; a month has eight of 1,440 objects, two pages each.
    assert hour == {"ListObjectsV2": 3 + 1, "HeadObject": 2, "GetMetricData": 1}
    bill = estimate(only("edge"), WORKLOAD)
    assert quantity(bill, "PutMetricData") == minute["PutMetricData"] * 43_200
    names, lists = 1, 3 + 8 * 2
    written = minute["PutObject"] * 43_200 + day["PutObject"] * 30 + (names + lists) * 720
    assert quantity(bill, "PUT and LIST") == written
    fetched = 43_200
    looked_for = minute["HeadObject"] * 43_200 + hour["HeadObject"] * 7 * 720
    assert quantity(bill, "GET and HEAD") == looked_for + fetched


def calls(sandbox: Sandbox, operation: Operation) -> Counter[str]:
    return Counter(call.operation for call in sandbox.aws.calls.of(role=operation.role))


@pytest.mark.parametrize("source", ["main", "wide"])
def test_objects_and_log_lines_are_as_large_as_they_are_charged(sandbox: Sandbox, source: str) -> None:
    assert sandbox.run("2026-11-23T10:01:00Z", source=source).ok
    before = log_bytes(sandbox)
    assert sandbox.run("2026-11-23T10:02:00Z", source=source).ok
    (volume,) = source_volumes(only(source), WORKLOAD)
    raw = sandbox.body(f"raw/dt=2026-11-23/1001-{source}.json.gz")
    assert len(raw) == pytest.approx(volume.raw_bytes, rel=0.15)
    assert log_bytes(sandbox) - before == pytest.approx(volume.log_bytes, rel=0.15)


def log_bytes(sandbox: Sandbox) -> int:
    """Everything that the functions' log holds, with what CloudWatch Logs adds to each event."""
    pages = sandbox.aws.client("logs").get_paginator("filter_log_events")
    group = sandbox.collecting.deployment.log_group
    events = (event for page in pages.paginate(logGroupName=group) for event in page["events"])
    return sum(len(event["message"].encode()) + 26 for event in events)
