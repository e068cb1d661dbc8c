"""Data added up by period: the statistics of CloudWatch.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Statistics-definitions.html
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from math import ceil
from typing import Final

from tests.sandbox.aws.metrics import Datum
from tests.sandbox.cloudwatch.queries.errors import RefusedQuery, UnsupportedQuery
from tests.sandbox.cloudwatch.queries.series import Origin, Span, TimeSeries
from tests.sandbox.cloudwatch.queries.stored import StoredMetric

Statistic = Callable[[Sequence[Datum]], float | None]
"""Of the data of one period, never empty; None where there is no such value."""

_PERCENTILE: Final = re.compile(r"p(100|\d{1,2}(?:\.\d{1,10})?)")
_OTHERS: Final = re.compile(r"(tm|wm|tc|ts|pr)\d.*|(TM|WM|TC|TS|PR)\(.*\)|IQM")


def sample_count(data: Iterable[Datum]) -> float:
    """How many observations."""
    return sum(datum.sample_count for datum in data)


def total(data: Iterable[Datum]) -> float:
    """Their sum."""
    return sum(datum.sum for datum in data)


def average(data: Sequence[Datum]) -> float | None:
    """Sum / SampleCount, so that a statistic set weighs as many observations as it stands for."""
    count = sample_count(data)
    return total(data) / count if count else None


def minimum(data: Iterable[Datum]) -> float:
    """The lowest observation."""
    return min(datum.minimum for datum in data)


def maximum(data: Iterable[Datum]) -> float:
    """The highest observation."""
    return max(datum.maximum for datum in data)


_STATISTICS: Final[dict[str, Statistic]] = {
    "SampleCount": sample_count,
    "Sum": total,
    "Average": average,
    "Minimum": minimum,
    "Maximum": maximum,
}


def statistic_of(name: str) -> Statistic:
    """The statistic of this name. Raises QueryError for one that there is not, or not here."""
    if name in _STATISTICS:
        return _STATISTICS[name]
    if percentile := _PERCENTILE.fullmatch(name):
        return _percentile(float(percentile[1]))
    if _OTHERS.fullmatch(name):
        raise UnsupportedQuery(f"the sandbox does not compute the statistic {name}")
    raise RefusedQuery(f"{name!r} is no statistic of CloudWatch: {', '.join(_STATISTICS)}, p0 to p100")


def _percentile(percent: float) -> Statistic:
    """The lowest observation that at least so many percent do not exceed; how CloudWatch interpolates is not told.

    "Percentile statistics are available" for statistic sets only where SampleCount is 1, or Minimum and Maximum are
    equal: of others nobody knows the observations
    (https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_concepts.html#Percentiles).
    """

    def percentile(data: Sequence[Datum]) -> float | None:
        if any(not datum.observations for datum in data):
            return None
        observations = sorted(pair for datum in data for pair in datum.observations)
        wanted = ceil(percent / 100 * sample_count(data))
        seen = 0.0
        for value, count in observations:
            seen += count
            if seen >= wanted:
                return value
        return observations[-1][0]

    return percentile


def series_of(metric: StoredMetric, data: Sequence[Datum], name: str, span: Span, period_s: int) -> TimeSeries:
    """One statistic of a metric, by period."""
    return TimeSeries(
        points=by_period(data, statistic_of(name), span, period_s),
        period_s=period_s,
        label=metric.name,
        dimensions=metric.dimensions,
        origin=Origin(metric.namespace, metric.name, name),
        unit="Count" if name == "SampleCount" else _unit(data),
    )


def _unit(data: Iterable[Datum]) -> str:
    units = {datum.unit or "" for datum in data} - {"None"}
    return units.pop() if len(units) == 1 else ""


def by_period(data: Iterable[Datum], statistic: Statistic, span: Span, period_s: int) -> dict[datetime, float]:
    """The statistic of each period that has data; periods begin at the start of the span.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html: "the time stamp" of a data
    point is the start of its period.
    """
    step = timedelta(seconds=period_s)
    periods: defaultdict[int, list[Datum]] = defaultdict(list)
    for datum in data:
        if span.start <= datum.timestamp < span.end:
            periods[(datum.timestamp - span.start) // step].append(datum)
    values = {number: statistic(periods[number]) for number in sorted(periods)}
    return {span.start + number * step: value for number, value in values.items() if value is not None}
