"""The estimate of the bill counts what the deployed functions really send and ask for."""

from collections import Counter
from dataclasses import replace

import pytest

from contract.metrics import HEALTH_NAMESPACE, TRAFFIC_NAMESPACE
from infra.configuration import Configuration, parse
from infra.cost import Bill, Workload, estimate
from tests.end_to_end.stack import SPECTRUM, ZONES
from tests.sandbox.operation import Operation
from tests.sandbox.sandbox import Sandbox

WORKLOAD = Workload(
    applications={zone.id: len(zone.applications) for zones in ZONES.values() for zone in zones}, failing_share=0
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
    sandbox.run("2026-11-23T10:01:00Z", source=source)
    sandbox.run("2026-11-23T10:02:00Z", source=source)
    bill, billed = estimate(only(source), WORKLOAD), series(sandbox)
    assert quantity(bill, "zone metrics") == billed[1]
    assert quantity(bill, "application metrics") == billed[2] + billed[3]


def test_the_limit_is_counted_as_it_is_kept_and_idle_applications_as_if_they_were_not(sandbox: Sandbox) -> None:
    sandbox.run("2026-11-23T10:01:00Z")
    sandbox.run("2026-11-23T10:02:00Z")
    billed = sandbox.aws.metrics.series(TRAFFIC_NAMESPACE)
    applications = Counter(each.name for each in billed if len(each.dimensions) > 1)
    assert quantity(estimate(only("main"), WORKLOAD), "application metrics") == 40
    without_duration = applications.total() - applications["ConnectionDuration"]
    assert without_duration == 30, "ten of twelve applications have their three other metrics"
    assert 8 <= applications["ConnectionDuration"] < 10, "an idle one has no duration"


def test_health_metrics_are_as_many_as_a_good_hour_sends(sandbox: Sandbox) -> None:
    sandbox.run("2026-11-23T10:01:00Z", source="edge")
    assert sandbox.compact("2026-11-23T10:20:00Z").ok
    a_day_in_one_hour = 3 / 24
    estimated = quantity(estimate(only("edge"), WORKLOAD), "health metrics")
    assert estimated - a_day_in_one_hour == pytest.approx(len(sandbox.aws.metrics.series(HEALTH_NAMESPACE)))


def test_requests_are_as_many_as_a_month_of_such_minutes_sends(sandbox: Sandbox) -> None:
    sandbox.run("2026-11-23T10:01:00Z", source="edge")
    sandbox.aws.calls.clear()
    sandbox.run("2026-11-23T10:02:00Z", source="edge")
    minute = calls(sandbox, sandbox.collecting)
    bill = estimate(only("edge"), WORKLOAD)
    assert minute == {"PutMetricData": 2, "HeadObject": 1, "PutObject": 1}
    assert quantity(bill, "PutMetricData") == minute["PutMetricData"] * 43_200
    assert quantity(bill, "HEAD, minutes") == minute["HeadObject"] * 43_200
    assert quantity(bill, "PUT, minutes") == minute["PutObject"] * 43_200


def test_the_compactors_requests_are_as_many_as_an_hour_sends(sandbox: Sandbox) -> None:
    sandbox.run("2026-11-23T10:01:00Z", source="edge")
    sandbox.aws.calls.clear()
    assert sandbox.compact("2026-11-24T00:20:00Z").ok
    day = calls(sandbox, sandbox.compacting)
    sandbox.aws.calls.clear()
    assert sandbox.compact("2026-11-24T01:20:00Z").ok
    hour = calls(sandbox, sandbox.compacting)
    bill = estimate(only("edge"), WORKLOAD)
    assert quantity(bill, "PUT, days") == day["PutObject"] * 30
    # One watched day is there, of one object; a month has eight of 1,440 objects, two pages each.
    assert hour == {"ListObjectsV2": 3 + 1, "HeadObject": 2, "GetMetricData": 1}
    assert quantity(bill, "LIST") == (3 + 8 * 2) * 720
    assert quantity(bill, "HEAD, days") == hour["HeadObject"] * 7 * 720
    assert quantity(bill, "GetMetricData") == hour["GetMetricData"] * 720


def calls(sandbox: Sandbox, operation: Operation) -> Counter[str]:
    return Counter(call.operation for call in sandbox.aws.calls.of(role=operation.role))
