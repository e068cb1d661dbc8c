"""The functions of metric math.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html#metric-math-syntax-functions-list
"""

from collections.abc import Callable, Mapping
from itertools import accumulate, pairwise
from math import ceil, floor, log, log10
from typing import Final

from tests.sandbox.cloudwatch.queries.argument import Argument, Function
from tests.sandbox.cloudwatch.queries.arrays import cut, metric_count, one_of, remove_empty, sort
from tests.sandbox.cloudwatch.queries.conditions import if_else
from tests.sandbox.cloudwatch.queries.errors import RefusedQuery
from tests.sandbox.cloudwatch.queries.filling import fill, fill_each
from tests.sandbox.cloudwatch.queries.formula import Keyword
from tests.sandbox.cloudwatch.queries.gathering import deviation, gathered
from tests.sandbox.cloudwatch.queries.series import Span, TimeSeries, Value


def _changed(change: Callable[[TimeSeries], TimeSeries]) -> Function:
    """A function from a series to a series, and from an array to an array."""

    def apply(arguments: list[Argument], _span: Span) -> Value:
        match arguments:
            case [TimeSeries() as series]:
                return change(series)
            case [tuple() as array]:
                return tuple(change(each) for each in array)
            case _:
                raise RefusedQuery("it takes a time series or an array of time series")

    return apply


def _differences(series: TimeSeries, *, per_second: bool = False, of_time: bool = False) -> TimeSeries:
    points = {}
    for (before, low), (at, high) in pairwise(series.points.items()):
        seconds = (at - before).total_seconds()
        points[at] = seconds if of_time else (high - low) / (seconds if per_second else 1)
    return series.with_points(points)


def _logarithm(series: TimeSeries, logarithm: Callable[[float], float]) -> TimeSeries:
    return series.with_points({at: logarithm(value) for at, value in series.points.items() if value > 0})


def _running_sum(series: TimeSeries) -> TimeSeries:
    return series.with_points(dict(zip(series.points, accumulate(series.points.values()), strict=True)))


def _fill(arguments: list[Argument], span: Span) -> Value:
    match arguments:
        case [TimeSeries() as series, filler]:
            return fill(series, filler, span)
        case [tuple() as array, filler]:
            return fill_each(array, filler, span)
        case _:
            raise RefusedQuery("it takes a time series or an array, and what to fill with")


def _if(arguments: list[Argument], _span: Span) -> Value:
    values = [each for each in arguments if not isinstance(each, Keyword)]
    if len(values) < len(arguments):
        raise RefusedQuery("it takes time series and scalars")
    return if_else(values)


def _time_series(arguments: list[Argument], span: Span) -> Value:
    match arguments:
        case [float() as value]:
            return TimeSeries(dict.fromkeys(span.periods(span.period_s), value), span.period_s)
        case _:
            raise RefusedQuery("it takes a scalar")


FUNCTIONS: Final[Mapping[str, Function]] = {
    "ABS": _changed(lambda series: series.each(abs)),
    "AVG": gathered(lambda values, count: sum(values) / count),
    "CEIL": _changed(lambda series: series.each(ceil)),
    "DATAPOINT_COUNT": gathered(lambda values, _count: len(values)),
    "DIFF": _changed(_differences),
    "DIFF_TIME": _changed(lambda series: _differences(series, of_time=True)),
    "FILL": _fill,
    "FIRST": one_of(0),
    "FLOOR": _changed(lambda series: series.each(floor)),
    "IF": _if,
    "LAST": one_of(-1),
    "LOG": _changed(lambda series: _logarithm(series, log)),
    "LOG10": _changed(lambda series: _logarithm(series, log10)),
    "MAX": gathered(lambda values, _count: max(values)),
    "METRIC_COUNT": metric_count,
    "MIN": gathered(lambda values, _count: min(values)),
    "RATE": _changed(lambda series: _differences(series, per_second=True)),
    "REMOVE_EMPTY": remove_empty,
    "RUNNING_SUM": _changed(_running_sum),
    "SLICE": cut,
    "SORT": sort,
    "STDDEV": gathered(deviation),
    "SUM": gathered(lambda values, _count: sum(values)),
    "TIME_SERIES": _time_series,
}
"""METRICS, PERIOD and SEARCH need the request: they are in `evaluation`."""

KNOWN_ELSEWHERE: Final = frozenset(
    (
        "ANOMALY_DETECTION_BAND",
        *("DATE", "DAY", "EPOCH", "HOUR", "MINUTE", "MONTH", "YEAR"),
        *("DB_PERF_INSIGHTS", "INSIGHT_RULE_METRIC", "LAMBDA", "SERVICE_QUOTA"),
    )
)
"""Functions that CloudWatch has and the sandbox has not."""
