"""CloudWatch in the AWS double: it keeps what it gets, adds up as CloudWatch does, and refuses what it refuses."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.sandbox.aws import AwsDouble
from tests.sandbox.aws.arrival import ARRIVALS
from tests.sandbox.cloudwatch.recorded import Recorded

NAMESPACE = "Cloudflare/Spectrum"
MINUTE = datetime(2026, 11, 22, 23, 59, tzinfo=UTC)
STATISTICS = ["SampleCount", "Sum", "Average", "Minimum", "Maximum"]


@pytest.fixture
def aws() -> Iterator[AwsDouble]:
    with AwsDouble() as double:
        yield double


def dimensions(**values: str) -> list[dict[str, str]]:
    return [{"Name": name, "Value": value} for name, value in values.items()]


def datum(value: float = 1.0, at: datetime = MINUTE, /, **values: str) -> dict[str, Any]:
    return {"MetricName": "M", "Timestamp": at, "Value": value, "Dimensions": dimensions(**values)}


def put(aws: AwsDouble, *data: dict[str, Any], namespace: str = NAMESPACE) -> None:
    aws.client("cloudwatch").put_metric_data(Namespace=namespace, MetricData=list(data))


def statistics(aws: AwsDouble, start: datetime, minutes: int, period: int, **values: str) -> list[dict[str, Any]]:
    answer = aws.client("cloudwatch").get_metric_statistics(
        Namespace=NAMESPACE,
        MetricName="M",
        Dimensions=dimensions(**values),
        StartTime=start,
        EndTime=start + timedelta(minutes=minutes),
        Period=period,
        Statistics=STATISTICS,
    )
    points: list[dict[str, Any]] = answer["Datapoints"]
    return sorted(points, key=lambda point: point["Timestamp"])


def query(aws: AwsDouble, *queries: dict[str, Any]) -> list[dict[str, Any]]:
    answer = aws.client("cloudwatch").get_metric_data(
        MetricDataQueries=list(queries),
        StartTime=MINUTE,
        EndTime=MINUTE + timedelta(minutes=10),
        ScanBy="TimestampAscending",
    )
    results: list[dict[str, Any]] = answer["MetricDataResults"]
    return results


def metric(namespace: str, statistic: str, **values: str) -> dict[str, Any]:
    wanted = {"Namespace": namespace, "MetricName": "M", "Dimensions": dimensions(**values)}
    return {"Id": "q", "MetricStat": {"Metric": wanted, "Period": 60, "Stat": statistic}}


def test_a_batch_that_botocore_compresses_arrives_whole(aws: AwsDouble) -> None:
    put(aws, *(datum(number, Zone=f"zone-{number}") for number in range(1000)))
    (exchange,) = aws.transcript
    assert b"Content-Encoding: gzip" in exchange.request
    assert len(aws.metrics.series(NAMESPACE)) == 1000
    assert [kept.sum for kept in aws.metrics.data(NAMESPACE, "M", {"Zone": "zone-999"})] == [999]


def test_a_statistic_set_and_its_timestamp_are_kept(aws: AwsDouble) -> None:
    values = {"SampleCount": 4.0, "Sum": 10.0, "Minimum": 2.5, "Maximum": 2.5}
    given = {"MetricName": "M", "Timestamp": MINUTE, "StatisticValues": values, "Unit": "Milliseconds"}
    put(aws, {**given, "Dimensions": dimensions(Zone="z")})
    (kept,) = aws.metrics.data(NAMESPACE, "M", {"Zone": "z"})
    assert (kept.timestamp, kept.sample_count, kept.sum, kept.minimum, kept.maximum) == (MINUTE, 4, 10, 2.5, 2.5)
    (point,) = statistics(aws, MINUTE, 1, 60, Zone="z")
    assert [point[name] for name in STATISTICS] == [4, 10, 2.5, 2.5, 2.5]
    assert (point["Timestamp"], point["Unit"]) == (MINUTE, "Milliseconds")


def test_the_average_of_statistic_sets_is_weighted_by_their_samples(aws: AwsDouble) -> None:
    for count, average in ((1, 100.0), (3, 20.0)):
        values = {"SampleCount": count, "Sum": count * average, "Minimum": average, "Maximum": average}
        put(aws, {"MetricName": "M", "Timestamp": MINUTE, "StatisticValues": values})
    (point,) = statistics(aws, MINUTE, 1, 60)
    assert (point["Average"], point["Minimum"], point["Maximum"]) == (40, 20, 100)


def test_a_datum_that_was_put_twice_is_seen_twice_and_doubles_the_sum(aws: AwsDouble) -> None:
    for _ in range(2):
        put(aws, datum(5, Zone="z"))
    assert [kept.sum for kept in aws.metrics.data(NAMESPACE, "M", {"Zone": "z"})] == [5, 5]
    (point,) = statistics(aws, MINUTE, 1, 60, Zone="z")
    assert (point["Sum"], point["SampleCount"]) == (10, 2)


def test_a_datum_of_several_values_stays_one(aws: AwsDouble) -> None:
    put(aws, {"MetricName": "M", "Timestamp": MINUTE, "Values": [1.0, 5.0], "Counts": [3.0, 1.0]})
    (kept,) = aws.metrics.data(NAMESPACE, "M")
    assert (kept.sample_count, kept.sum, kept.minimum, kept.maximum) == (4, 8, 1, 5)


def test_a_metric_is_found_by_its_exact_dimensions_only(aws: AwsDouble) -> None:
    put(aws, datum(1, Zone="z"), datum(2, Zone="z", Application="a"), datum(4))
    assert [point["Sum"] for point in statistics(aws, MINUTE, 1, 60, Zone="z")] == [1]
    assert [point["Sum"] for point in statistics(aws, MINUTE, 1, 60, Application="a", Zone="z")] == [2]
    assert [point["Sum"] for point in statistics(aws, MINUTE, 1, 60)] == [4]
    assert query(aws, metric(NAMESPACE, "Sum", Zone="z"))[0]["Values"] == [1]


def test_a_namespace_does_not_see_another(aws: AwsDouble) -> None:
    put(aws, datum(1, Zone="z"))
    put(aws, datum(2, Zone="z"), namespace="Other")
    assert query(aws, metric("Other", "Sum", Zone="z"))[0]["Values"] == [2]
    assert aws.metrics.namespaces() == [NAMESPACE, "Other"]


def test_periods_start_at_the_start_time(aws: AwsDouble) -> None:
    put(aws, *(datum(1, MINUTE + timedelta(minutes=minute)) for minute in (3, 4, 5, 9, 10)))
    points = statistics(aws, MINUTE + timedelta(seconds=30), 10, 300)
    assert [(point["Timestamp"] - MINUTE, point["Sum"]) for point in points] == [
        (timedelta(minutes=0), 2),
        (timedelta(minutes=5), 2),
        (timedelta(minutes=10), 1),
    ]


def test_the_end_time_is_not_part_of_the_answer(aws: AwsDouble) -> None:
    put(aws, datum(1, MINUTE), datum(1, MINUTE + timedelta(minutes=10)))
    assert query(aws, metric(NAMESPACE, "Sum"))[0]["Timestamps"] == [MINUTE]


@pytest.mark.parametrize(
    "bad",
    [
        datum(float("nan")),
        datum(float("inf")),
        datum(Zone=" "),
        datum(Zone="münchen"),
        datum(Zone="x" * 1025),
        datum(**{f"D{number}": "v" for number in range(31)}),
        {"MetricName": "M", "StatisticValues": {"SampleCount": 1, "Sum": 1, "Minimum": 2, "Maximum": 1}},
        datum() | {"Unit": "Furlongs"},
        {"MetricName": "M", "Values": [1.0, 2.0], "Counts": [1.0]},
    ],
)
def test_one_datum_that_cloudwatch_would_refuse_refuses_the_batch(aws: AwsDouble, bad: dict[str, Any]) -> None:
    with pytest.raises(ClientError, match="InvalidParameterValue"):
        put(aws, datum(), bad)
    assert aws.metrics.series(NAMESPACE) == []


def test_more_than_1000_data_are_refused(aws: AwsDouble) -> None:
    with pytest.raises(ClientError, match="at most 1000"):
        put(aws, *[datum()] * 1001)


def test_namespaces_of_aws_are_refused(aws: AwsDouble) -> None:
    with pytest.raises(ClientError, match="reserved"):
        put(aws, datum(), namespace="AWS/Lambda")


def test_metric_math_search_and_insights_are_answered(aws: AwsDouble) -> None:
    put(aws, datum(2, Zone="a"), datum(3, Zone="b"), datum(4, MINUTE + timedelta(minutes=1), Zone="b"))
    search = f"SEARCH('{{\"{NAMESPACE}\",Zone}} MetricName=\"M\"', 'Sum', 60)"
    (total,) = query(aws, {"Id": "q", "Expression": f"SUM({search})", "Label": "all"})
    assert (total["Label"], total["Values"]) == ("all", [5, 4])
    grouped = query(aws, {"Id": "q", "Expression": f'SELECT MAX("M") FROM "{NAMESPACE}" GROUP BY "Zone"', "Period": 60})
    assert [(each["Label"], each["Values"]) for each in grouped] == [("a", [2]), ("b", [3, 4])]


def test_a_percentile_is_of_the_values_that_were_put(aws: AwsDouble) -> None:
    put(aws, {"MetricName": "M", "Timestamp": MINUTE, "Values": [1.0, 2.0, 10.0], "Counts": [8.0, 1.0, 1.0]})
    assert query(aws, metric(NAMESPACE, "p90"))[0]["Values"] == [2]


def test_the_newest_point_comes_first_unless_asked_otherwise(aws: AwsDouble) -> None:
    put(aws, datum(1), datum(2, MINUTE + timedelta(minutes=1)))
    request = {"StartTime": MINUTE, "EndTime": MINUTE + timedelta(minutes=2)}
    client = aws.client("cloudwatch")
    answer = client.get_metric_data(MetricDataQueries=[metric(NAMESPACE, "Sum")], **request)
    assert answer["MetricDataResults"][0]["Values"] == [2, 1]


def test_a_query_that_cannot_be_answered_is_refused_by_its_id(aws: AwsDouble) -> None:
    with pytest.raises(ClientError, match=r"q: .*ANOMALY_DETECTION_BAND"):
        query(aws, metric(NAMESPACE, "Sum") | {"Id": "m"}, {"Id": "q", "Expression": "ANOMALY_DETECTION_BAND(m)"})


def test_a_datum_arrives_when_it_is_put_whatever_minute_it_describes(aws: AwsDouble) -> None:
    now = MINUTE + timedelta(seconds=63)
    with ARRIVALS.follow(lambda: now):
        put(aws, datum(1, MINUTE))
        with ARRIVALS.delayed(timedelta(seconds=10)):
            put(aws, datum(2, MINUTE))
    first, second = aws.metrics.data(NAMESPACE, "M")
    assert (first.timestamp, first.arrived) == (MINUTE, now)
    assert (second.timestamp, second.arrived) == (MINUTE, now + timedelta(seconds=10))


def test_who_looks_at_a_moment_sees_what_had_arrived_of_the_time_asked_for(aws: AwsDouble) -> None:
    for minutes in range(4):
        at = MINUTE + timedelta(minutes=minutes)
        with ARRIVALS.follow(lambda at=at: at + timedelta(seconds=65)):  # type: ignore[misc]
            put(aws, datum(minutes, at))
    everything = Recorded.of(aws.metrics)
    seen = everything.as_of(
        MINUTE + timedelta(minutes=3, seconds=30), MINUTE + timedelta(minutes=1), MINUTE + timedelta(minutes=9)
    )
    assert [kept.sum for kept in seen.data(NAMESPACE, "M")] == [1, 2]
    assert [kept.sum for kept in everything.data(NAMESPACE, "M")] == [0, 1, 2, 3]
