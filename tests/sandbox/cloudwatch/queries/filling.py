"""FILL: values where a series has none.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html, FILL: by a scalar, by the values
of another metric, by REPEAT ("the most recent actual value of the metric before the missing value") or by LINEAR
("linear interpolation between the values at the beginning and the end of the gap").
"""

from datetime import datetime

from tests.sandbox.cloudwatch.queries.errors import RefusedQuery
from tests.sandbox.cloudwatch.queries.formula import Keyword
from tests.sandbox.cloudwatch.queries.series import Array, Span, TimeSeries, Value


def fill(series: TimeSeries, filler: Value | Keyword, span: Span) -> TimeSeries:
    """The series with a value in every period of the span that the filler has one for."""
    values = dict(series.points)
    missing = [at for at in span.periods(series.period_s) if at not in values]
    match filler:
        case Keyword("REPEAT"):
            return series.with_points(values | _repeated(series, missing))
        case Keyword("LINEAR"):
            return series.with_points(values | _interpolated(series, missing))
        case float():
            return series.with_points(values | dict.fromkeys(missing, filler))
        case TimeSeries():
            return series.with_points(values | {at: filler.points[at] for at in missing if at in filler.points})
        case _:
            raise RefusedQuery("FILL takes a scalar, a time series, REPEAT or LINEAR to fill with")


def fill_each(series: Array, filler: Value | Keyword, span: Span) -> Array:
    """The same for each of an array."""
    return tuple(fill(each, filler, span) for each in series)


def _repeated(series: TimeSeries, missing: list[datetime]) -> dict[datetime, float]:
    filled = {}
    for at in missing:
        before = [known for known in series.points if known < at]
        if before:
            filled[at] = series.points[before[-1]]
    return filled


def _interpolated(series: TimeSeries, missing: list[datetime]) -> dict[datetime, float]:
    filled = {}
    for at in missing:
        before = [known for known in series.points if known < at]
        after = [known for known in series.points if known > at]
        if before and after:
            first, last = before[-1], after[0]
            share = (at - first) / (last - first)
            filled[at] = series.points[first] + share * (series.points[last] - series.points[first])
    return filled
