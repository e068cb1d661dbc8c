"""Shows a result: as a table for people, as CSV or JSON for programs."""

import csv
import itertools
import json
import sys
from collections.abc import Iterable, Sequence
from typing import Final

from rich.console import Console
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from commands.query.execution import Finished
from commands.query.named import NamedQuery
from commands.query.price import DOLLARS_PER_TERABYTE, LEAST_BYTES, dollars, readable
from commands.query.result import Column, Result, Row

MOST_ROWS: Final = 1000
"""Of a table: nobody reads more."""
_NULL: Final = "null"
_MOST_WIDE: Final = 10_000


def as_table(result: Result, finished: Finished) -> None:
    """Print the first thousand rows, and what the query took. Where a table is too wide, each row is a paragraph."""
    rows = list(itertools.islice(result.rows, MOST_ROWS + 1))
    console, shown = _console(), rows[:MOST_ROWS]
    table = _table(result.columns, shown)
    needed = Measurement.get(console, console.options.update(width=_MOST_WIDE), table).maximum
    if needed <= console.width:
        console.print(table)
    else:
        for number, row in enumerate(shown, start=1):
            console.print(_paragraph(number, result.columns, row))
    count = f"The first {MOST_ROWS:,} rows; --csv prints all" if len(rows) > MOST_ROWS else _rows(len(rows))
    console.print(f"{count}. {told(finished)}", soft_wrap=True)


def as_list(queries: Iterable[NamedQuery]) -> None:
    """Print which queries there are."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("name", no_wrap=True)
    table.add_column("what it answers")
    for query in queries:
        table.add_row(query.name, query.question)
    _console().print(table)


def _console() -> Console:
    """The terminal; and as wide as it takes where there is none, for grep and less."""
    terminal = Console(highlight=False)
    return terminal if terminal.is_terminal else Console(highlight=False, width=_MOST_WIDE)


def as_csv(result: Result, finished: Finished) -> None:
    """Write all rows as CSV, a null as nothing; what the query took goes to standard error."""
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow([column.name for column in result.columns])
    count = 0
    for row in result.rows:
        writer.writerow(row)
        count += 1
    print(f"{_rows(count)}. {told(finished)}", file=sys.stderr)


def as_json(result: Result, finished: Finished) -> None:
    """Write all rows as a JSON list, one row a line; what the query took goes to standard error."""
    count = 0
    for row in result.rows:
        values = {column.name: column.value(text) for column, text in zip(result.columns, row, strict=True)}
        print(",\n" if count else "[\n", json.dumps(values), sep="", end="")
        count += 1
    print("\n]" if count else "[]")
    print(f"{_rows(count)}. {told(finished)}", file=sys.stderr)


def told(finished: Finished) -> str:
    """What the query took: `3.4 MB scanned in 1.2 s, for $0.00005 (us-east-1: $5 a TB, at least 10 MB)`."""
    cost = f"{dollars(finished.scanned_bytes):.5f}"
    rate = f"us-east-1: ${DOLLARS_PER_TERABYTE:g} a TB, at least {LEAST_BYTES // 1_000_000} MB"
    return f"{readable(finished.scanned_bytes)} scanned in {finished.seconds:.1f} s, for ${cost} ({rate})."


def _rows(count: int) -> str:
    return f"{count:,} row" + ("" if count == 1 else "s")


def _table(columns: Sequence[Column], rows: Sequence[Row]) -> Table:
    table = Table(header_style="bold", box=None, pad_edge=False)
    for column in columns:
        table.add_column(column.name, justify="right" if column.is_number else "left", overflow="fold", no_wrap=True)
    for row in rows:
        table.add_row(*(_cell(text) for text in row))
    return table


def _paragraph(number: int, columns: Sequence[Column], row: Row) -> Table:
    table = Table(box=None, pad_edge=False, show_header=False, title=f"row {number}", title_justify="left")
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for column, text in zip(columns, row, strict=True):
        table.add_row(column.name, _cell(text))
    return table


def _cell(text: str | None) -> Text:
    return Text(_NULL, style="dim") if text is None else Text(text)
