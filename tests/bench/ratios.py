"""Ratios of what was measured side by side: round by round, so that what the machine does besides falls on both."""

import statistics
from collections.abc import Iterable, Mapping, Sequence
from operator import attrgetter
from typing import Final

from rich.table import Table

from tests.bench.contestants import NAMES
from tests.bench.measured import Timed

Round = Mapping[str, Timed]
"""One turn of each contestant, by name."""

RIVALS: Final = ("sdk", "bare")


def ratios(rounds: Sequence[Round], what: str, rival: str) -> list[float]:
    """The collector's part of its rival's, in every round, smallest first."""
    of = attrgetter(what)
    return sorted(of(each["collector"]) / of(each[rival]) for each in rounds)


def median(values: Iterable[float]) -> float:
    """The middle one."""
    return statistics.median(values)


def table(title: str, *first: str) -> Table:
    """An empty table: the `first` columns, each contestant's median, and each ratio."""
    headings = [*NAMES, *(f"collector / {rival}" for rival in RIVALS)]
    filled = Table(*first, title=title, title_justify="left")
    for heading in headings:
        filled.add_column(heading, justify="right")
    return filled


def row(rounds: Sequence[Round], what: str) -> list[str]:
    """The cells of such a table: medians in seconds, and of each ratio the least, the median and the most."""
    medians = [f"{median(getattr(each[name], what) for each in rounds):.3f}" for name in NAMES]
    return [*medians, *(_spread(ratios(rounds, what, rival)) for rival in RIVALS)]


def _spread(values: Sequence[float]) -> str:
    return f"{values[0]:.2f} [b]{median(values):.2f}[/b] {values[-1]:.2f}"
