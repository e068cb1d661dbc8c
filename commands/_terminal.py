"""What every command needs of a terminal: arguments, messages, tables, and text that is safe to print."""

import argparse
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, NoReturn, TextIO

from rich.console import Console
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text


def print_safe(what: object, to: TextIO | None = None) -> None:
    """Print something, line by line, at once; to standard output unless told otherwise."""
    print("\n".join(map(escape_control_chars, str(what).split("\n"))), file=to or sys.stdout, flush=True)


class Parser(argparse.ArgumentParser):
    """argparse, but its errors name options only, and no option may be shortened: `--token` is not `--token-file`."""

    def __init__(self, **options: str | None) -> None:
        super().__init__(prog=options["prog"], description=options["description"], allow_abbrev=False)

    def read(self, arguments: Sequence[str] | None) -> argparse.Namespace:
        """Parse; ends with status 2 when there is something that is no option."""
        options, others = self.parse_known_args(arguments)
        if others:
            named = [word.partition("=")[0] for word in others if word.startswith("--")]
            what = f"there is no option {named[0]}" if named else "there is a word that belongs to no option"
            self.error(f"{what}; a credential is never an argument: see --help")
        return options

    def error(self, message: str) -> NoReturn:
        """End with status 2."""
        if "explicit argument" in message:  # … and then the value itself.
            message = f"{message.partition(':')[0]} takes no value"
        self.exit(2, f"{self.prog}: {message}\n")


def seconds(text: str) -> float:
    """A time-out. Raises ArgumentTypeError, as argparse wants."""
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value <= 86_400:  # noqa: PLR2004
        raise argparse.ArgumentTypeError("must be a number of seconds, above 0 and at most a day")
    return value


WIDE: Final = 10_000


def console() -> Console:
    """The terminal; and as wide as it takes where there is none, for grep and less."""
    terminal = Console(highlight=False)
    return terminal if terminal.is_terminal else Console(highlight=False, width=WIDE)


@contextmanager
def while_it_is_read() -> Iterator[None]:
    """What is printed here may be cut short by its reader, as by `… | head`: that is no error.

    https://docs.python.org/3/library/signal.html#note-on-sigpipe
    """
    try:
        yield
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def escape_control_chars(text: str) -> str:
    """The text with everything that a terminal would obey, or hide, written out: `\\x1b[2J`.

    Names are whatever somebody typed at Cloudflare: escape sequences move the cursor or set the title, and
    right-to-left overrides show one name as another.
    """
    return "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in text)


@dataclass(frozen=True, slots=True)
class Row:
    """A zone's cells under the headings, the zone itself first, and what was said of it."""

    cells: Sequence[Text]
    said: str


def print_zones(screen: Console, headings: Sequence[str], rows: Sequence[Row]) -> None:
    """Print the rows; nothing when there are none."""
    if not rows:
        return
    beside = _table((*headings, "what was said"), [(*row.cells, Text(escape_control_chars(row.said))) for row in rows])
    if Measurement.get(screen, screen.options.update(width=WIDE), beside).maximum <= screen.width:
        screen.print(beside)
        return
    screen.print(_table(headings, [tuple(row.cells) for row in rows]))
    for row in rows:
        if row.said:
            screen.print(Text.assemble((row.cells[0].plain, "bold"), f": {escape_control_chars(row.said)}"))


def _table(headings: Sequence[str], rows: Sequence[Sequence[Text]]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    # A name may take several lines; an id that is cut short is none.
    table.add_column(headings[0], overflow="fold")
    for heading in headings[1:]:
        table.add_column(heading, justify="right" if heading == "applications" else "left", no_wrap=True)
    for cells in rows:
        table.add_row(*cells)
    return table
