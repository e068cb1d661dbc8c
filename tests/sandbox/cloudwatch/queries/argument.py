"""What a function of metric math takes and gives."""

from collections.abc import Callable

from tests.sandbox.cloudwatch.queries.errors import RefusedQuery
from tests.sandbox.cloudwatch.queries.formula import Keyword
from tests.sandbox.cloudwatch.queries.series import Array, Span, TimeSeries, Value

Argument = Value | Keyword
Function = Callable[[list[Argument], Span], Value]
"""Raises RefusedQuery for arguments that it does not take."""


def value_of(argument: Argument) -> Value:
    """The value, where a keyword would be out of place."""
    if isinstance(argument, Keyword):
        raise RefusedQuery(f"{argument.word} stands where a number or a time series should")
    return argument


def series_in(argument: Argument) -> Array:
    """The time series of an array, or the one that stands for itself in one."""
    match argument:
        case TimeSeries():
            return (argument,)
        case tuple():
            return argument
        case _:
            raise RefusedQuery("an array is of time series, not of scalars")
