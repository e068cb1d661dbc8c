"""AWS/Lambda: what Lambda says of a function's invocations.

https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html

"Invocation metrics are binary indicators of the outcome": each run sends Invocations 1, and Errors 0 or 1. "The
timestamp on an error metric reflects when the function was invoked, not when the error occurred." A throttled request
is no invocation. Metrics come at intervals of one minute: here, at the end of the minute in which the run ended.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Final

from tests.sandbox.aws.metrics import Datum, Series
from tests.sandbox.cloudwatch.recorded import Entry
from tests.sandbox.function.invocation import Invocation

NAMESPACE: Final = "AWS/Lambda"


def of_invocations(function: str, invocations: Iterable[Invocation]) -> Iterator[Entry]:
    """What runs of this function, by its name, led to."""
    for invocation in invocations:
        arrived = _next_minute(invocation.at + timedelta(milliseconds=invocation.duration_ms))
        yield _entry(function, "Invocations", 1, at=invocation.at, arrived=arrived)
        yield _entry(function, "Errors", 0 if invocation.ok else 1, at=invocation.at, arrived=arrived)
        yield _entry(function, "Throttles", 0, at=invocation.at, arrived=arrived)
        yield _entry(
            function, "Duration", invocation.duration_ms, at=invocation.at, arrived=arrived, unit="Milliseconds"
        )


def of_throttles(function: str, throttled: Iterable[datetime]) -> Iterator[Entry]:
    """What requests led to for which there was no room."""
    for at in throttled:
        yield _entry(function, "Throttles", 1, at=at, arrived=_next_minute(at))


def _entry(function: str, name: str, value: float, *, at: datetime, arrived: datetime, unit: str = "Count") -> Entry:
    series = Series(name, (("FunctionName", function),))
    return series, Datum(at, 1, value, value, value, unit, ((value, 1.0),), arrived)


def _next_minute(at: datetime) -> datetime:
    return at.replace(second=0, microsecond=0) + timedelta(minutes=1)
