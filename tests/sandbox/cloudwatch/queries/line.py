"""One line of an answer, as a graph draws it."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Line:
    """One series of an answer: a point for each period that has data, oldest first."""

    id: str
    """The query's Id. A query that finds many series answers with as many lines of one Id."""
    label: str
    timestamps: tuple[datetime, ...]
    """Starts of periods, UTC. A period without data is not among them."""
    values: tuple[float, ...]
    period_s: int
    unit: str = ""
    """Of a metric's data, where they agree; empty for the result of an expression."""
    dimensions: tuple[tuple[str, str], ...] = ()
    """What tells it from the other lines of its query: a metric's dimensions, or the labels of its group; by name."""
