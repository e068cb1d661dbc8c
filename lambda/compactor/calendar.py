"""Which days are over, and what is due for them."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from contract.lake import DAY_FORMAT

GRACE: Final = timedelta(minutes=15)
"""After midnight, until the last minute's event has surely been handled."""

OVERDUE: Final = timedelta(hours=6)
"""A day that has been closed for longer without history is one to look at."""

COMPARED_DAYS: Final = 7
"""Closed days whose raw objects are compared with what their history was made from."""

_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Calendar:
    """The days as they stand at one moment (UTC)."""

    now: datetime
    raw_retention_days: int

    def closed(self, day: date) -> bool:
        """No scheduled minute of this day is still to come."""
        return self.now >= _end(day) + GRACE

    def overdue(self, day: date) -> bool:
        """Closed for so long that its history should be there."""
        return self.now > _end(day) + GRACE + OVERDUE

    def retained(self, day: date) -> bool:
        """Not older than the raw retention."""
        return day >= self.now.date() - _DAY * self.raw_retention_days

    def compared(self) -> tuple[date, ...]:
        """The last seven closed days, oldest first."""
        return tuple(day for day in self._recent() if self.closed(day))[-COMPARED_DAYS:]

    def watched(self) -> tuple[date, ...]:
        """The compared days and those that are still open, oldest first."""
        return tuple(day for day in self._recent() if day >= self.compared()[0])

    def _recent(self) -> tuple[date, ...]:
        return tuple(self.now.date() - _DAY * ago for ago in range(COMPARED_DAYS + 1, -1, -1))


def date_of(text: str) -> date | None:
    """A date that is written as the folders are, `2026-11-22`; None for any other text."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if day.strftime(DAY_FORMAT) == text else None


def _end(day: date) -> datetime:
    return datetime.combine(day, time(), UTC) + _DAY
