"""What orders the series of an array: one number of each, over its data points."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


WEIGHTS: Final[Mapping[str, Callable[[Sequence[float]], float]]] = {
    "AVG": _mean,
    "COUNT": len,
    "MAX": max,
    "MIN": min,
    "SUM": sum,
}
