"""Holds an answer against what it must be."""

import math
from collections.abc import Sequence
from typing import Any, Final

from tests.athena.expected import AnyOf, Row

_PRECISION: Final = 1e-12
"""Of doubles: engines add in another order than Python."""
_MOST: Final = 10


def differences(answered: Sequence[Row], expected: Sequence[Row]) -> list[str]:
    """What is not as it must be, row by row, the first of it; empty when all is."""
    found: list[str] = []
    if len(answered) != len(expected):
        found.append(f"{len(answered)} rows, not {len(expected)}")
    for number, (actual, wanted) in enumerate(zip(answered, expected, strict=False)):
        if len(found) > _MOST:
            break
        if list(actual) != list(wanted):
            found.append(f"the columns are {list(actual)}, not {list(wanted)}")
            break
        found.extend(
            f"row {number}: {name} is {actual[name]!r}, not {wanted[name]!r}; the row must be {wanted}"
            for name in wanted
            if not same(actual[name], wanted[name])
        )
    return found


def same(actual: Any, wanted: Any) -> bool:
    """Whether two values are the same; of doubles, as far as doubles can be."""
    if isinstance(wanted, AnyOf):
        return actual in wanted.values
    if isinstance(actual, float) and isinstance(wanted, float | int):
        return math.isclose(actual, wanted, rel_tol=_PRECISION)
    return bool(actual == wanted) and (actual is None) == (wanted is None)
