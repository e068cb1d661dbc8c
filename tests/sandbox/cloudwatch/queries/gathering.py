"""AVG, SUM and their like: a series gathered into a scalar, an array into a series.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html#metric-math-syntax-functions-list
"""

from collections.abc import Callable, Sequence
from math import sqrt

from tests.sandbox.cloudwatch.queries.argument import Argument, Function
from tests.sandbox.cloudwatch.queries.arithmetic import same_period
from tests.sandbox.cloudwatch.queries.errors import EmptySeries, RefusedQuery
from tests.sandbox.cloudwatch.queries.series import Array, Span, TimeSeries, Value


def gathered(gather: Callable[[Sequence[float], int], float]) -> Function:
    """A function from a series to a scalar, over its points, and from an array to a series, timestamp by timestamp.

    `gather` gets the values that there are, and of how many: "missing values are treated as 0" by AVG.
    """

    def apply(arguments: list[Argument], _span: Span) -> Value:
        match arguments:
            case [TimeSeries() as series]:
                values = list(series.points.values())
                if not values:
                    raise EmptySeries
                return float(gather(values, len(values)))
            case [tuple() as array] if array:
                return _at_each_time(array, gather)
            case [()]:
                raise EmptySeries
            case _:
                raise RefusedQuery("it takes a time series or an array of time series")

    return apply


def _at_each_time(array: Array, gather: Callable[[Sequence[float], int], float]) -> TimeSeries:
    period_s = same_period(*array)
    times = sorted({at for each in array for at in each.points})
    values = {at: [each.points[at] for each in array if at in each.points] for at in times}
    return TimeSeries({at: float(gather(values[at], len(array))) for at in times}, period_s)


def deviation(values: Sequence[float], _count: int) -> float:
    """Standard deviation, of all that there is and not of a sample."""
    mean = sum(values) / len(values)
    return sqrt(sum((value - mean) ** 2 for value in values) / len(values))
