"""Embedded metrics are read by AWS's specification, and what breaks it is named.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

import io
import json
from collections.abc import Callable
from contextlib import redirect_stdout
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aws_lambda_powertools import Metrics
from aws_lambda_powertools.metrics import MetricUnit

from tests.sandbox.logs.embedded_metrics import EmbeddedMetric, MalformedMetricsError, embedded_metrics

TIMESTAMP_MS = 1574109732004
TIMESTAMP = datetime(2019, 11, 18, 20, 42, 12, 4000, tzinfo=UTC)


def document(**root: Any) -> dict[str, Any]:
    """The specification's own example, with these members of the root changed."""
    directive = {
        "Namespace": "lambda-function-metrics",
        "Dimensions": [["functionVersion"]],
        "Metrics": [{"Name": "time", "Unit": "Milliseconds", "StorageResolution": 60}],
    }
    example = {
        "_aws": {"Timestamp": TIMESTAMP_MS, "CloudWatchMetrics": [directive]},
        "functionVersion": "$LATEST",
        "time": 100,
        "requestId": "989ffbf8-9ace-4817-a57c-e4dd734019ee",
    }
    return example | root


def directed(**directive: Any) -> dict[str, Any]:
    """The example with these members of its directive changed."""
    example = document()
    example["_aws"]["CloudWatchMetrics"][0] |= directive
    return example


def read(example: Any, now: datetime = TIMESTAMP) -> list[EmbeddedMetric]:
    return embedded_metrics(json.dumps(example), now)


def test_the_specifications_example_is_one_metric_at_its_own_time() -> None:
    assert read(document(), TIMESTAMP + timedelta(hours=1)) == [
        EmbeddedMetric(
            namespace="lambda-function-metrics",
            name="time",
            unit="Milliseconds",
            dimensions={"functionVersion": "$LATEST"},
            timestamp=TIMESTAMP,
            values=(100.0,),
            storage_resolution_s=60,
        )
    ]


def test_each_dimension_set_makes_a_metric_of_its_own_and_may_be_empty() -> None:
    metrics = read(directed(Dimensions=[[], ["functionVersion"], ["functionVersion", "requestId"]]))
    assert [sorted(metric.dimensions) for metric in metrics] == [
        [],
        ["functionVersion"],
        ["functionVersion", "requestId"],
    ]


def test_an_array_of_values_is_one_metric_with_all_of_them() -> None:
    assert read(document(time=[1, 2.5, 2.5]))[0].values == (1.0, 2.5, 2.5)


def test_unit_and_resolution_have_defaults() -> None:
    (metric,) = read(directed(Metrics=[{"Name": "time"}]))
    assert (metric.unit, metric.storage_resolution_s) == ("None", 60)


@pytest.mark.parametrize(
    "line",
    [
        "plain text",
        '{"level": "INFO", "message": "hello"}',
        json.dumps({"message": json.dumps(document())}),
        '{"_aws": "CloudWatchMetrics"}',
        '["CloudWatchMetrics"]',
    ],
)
def test_a_line_that_is_not_in_the_format_holds_no_metric(line: str) -> None:
    assert embedded_metrics(line, TIMESTAMP) == []


def test_what_powertools_prints_is_in_the_format() -> None:
    now = datetime.now(UTC)  # Powertools warns of an older timestamp.
    metrics = Metrics(namespace="Cloudflare/Spectrum/Collector")
    metrics.add_dimension(name="Source", value="main")
    metrics.add_metric(name="RequestsCollected", unit=MetricUnit.Count, value=3)
    metrics.add_metric(name="ApiLatency", unit=MetricUnit.Milliseconds, value=20)
    metrics.add_metric(name="ApiLatency", unit=MetricUnit.Milliseconds, value=31)
    metrics.set_timestamp(now - timedelta(minutes=1))
    printed = io.StringIO()
    with redirect_stdout(printed):
        metrics.flush_metrics()
    collected, latency = embedded_metrics(printed.getvalue().strip(), now)
    assert (collected.name, collected.values, dict(collected.dimensions)) == (
        "RequestsCollected",
        (3.0,),
        {"Source": "main"},
    )
    assert (latency.name, latency.values) == ("ApiLatency", (20.0, 31.0))
    assert latency.timestamp < now - timedelta(seconds=59)


@pytest.mark.parametrize(
    ("example", "reason"),
    [
        (document(time=float("nan")), "not JSON: NaN is not JSON"),
        (document(time=float("inf")), "not JSON: Infinity is not JSON"),
        (document(time="100"), "metric 'time' is not a number: '100'"),
        (document(time=True), "metric 'time' is not a number: True"),
        (document(time=None), "metric 'time' is not a number: None"),
        (document(time=2.0**361), "metric 'time' is out of range"),
        (document(time=[]), "metric 'time' has 0 values; 1 to 100"),
        (document(time=[1] * 101), "metric 'time' has 101 values; 1 to 100"),
        (document(functionVersion=1), "dimension 'functionVersion' is not a string: 1"),
        (document(functionVersion=""), "dimension 'functionVersion' has 0 characters"),
        (document(functionVersion="x" * 1025), "dimension 'functionVersion' has 1025 characters"),
        (document(functionVersion="zürich"), "dimension 'functionVersion' is not printable ASCII"),
        (document(functionVersion="a\nb"), "dimension 'functionVersion' is not printable ASCII"),
        (document(functionVersion=" "), "dimension 'functionVersion' is only spaces"),
        (directed(Metrics=[{"Name": "absent"}]), "metric 'absent' has no member of that name on the root"),
        (directed(Dimensions=[["absent"]]), "dimension 'absent' has no member of that name on the root"),
        (directed(Dimensions=[]), "Dimensions holds no dimension set"),
        (directed(Dimensions=["functionVersion"]), "a dimension set is not an array"),
        (directed(Dimensions=[["functionVersion"] * 31]), "31 dimensions in one set; at most 30"),
        (directed(Dimensions=None), "Dimensions is not an array"),
        (directed(Namespace=""), "Namespace is not a string of 1 to 255"),
        (directed(Metrics=[{"Name": "time"}] * 101), "101 metrics in one directive; at most 100"),
        (directed(Metrics=[{"Name": "time", "Unit": "ms"}]), "time: 'ms' is not a CloudWatch unit"),
        (directed(Metrics=[{"Name": "time", "StorageResolution": 30}]), "time: StorageResolution 30"),
        (directed(Metrics=["time"]), "a MetricDefinition is not an object"),
        (document(_aws={"Timestamp": TIMESTAMP_MS, "CloudWatchMetrics": {}}), "CloudWatchMetrics is not an array"),
        (document(_aws={"CloudWatchMetrics": []}), "Timestamp is not a whole number of milliseconds: None"),
        (document(_aws={"Timestamp": "now", "CloudWatchMetrics": []}), "Timestamp is not a whole number"),
        (document(_aws={"Timestamp": 1574109732, "CloudWatchMetrics": []}), "Timestamp 1574109732 is not within"),
    ],
)
def test_a_document_that_breaks_the_rules_is_refused_with_the_reason(example: dict[str, Any], reason: str) -> None:
    with pytest.raises(MalformedMetricsError, match=reason):
        read(example)


def test_a_document_with_anything_after_it_is_refused() -> None:
    with pytest.raises(MalformedMetricsError, match="not JSON: Extra data"):
        embedded_metrics(json.dumps(document()) + " extra", TIMESTAMP)


@pytest.mark.parametrize(
    ("now", "taken"),
    [
        (lambda time: time + timedelta(days=14), True),
        (lambda time: time + timedelta(days=14, seconds=1), False),
        (lambda time: time - timedelta(hours=2), True),
        (lambda time: time - timedelta(hours=2, seconds=1), False),
    ],
)
def test_a_timestamp_is_taken_from_two_weeks_back_to_two_hours_ahead(
    now: Callable[[datetime], datetime], taken: bool
) -> None:
    if taken:
        assert read(document(), now(TIMESTAMP)) != []
    else:
        with pytest.raises(MalformedMetricsError, match="is not within two weeks before and two hours after"):
            read(document(), now(TIMESTAMP))
