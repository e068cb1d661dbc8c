"""IF: a value for each timestamp, by a condition.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html#using-IF-expressions
"""

from datetime import datetime

from tests.sandbox.cloudwatch.queries.arithmetic import same_period
from tests.sandbox.cloudwatch.queries.errors import RefusedQuery
from tests.sandbox.cloudwatch.queries.series import TimeSeries, Value


def if_else(arguments: list[Value]) -> TimeSeries:
    """IF(condition, then[, otherwise]). Raises RefusedQuery for a syntax that the guide does not list."""
    if not 2 <= len(arguments) <= 3 or any(isinstance(each, tuple) for each in arguments):
        raise RefusedQuery("IF takes a condition and one or two values, each a time series or a scalar")
    condition, then, *rest = arguments
    otherwise = rest[0] if rest else None
    same_period(*[each for each in arguments if isinstance(each, TimeSeries)])
    if isinstance(condition, TimeSeries):
        return condition.with_points(
            {
                at: value
                for at, holds in condition.points.items()
                # True without a value is 0, false without a value is dropped.
                if (value := _at(then, at, 0.0) if holds else _at(otherwise, at, None)) is not None
            }
        )
    if not isinstance(then, TimeSeries):
        raise RefusedQuery("IF with a scalar for condition takes a time series next")
    if condition:
        return then
    if isinstance(otherwise, TimeSeries):
        return otherwise
    return then.with_points({})


def _at(value: Value | None, at: datetime, absent: float | None) -> float | None:
    if isinstance(value, TimeSeries):
        return value.points.get(at, absent)
    assert not isinstance(value, tuple)
    return value
