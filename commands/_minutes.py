"""Minutes as an operator names them on the command line: UTC, the first and the last one."""

import argparse
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from typing import Final

MINUTE: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Span:
    """The minutes from `first` to `last`, both of them included."""

    first: datetime
    last: datetime

    def __contains__(self, minute: datetime) -> bool:
        """Whether this minute is one of them."""
        return self.first <= minute <= self.last

    def __str__(self) -> str:
        """`2026-11-23T10:00 to 2026-11-23T10:59`, or the one minute."""
        return shown(self.first) + (f" to {shown(self.last)}" if self.last > self.first else "")

    @property
    def options(self) -> str:
        """How a command is told of them: `--from 2026-11-23T10:00 --to 2026-11-23T10:59`."""
        return f"--from {shown(self.first)} --to {shown(self.last)}"

    @property
    def days(self) -> Iterator[date]:
        """Every day (UTC) that has one of the minutes."""
        for number in range((self.last.date() - self.first.date()).days + 1):
            yield self.first.date() + timedelta(days=number)


def minute_of(text: str) -> datetime:
    """Read `2026-11-23T10:00`, with `Z` or another zone behind it if you like. Raises ArgumentTypeError."""
    try:
        moment = datetime.fromisoformat(text)
        minute = moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError) as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not a minute like 2026-11-23T10:00 (UTC)") from error
    if minute != floored(minute):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole minute, like 2026-11-23T10:00 (UTC)")
    return minute


def shown(minute: datetime) -> str:
    """`2026-11-23T10:00`."""
    return f"{minute:%Y-%m-%dT%H:%M}"


def floored(moment: datetime) -> datetime:
    """The minute that this moment lies in."""
    return moment.replace(second=0, microsecond=0)


def runs_of(minutes: Iterable[datetime]) -> Iterator[Span]:
    """The spans that these minutes make up, in order: how a person would tell them."""
    numbered = enumerate(sorted(set(minutes)))
    for _, run in groupby(numbered, key=lambda pair: pair[1] - pair[0] * MINUTE):
        together = [minute for _, minute in run]
        yield Span(together[0], together[-1])
