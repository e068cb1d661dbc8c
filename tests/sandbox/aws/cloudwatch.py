"""CloudWatch's own rules where moto has others.

- GetMetricStatistics and GetMetricData answer for the metric with *exactly* the dimensions asked for
  (https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_concepts.html#dimension-combinations). moto
  takes every metric that has them among others, and GetMetricData from every namespace.
- Periods start at StartTime, rounded down to the whole minute
  (https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html). moto starts them at the
  first datum, or at the second asked for.
- PutMetricData refuses what its API page says it refuses
  (https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricData.html, API_MetricDatum.html), the
  whole request for one bad datum. Not checked: the age of timestamps, because runs are in simulated time.
- GetMetricData is answered by `tests.sandbox.cloudwatch.queries`: metric math, SEARCH, Metrics Insights, percentiles.
  GetMetricStatistics has no percentiles here: moto would answer with wrong numbers.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from math import isfinite
from typing import Any, Final

from moto.cloudwatch.exceptions import InvalidParameterValue, ValidationError
from moto.cloudwatch.models import CloudWatchBackend, MetricDatumBase, Statistics

from tests.sandbox.aws.arrival import ARRIVALS
from tests.sandbox.aws.backstage import backstage
from tests.sandbox.aws.metrics import Distribution, Metrics, Series, series_of

_MOST_DATA: Final = 1000
_MOST_DIMENSIONS: Final = 30
_LONGEST: Final = {"Name": 255, "Value": 1024}
_LARGEST: Final = 2.0**360
_STATISTICS: Final = frozenset({"Average", "Maximum", "Minimum", "SampleCount", "Sum"})

_moto_put_metric_data = CloudWatchBackend.put_metric_data


@cache
def install() -> None:
    """Puts these rules in the place of moto's, for this process."""
    CloudWatchBackend.put_metric_data = _put_metric_data  # type: ignore[method-assign]
    CloudWatchBackend.get_metric_data = _get_metric_data  # type: ignore[method-assign]
    CloudWatchBackend.get_metric_statistics = _get_metric_statistics  # type: ignore[method-assign]


def _put_metric_data(self: CloudWatchBackend, namespace: str, metric_data: list[dict[str, Any]]) -> None:
    if len(metric_data) > _MOST_DATA:
        raise InvalidParameterValue(f"MetricData has {len(metric_data)} data; at most {_MOST_DATA} are taken")
    if namespace.startswith("AWS/"):
        raise InvalidParameterValue(f"The value {namespace} for parameter Namespace is invalid: AWS/ is reserved")
    for number, datum in enumerate(metric_data, start=1):
        _check(f"MetricData.member.{number}", datum)
    before = len(self.metric_data)
    _moto_put_metric_data(self, namespace, [datum for datum in metric_data if not datum.get("Values")])
    self.metric_data += [_distribution(namespace, datum) for datum in metric_data if datum.get("Values")]
    ARRIVALS.stamp(self.metric_data[before:])


def _check(where: str, datum: Mapping[str, Any]) -> None:
    dimensions = datum.get("Dimensions", ())
    if len(dimensions) > _MOST_DIMENSIONS:
        raise InvalidParameterValue(f"{where} has more than {_MOST_DIMENSIONS} dimensions")
    for dimension in dimensions:
        for part, longest in _LONGEST.items():
            text = dimension[part]
            if not (text.strip() and text.isascii() and text.isprintable() and len(text) <= longest):
                raise InvalidParameterValue(
                    f"{where}.Dimensions: {part} {text!r} is not 1 to {longest} printable ASCII characters"
                )
    if datum.get("Unit", "None") not in _units():
        raise InvalidParameterValue(f"{where}.Unit: {datum['Unit']} is no unit of CloudWatch")
    statistics = datum.get("StatisticValues", {})
    for value in (datum.get("Value", 0.0), *datum.get("Values", ()), *statistics.values()):
        if not (isfinite(value) and abs(value) <= _LARGEST):
            raise InvalidParameterValue(f"The value {value} for parameter {where} is invalid")
    if len(datum.get("Counts") or datum.get("Values", ())) != len(datum.get("Values", ())):
        raise InvalidParameterValue(f"{where}: Values and Counts must be of the same size")
    if statistics and statistics["Minimum"] > statistics["Maximum"]:
        raise InvalidParameterValue(f"{where}.StatisticValues: Minimum is greater than Maximum")


def _distribution(namespace: str, datum: Mapping[str, Any]) -> Distribution:
    values = datum["Values"]
    counts = datum.get("Counts") or [1.0] * len(values)
    return Distribution(
        tuple((float(value), float(count)) for value, count in zip(values, counts, strict=True)),
        namespace=namespace,
        name=datum["MetricName"],
        dimensions=datum.get("Dimensions", []),
        timestamp=datum.get("Timestamp"),
        unit=datum.get("Unit"),
    )


@cache
def _units() -> frozenset[str]:
    return frozenset(backstage("cloudwatch").meta.service_model.shape_for("StandardUnit").enum)


def _get_metric_statistics(  # noqa: PLR0917 (moto's own signature)
    self: CloudWatchBackend,
    namespace: str,
    metric_name: str,
    start_time: datetime,
    end_time: datetime,
    period: int,
    stats: list[str],
    dimensions: list[dict[str, str]],
    unit: str | None = None,
) -> list[Statistics]:
    if start_time >= end_time:
        raise InvalidParameterValue("The parameter StartTime must be less than the parameter EndTime.")
    data = _chosen(self, namespace, metric_name, dimensions, unit)
    return _by_period(data, start_time, end_time, period, stats)


def _get_metric_data(
    self: CloudWatchBackend,  # noqa: ARG001 (moto's own signature)
    queries: list[dict[str, Any]],
    start_time: datetime,
    end_time: datetime,
    scan_by: str = "TimestampAscending",
) -> list[dict[str, Any]]:
    if start_time >= end_time:
        raise ValidationError("The parameter EndTime must be greater than StartTime.")
    # With the first query: the parser takes a while to load, and what it reads is in this package.
    from tests.sandbox.cloudwatch.queries import QueryError, evaluate

    try:
        lines = evaluate(queries, Metrics(), start=start_time, end=end_time)
    except QueryError as error:
        raise ValidationError(str(error)) from error
    step = -1 if scan_by == "TimestampDescending" else 1
    return [
        {
            "id": line.id,
            "label": line.label,
            "timestamps": line.timestamps[::step],
            "values": line.values[::step],
            "status_code": "Complete",
        }
        for line in lines
    ]


def _chosen(
    backend: CloudWatchBackend, namespace: str, name: str, dimensions: Iterable[Mapping[str, str]], unit: str | None
) -> list[MetricDatumBase]:
    wanted = Series(name, tuple(sorted((dimension["Name"], dimension["Value"]) for dimension in dimensions)))
    return [
        datum
        for datum in backend.metric_data
        # The name first: a day has a hundred thousand data, and reading one's dimensions takes longest.
        if datum.name == name
        and datum.namespace == namespace
        and unit in (None, datum.unit)
        and series_of(datum) == wanted
    ]


def _by_period(
    data: Sequence[MetricDatumBase], start_time: datetime, end_time: datetime, period: int, stats: list[str]
) -> list[Statistics]:
    start = start_time.replace(second=0, microsecond=0)
    step = timedelta(seconds=period)
    if set(stats) - _STATISTICS:
        raise ValidationError(f"The sandbox answers {sorted(_STATISTICS)} only, not {stats}")
    points: dict[datetime, Statistics] = {}
    for datum in data:
        if start <= datum.timestamp < end_time:
            at = start + (datum.timestamp - start) // step * step
            point = points.setdefault(at, Statistics(stats, at, datum.unit))
            point.metric_data.append(datum)
    return [points[at] for at in sorted(points)]
