"""Functions that choose among the series of an array: SORT, SLICE, FIRST and LAST, REMOVE_EMPTY, METRIC_COUNT.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html#metric-math-syntax-functions-list
"""

from typing import Final

from tests.sandbox.cloudwatch.queries.argument import Argument, Function
from tests.sandbox.cloudwatch.queries.errors import EmptySeries, RefusedQuery
from tests.sandbox.cloudwatch.queries.formula import Keyword
from tests.sandbox.cloudwatch.queries.series import Span, TimeSeries, Value
from tests.sandbox.cloudwatch.queries.weights import WEIGHTS

_ORDERS: Final = ("AVG", "MIN", "MAX", "SUM")


def metric_count(arguments: list[Argument], _span: Span) -> Value:
    """How many series there are."""
    match arguments:
        case [tuple() as array]:
            return float(len(array))
        case _:
            raise RefusedQuery("it takes an array of time series")


def sort(arguments: list[Argument], _span: Span) -> Value:
    """The series by their average, lowest, highest or sum; those without data last. With a limit, the first few."""
    match arguments:
        case [tuple() as array, Keyword(function), Keyword("ASC" | "DESC" as direction), *limit] if (
            function in _ORDERS and len(limit) <= 1
        ):
            weigh = WEIGHTS[function]
            known = [each for each in array if each.points]
            empty = [each for each in array if not each.points]
            known.sort(key=lambda each: weigh(list(each.points.values())), reverse=direction == "DESC")
            ordered = (*known, *empty)
            return ordered[: _whole(limit[0])] if limit else ordered
        case _:
            raise RefusedQuery(f"it takes an array, one of {', '.join(_ORDERS)}, ASC or DESC, and perhaps a limit")


def cut(arguments: list[Argument], _span: Span) -> Value:
    """SLICE: from one position, to before another."""
    match arguments:
        case [tuple() as array, float() as first]:
            return array[_whole(first) :]
        case [tuple() as array, float() as first, float() as behind]:
            return array[_whole(first) : _whole(behind)]
        case _:
            raise RefusedQuery("it takes an array and one or two scalars")


def one_of(place: int) -> Function:
    """The series at this place."""

    def apply(arguments: list[Argument], _span: Span) -> Value:
        match arguments:
            case [tuple() as array] if array:
                chosen: TimeSeries = array[place]
                return chosen
            case [()]:
                raise EmptySeries
            case _:
                raise RefusedQuery("it takes an array of time series")

    return apply


def remove_empty(arguments: list[Argument], _span: Span) -> Value:
    """The series that have data."""
    match arguments:
        case [tuple() as array]:
            return tuple(each for each in array if each.points)
        case _:
            raise RefusedQuery("it takes an array of time series")


def _whole(number: Argument) -> int:
    if not isinstance(number, float) or not number.is_integer() or number < 0:
        raise RefusedQuery(f"{number} is no position or limit")
    return int(number)
