"""Operators between scalars, time series and arrays of time series.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html, "Basic arithmetic functions" and
"Comparison and logical operators": a value that only one of two series has meets a 0; a division by zero drops the
point.
"""

import operator
from collections.abc import Callable, Mapping
from datetime import datetime
from math import isfinite
from typing import Final

from tests.sandbox.cloudwatch.queries.errors import RefusedQuery, UnsupportedQuery
from tests.sandbox.cloudwatch.queries.series import TimeSeries, Value

Operator = Callable[[float, float], float]

_ARITHMETIC: Final[Mapping[str, Operator]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "^": operator.pow,
}
_LOGIC: Final[Mapping[str, Operator]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<=": operator.le,
    ">=": operator.ge,
    "<": operator.lt,
    ">": operator.gt,
    "AND": lambda left, right: left != 0 and right != 0,
    "OR": lambda left, right: left != 0 or right != 0,
}


def operate(sign: str, left: Value, right: Value) -> Value:
    """The result of an operator. Raises RefusedQuery for operands that it does not take."""
    arrays = isinstance(left, tuple) + isinstance(right, tuple)
    if arrays and sign in _LOGIC:
        raise RefusedQuery(f"{sign} compares single time series and scalars, not arrays of time series")
    if arrays > 1:
        raise RefusedQuery(f"{sign} between two arrays of time series: one operand may be an array, not both")
    apply = _LOGIC.get(sign) or _ARITHMETIC[sign]
    if isinstance(left, tuple):
        return tuple(each.with_points(_points(apply, each, right)) for each in left)
    if isinstance(right, tuple):
        return tuple(each.with_points(_points(apply, left, each)) for each in right)
    if isinstance(left, TimeSeries):
        return left.with_points(_points(apply, left, right))
    if isinstance(right, TimeSeries):
        return right.with_points(_points(apply, left, right))
    value = _value(apply, left, right)
    if value is None:
        raise RefusedQuery(f"{left} {sign} {right} has no value")
    return value


def same_period(*series: TimeSeries) -> int:
    """The period that these share. Raises UnsupportedQuery where they differ."""
    periods = {each.period_s for each in series}
    if len(periods) != 1:
        raise UnsupportedQuery(f"the sandbox does not compute with series of different periods: {sorted(periods)} s")
    return periods.pop()


def _points(apply: Operator, left: Value, right: Value) -> dict[datetime, float]:
    """The points of a result of which at least one operand is a series, and none an array."""
    operands = [each for each in (left, right) if isinstance(each, TimeSeries)]
    same_period(*operands)
    times = {at for each in operands for at in each.points}
    values = {at: _value(apply, _at(left, at), _at(right, at)) for at in times}
    return {at: value for at, value in values.items() if value is not None}


def _at(operand: Value, at: datetime) -> float:
    if isinstance(operand, TimeSeries):
        return operand.points.get(at, 0.0)
    assert not isinstance(operand, tuple)
    return operand


def _value(apply: Operator, left: float, right: float) -> float | None:
    try:
        value = apply(left, right)
    except (ZeroDivisionError, OverflowError):
        return None
    return float(value) if not isinstance(value, complex) and isfinite(value) else None
