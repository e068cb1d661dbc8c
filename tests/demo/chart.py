"""A chart in the terminal: one column of dots for each minute or few, and nothing at all where nothing is known."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

import plotext  # type: ignore[import-untyped]

from tests.demo.books import Values
from tests.demo.night import Night

_DOTS: Final = 2
"""Columns of dots in a character of the braille alphabet."""
_LABEL: Final = 8
"""Characters of the labels on the left."""
_FRAME: Final = 2
_WIDEST: Final = 90
"""Characters between the frames at which every minute has dots of its own."""
_ROWS: Final = 5


def chart(values: Values, night: Night, *, width: int, unit: float, name: str) -> str:
    """Draw a metric's night, `width` characters wide, its values divided by `unit`, which has this name.

    Where several minutes share a column and one of them has no data, the column stays empty.
    """
    columns = _DOTS * max(10, min(_WIDEST, width - _LABEL - _FRAME))
    heights = _columns([values.get(minute) for minute in night.minutes], columns)
    known = [column for column, height in enumerate(heights) if height is not None]
    top = max((height or 0 for height in heights), default=0) / unit or 1
    plotext.terminal.limit(False, False)
    figure = plotext.figure.clear()
    figure.theme("colorless")
    figure.canvas("default")
    figure.plot_size(columns // _DOTS + _LABEL + _FRAME, _ROWS + 2)
    figure.axes(False, axis="x", side="upper")
    bars = figure.signal(known, [(heights[column] or 0) / unit for column in known], marker="braille")
    figure.draw(bars.fillx().density("full"))
    labels = [f"{value:,.0f} {name}".rjust(_LABEL) for value in (0, top)]
    figure.ruler("y", "left").lim(0, top).ticks([0, top], labels)
    hours = [night.begin + timedelta(minutes=30 * number) for number in range(6)]
    marks = [(hour - night.begin) / (night.end - night.begin) * columns for hour in hours]
    figure.ruler("x", "lower").lim(0, columns - 1).ticks(marks, [f"{hour:%H:%M}" for hour in hours])
    drawn: str = figure.build().string(colorless=True)
    return drawn.rstrip("\n")


def _columns(values: Sequence[float | None], columns: int) -> list[float | None]:
    """The values spread over so many columns: their mean, or None where one of them is not known."""
    spread: list[float | None] = []
    for column in range(columns):
        first = column * len(values) // columns
        behind = max(first + 1, (column + 1) * len(values) // columns)
        known = [value for value in values[first:behind] if value is not None]
        spread.append(sum(known) / len(known) if len(known) == behind - first else None)
    return spread
