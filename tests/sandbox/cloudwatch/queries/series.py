"""What expressions compute with: a scalar, a time series, or an array of time series.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html#metric-math-syntax-datatypes
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Self


@dataclass(frozen=True, slots=True)
class Span:
    """The time that a request asks about, and the period of what has none of its own."""

    start: datetime
    """Start of the first period: a whole minute, UTC."""
    end: datetime
    """Not part of it."""
    period_s: int

    def periods(self, period_s: int) -> list[datetime]:
        """The start of every period."""
        count = -((self.start - self.end) // timedelta(seconds=period_s))
        return [self.start + timedelta(seconds=period_s * number) for number in range(count)]


@dataclass(frozen=True, slots=True)
class Origin:
    """The metric that a series comes from: what `${PROP(...)}` of a label asks for."""

    namespace: str = ""
    name: str = ""
    statistic: str = ""


@dataclass(frozen=True, slots=True)
class TimeSeries:
    """The values of one series, by the start of their period."""

    points: Mapping[datetime, float]
    """In the order of time; a period without data is not in it."""
    period_s: int
    label: str = ""
    """Its own, before that of its query."""
    dimensions: tuple[tuple[str, str], ...] = ()
    origin: Origin = Origin()
    unit: str = ""
    """Of its data, where they agree; an expression's result has none."""

    def with_points(self, points: Mapping[datetime, float]) -> Self:
        """The same series with other values, in the order of time."""
        return replace(self, points=dict(sorted(points.items())))

    def each(self, change: Callable[[float], float]) -> Self:
        """The same series, every value changed."""
        return replace(self, points={at: change(value) for at, value in self.points.items()})


Array = tuple[TimeSeries, ...]
Value = float | TimeSeries | Array


def without_units(value: Value) -> Value:
    """What an expression gives: nobody says in which unit."""
    match value:
        case TimeSeries():
            return replace(value, unit="")
        case tuple():
            return tuple(replace(each, unit="") for each in value)
        case _:
            return value
