"""Which days a query is about."""

import argparse
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

_WEEK: Final = timedelta(days=6)
_THIS_MONTH: Final = "this month"


@dataclass(frozen=True, slots=True)
class Days:
    """From the first day to the last, both included, UTC."""

    first: date
    last: date

    @property
    def parameters(self) -> list[str]:
        """As Athena wants them: "to be treated as strings, they must be enclosed in single quotes".

        https://docs.aws.amazon.com/athena/latest/ug/querying-with-prepared-statements.html
        """
        return [f"'{self.first}'", f"'{self.last}'"]

    def __str__(self) -> str:
        return f"{self.first} to {self.last}" if self.first < self.last else str(self.first)


def days_of(first: date | None, last: date | None, default: str, today: date) -> Days:
    """The days that were asked for; what was left out, `default` of the query's header tells.

    Raises ValueError when the first day lies in the future, or after the last.
    """
    end = last or today
    begin = first or (end.replace(day=1) if default == _THIS_MONTH else end - _WEEK)
    if begin > today:
        raise ValueError(f"the first day, {begin}, lies in the future: today is {today}, UTC")
    if begin > end:
        raise ValueError(f"the first day, {begin}, comes after the last, {end}")
    return Days(begin, end)


def day_of(text: str) -> date:
    """An argument of the command line."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no day: write it as 2026-11-23") from None
