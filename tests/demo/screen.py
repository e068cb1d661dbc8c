"""What a person sees while it runs: steps with their time, and a line that moves. Plain lines where there is no TTY."""

import os
import sys
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final, Self

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn
from rich.status import Status

if TYPE_CHECKING:
    from tests.demo.collection import Collection, Tally

_WIDTH: Final = 100
_TITLE: Final = 60


class Screen:
    """Prints to standard output, at most 100 columns wide, and remembers how long each step took."""

    def __init__(self) -> None:
        # A terminal without UTF-8 shows question marks, and does not end the demo.
        sys.stdout.reconfigure(errors="replace")  # type: ignore[union-attr]
        found = Console()
        known = found.is_terminal or "COLUMNS" in os.environ
        self.console = Console(highlight=False, width=min(_WIDTH, found.width) if known else _WIDTH)
        self.seconds: dict[str, float] = {}
        self._title = ""
        self._began = 0.0
        self._spinner: Status | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        """Give the cursor back, whatever was under way."""
        if self._spinner is not None:
            self._spinner.stop()

    @property
    def width(self) -> int:
        """Columns."""
        return self.console.width

    def heading(self, text: str) -> None:
        """A line above what follows."""
        self.console.print()
        self.console.rule(f"[bold]{text}[/]", align="left", style="dim")

    def begin(self, title: str) -> None:
        """The step before is over, and this one is under way."""
        self.end()
        self._title, self._began = title, time.monotonic()
        if self.console.is_terminal:
            self._spinner = self.console.status(title)
            self._spinner.start()
        else:
            self.console.print(f"  {self._wide(title)}", end="")
            sys.stdout.flush()

    def news(self, line: str) -> None:
        """A line of the CDK CLI; those about a resource are shown beside the spinner."""
        match line.split(" | "):
            case [_, count, _, _, resource, *_] if self._spinner is not None:
                self._spinner.update(f"{self._title}  [dim]{count.strip()} {resource.strip()}[/]")

    def end(self) -> None:
        """The step is over: shows how long it took."""
        if not self._title:
            return
        seconds = self.seconds[self._title] = time.monotonic() - self._began
        if self._spinner is not None:
            self._spinner.stop()
            self._spinner = None
            self.console.print(f"[green]✓[/] {self._wide(self._title)}{seconds:5.1f} s")
        else:
            self.console.print(f"{seconds:5.1f} s")
        self._title = ""

    def _wide(self, title: str) -> str:
        """The title, and so much behind it that times stand in a column."""
        return title.ljust(min(_TITLE, self.width - 10))

    def follow(self, title: str, collection: "Collection") -> "Tally":
        """Show the collection while it goes on; returns where it ended."""
        self.end()
        began = time.monotonic()
        show = self._moving if self.console.is_terminal else self._in_lines
        for last in show(title, collection):
            tally = last
        seconds = self.seconds[title] = time.monotonic() - began
        mark = "[green]✓[/]" if self.console.is_terminal else " "
        self.console.print(f"{mark} {self._wide(title)}{seconds:5.1f} s")
        self.console.print(f"  {_sentence(tally)}")
        return tally

    def _moving(self, title: str, collection: "Collection") -> "Iterator[Tally]":
        columns = (
            SpinnerColumn(),
            TextColumn("[bold]{task.fields[clock]}[/]"),
            BarColumn(bar_width=12),
            TextColumn("{task.fields[tally]}[yellow]{task.fields[trouble]}[/]"),
        )
        self.console.print(f"  {title} ...")
        with Progress(*columns, console=self.console, transient=True) as progress:
            task = progress.add_task("", total=len(collection), clock="", tally="", trouble="")
            for tally in collection:
                trouble = "".join(f" | {each.short}" for each in tally.troubles)
                clock, counts = f"{tally.at:%H:%M}", _sentence(tally)
                progress.update(task, completed=tally.events, clock=clock, tally=counts, trouble=trouble)
                yield tally

    def _in_lines(self, title: str, collection: "Collection") -> "Iterator[Tally]":
        self.console.print(f"  {title} ...")
        told = set()
        half_hour = None
        for tally in collection:
            for trouble in [each for each in tally.troubles if each not in told]:
                told.add(trouble)
                self.console.print(f"    {trouble.first}    {trouble.short}")
            if half_hour != (half_hour := (tally.at.hour, tally.at.minute // 30)):
                self.console.print(f"    {tally.at:%H:%M}  {_sentence(tally)}")
            sys.stdout.flush()
            yield tally


def _sentence(tally: "Tally") -> str:
    return f"{tally.known} known, {tally.unknown} unknown, {tally.duplicates} duplicates refused"
