"""Metrics Insights: SELECT over all metrics of a namespace or of an exact schema.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-metrics-insights-querylanguage.html
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-metrics-insights-limits.html
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from tests.sandbox.aws.metrics import Datum
from tests.sandbox.cloudwatch.queries.select import Select, select_of
from tests.sandbox.cloudwatch.queries.series import Array, Origin, Span, TimeSeries
from tests.sandbox.cloudwatch.queries.statistics import (
    Statistic,
    average,
    by_period,
    maximum,
    minimum,
    sample_count,
    total,
)
from tests.sandbox.cloudwatch.queries.stored import Stored, StoredMetric
from tests.sandbox.cloudwatch.queries.weights import WEIGHTS

GRAPH: Final = timedelta(days=14)
ALARM: Final = timedelta(hours=3)
"""How far back from its end a query sees, in a graph and in an alarm's condition."""
_MOST_METRICS: Final = 10_000
_OTHER: Final = "Other"
_AGGREGATES: Final[dict[str, Statistic]] = {
    "AVG": average,
    "COUNT": sample_count,
    "MAX": maximum,
    "MIN": minimum,
    "SUM": total,
}


def insights(text: str, stored: Stored, span: Span, period_s: int, *, sees: timedelta = GRAPH) -> TimeSeries | Array:
    """One series; with GROUP BY an array, a series for each group. Raises RefusedQuery for what is no query.

    Groups without data in the span are not there: the query aggregates observations, it does not list metrics.
    """
    select = select_of(text)
    start = max(span.start, span.end - sees)
    groups = _groups(select, stored, start, span)
    if not select.group_by:
        (data,) = groups.values() or ([],)
        return _series(select, (), data, span, period_s)
    series = [_series(select, values, groups[values], span, period_s) for values in sorted(groups)]
    if select.order_by:
        # "Across all the matched data points of each individual time series across the queried time window":
        # https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-metrics-insights-inference.html
        weight = WEIGHTS[select.order_by]
        series.sort(key=lambda each: weight(list(each.points.values())), reverse=select.descending)
    return tuple(series[: select.limit])


def _groups(select: Select, stored: Stored, start: datetime, span: Span) -> dict[tuple[str, ...], list[Datum]]:
    matching = [metric for metric in stored if _fits(select, metric)][:_MOST_METRICS]
    groups: defaultdict[tuple[str, ...], list[Datum]] = defaultdict(list)
    for metric in matching:
        group = tuple(metric.value(key) or _OTHER for key in select.group_by)
        if data := [datum for datum in stored.data(metric) if start <= datum.timestamp < span.end]:
            groups[group] += data
    return groups


def _fits(select: Select, metric: StoredMetric) -> bool:
    if (metric.namespace, metric.name) != (select.namespace, select.metric):
        return False
    if select.schema is not None and metric.schema != select.schema:
        return False
    return all(_holds(condition.equal, metric.value(condition.key), condition.value) for condition in select.where)


def _holds(equal: bool, found: str | None, wanted: str) -> bool:
    """A metric without the label matches neither = nor !=, as NULL in SQL; the guide does not say."""
    return found is not None and (found == wanted) is equal


def _series(select: Select, group: Sequence[str], data: Sequence[Datum], span: Span, period_s: int) -> TimeSeries:
    return TimeSeries(
        points=by_period(data, _AGGREGATES[select.function], span, period_s),
        period_s=period_s,
        label=" ".join(group) or select.metric,
        dimensions=tuple(sorted(zip(select.group_by, group, strict=True))),
        origin=Origin(select.namespace, select.metric, select.function),
    )
