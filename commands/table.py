"""A table of zones, and what was said of each: beside it where that fits, below the table where it does not."""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from commands.terminal import WIDE, harmless


@dataclass(frozen=True, slots=True)
class Row:
    """A zone's cells under the headings, the zone itself first, and what was said of it."""

    cells: Sequence[Text]
    said: str


def print_zones(screen: Console, headings: Sequence[str], rows: Sequence[Row]) -> None:
    """Print the rows; nothing when there are none."""
    if not rows:
        return
    beside = _table((*headings, "what was said"), [(*row.cells, Text(harmless(row.said))) for row in rows])
    if Measurement.get(screen, screen.options.update(width=WIDE), beside).maximum <= screen.width:
        screen.print(beside)
        return
    screen.print(_table(headings, [tuple(row.cells) for row in rows]))
    for row in rows:
        if row.said:
            screen.print(Text.assemble((row.cells[0].plain, "bold"), f": {harmless(row.said)}"))


def _table(headings: Sequence[str], rows: Sequence[Sequence[Text]]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    # A name may take several lines; an id that is cut short is none.
    table.add_column(headings[0], overflow="fold")
    for heading in headings[1:]:
        table.add_column(heading, justify="right" if heading == "applications" else "left", no_wrap=True)
    for cells in rows:
        table.add_row(*cells)
    return table
