"""CloudWatch in trouble: a datum is there once or not at all, and no minute is called whole that is not."""

from dataclasses import replace
from typing import Any

import pytest

from contract.metrics import HEALTH_NAMESPACE, TRAFFIC_NAMESPACE
from tests.end_to_end.stack import ZONES, world
from tests.end_to_end.truth import assert_whole, expected, published
from tests.sandbox.aws import Fault as AwsFault
from tests.sandbox.cloudflare import sample_zone
from tests.sandbox.sandbox import Sandbox

EVENT, MINUTE = "2026-11-23T10:01:00Z", "2026-11-23T10:00"


def of_cloudwatch(kind: str, key: str = TRAFFIC_NAMESPACE, times: int | None = 1, **more: Any) -> AwsFault:
    """A fault of the function's own PutMetricData, into this namespace."""
    return AwsFault(kind, operation="PutMetricData", key=key, times=times, role="?*", **more)  # type: ignore[arg-type]


def sent(sandbox: Sandbox, namespace: str = TRAFFIC_NAMESPACE) -> list[int]:
    """How many data each of the function's requests held."""
    calls = sandbox.aws.calls.of("PutMetricData", role=sandbox.role)
    return [len(call.parameters["MetricData"]) for call in calls if call.key == namespace]


def sums(sandbox: Sandbox, metric: str, source: str = "main") -> list[float]:
    """What a health metric holds of the minute."""
    return [datum.sum for datum in sandbox.health(metric, MINUTE, Source=source)]


def assert_failed(sandbox: Sandbox, source: str = "main") -> None:
    """The invocation failed, its event is in the queue, S3 is exact, and the minute is not said to be whole."""
    assert sandbox.invocations[-1].outcome.error_type == "NotPublished"
    (record,) = sandbox.queued("FailureQueueUrl")
    assert record["requestPayload"]["scheduled_time"] == EVENT
    assert_whole(sandbox, MINUTE, source)
    assert sums(sandbox, "Published", source) == []


def test_throttled_twice_it_is_published_once(sandbox: Sandbox) -> None:
    sandbox.aws.faults.add(of_cloudwatch("refuse", times=2, code="Throttling"))
    assert sandbox.run(EVENT).ok
    assert published(sandbox, MINUTE) == expected(sandbox, MINUTE, first=True)
    assert len(sent(sandbox)) == 3
    assert sums(sandbox, "Published") == [1]
    assert sums(sandbox, "PublishFailed") == []


@pytest.mark.parametrize(
    ("fault", "unreachable", "timeout_s"),
    [
        pytest.param(of_cloudwatch("refuse", times=None), (), None, id="refused"),
        pytest.param(of_cloudwatch("refuse", times=None, code="Throttling"), (), 4, id="throttled for good"),
        pytest.param(None, ("CLOUDWATCH",), 4, id="no connection"),
    ],
)
def test_what_was_certainly_not_taken_is_counted_as_failed(
    sandbox: Sandbox, fault: AwsFault | None, unreachable: tuple[str, ...], timeout_s: float | None
) -> None:
    if timeout_s:
        sandbox.reset(timeout_s=timeout_s, unreachable=unreachable)
    if fault:
        sandbox.aws.faults.add(fault)
    sandbox.run(EVENT)
    assert_failed(sandbox)
    assert published(sandbox, MINUTE) == {}
    assert sums(sandbox, "PublishFailed") == [len(expected(sandbox, MINUTE, first=True))]
    assert sums(sandbox, "PublishUnknown") == []
    assert sandbox.run("2026-11-23T10:02:00Z").ok is (fault is None and not unreachable)


@pytest.mark.parametrize(
    ("kind", "applied"),
    [("fail_answer", True), ("drop_answer", True), ("hang_answer", True), ("fail", False), ("drop", False)],
)
def test_what_may_have_been_taken_is_not_sent_again(sandbox: Sandbox, kind: str, applied: bool) -> None:
    sandbox.aws.faults.add(of_cloudwatch(kind))
    sandbox.run(EVENT)
    assert_failed(sandbox)
    whole = expected(sandbox, MINUTE, first=True)
    assert published(sandbox, MINUTE) == (whole if applied else {})
    assert sent(sandbox) == [len(whole)]
    assert sums(sandbox, "PublishUnknown") == [len(whole)]
    assert sums(sandbox, "PublishFailed") == []
    assert sent(sandbox, HEALTH_NAMESPACE) == []


def test_the_marker_is_refused_and_the_data_are_there(sandbox: Sandbox) -> None:
    sandbox.aws.faults.add(of_cloudwatch("refuse", HEALTH_NAMESPACE))
    sandbox.run(EVENT)
    assert_failed(sandbox)
    assert published(sandbox, MINUTE) == expected(sandbox, MINUTE, first=True)
    assert sums(sandbox, "PublishFailed") == [1]


def test_more_than_a_thousand_data_go_in_several_requests_and_stand_or_fall_by_request(sandbox: Sandbox) -> None:
    assert sandbox.run(EVENT, source="large").ok
    whole = expected(sandbox, MINUTE, "large")
    assert published(sandbox, MINUTE) == whole
    assert sent(sandbox) == [1000, len(whole) - 1000]
    assert sums(sandbox, "Published", "large") == [1]

    sandbox.aws.faults.add(of_cloudwatch("drop"))
    assert sandbox.run("2026-11-23T10:02:00Z", source="large").outcome.error_type == "NotPublished"
    next_minute = "2026-11-23T10:01"
    assert_whole(sandbox, next_minute, "large")
    there = published(sandbox, next_minute)
    assert there.items() <= expected(sandbox, next_minute, "large").items()
    assert len(there) == len(whole) - 1000
    assert [datum.sum for datum in sandbox.health("PublishUnknown", next_minute, Source="large")] == [1000]
    assert sandbox.health("PublishFailed", next_minute, Source="large") == []
    assert sandbox.health("Published", next_minute, Source="large") == []


def test_odd_names_cost_no_series_a_datum(sandbox: Sandbox) -> None:
    """CloudWatch refuses a whole request for one bad dimension: a name from outside must never be one."""
    names = ("", " ", "\n", ":colon", "ünï", "x" * 2000, "日本")
    apps = tuple(
        replace(app, dns_name=name) for app, name in zip(sample_zone(0, len(names)).applications, names, strict=True)
    )
    zone = replace(ZONES["main"][0], applications=apps)
    sandbox.reset(world().with_zone(zone))
    assert sandbox.run(EVENT).ok
    series = [dict(series.dimensions) for series, _ in sandbox.all_traffic() if series.name == "BytesIngress"]
    labels = [each["Application"] for each in series if each["Zone"] == zone.name and "Application" in each]
    assert len(set(labels)) == len(labels) == len(names)
    assert sums(sandbox, "Published") == [1]
