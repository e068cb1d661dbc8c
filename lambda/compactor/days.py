"""Days in UTC: which are closed, overdue, retained or compared; and the errors of a run."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from contract.lake import DAY_FORMAT


class CompactorError(Exception):
    """Something that a person has to know of. The message says what happened, to what, and what to do."""


class SettingsInvalid(CompactorError):
    """The environment is wrong. All faults stand in one message."""


class RejectedEvent(CompactorError):
    """The event is not one of ours, or names a day that cannot be compacted."""


class NotRead(CompactorError):
    """S3 refused an object, or did not give the whole of it."""


class NotExact(CompactorError):
    """What would be written does not add up to what was read."""


class HistoryWouldShrink(CompactorError):
    """The day's history holds rows that its raw objects no longer have."""


class NotWritten(CompactorError):
    """S3 did not take an object, or did not say whether it did."""


class DaysFailed(CompactorError):
    """Some days could not be compacted or pruned. The others were."""


class DayChanged(Exception):
    """An object of the day was replaced or deleted after it was looked at. The message is its key."""


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


MAX_RANGES: Final = 50
"""Spans that one message names."""

_MINUTE: Final = timedelta(minutes=1)


def spans(minutes: Iterable[datetime], most: int = MAX_RANGES) -> list[str]:
    """`2026-11-22 10:00 to 10:05`, `2026-11-22 10:09`, …: the oldest `most` spans, and how many more there are."""
    found: list[list[datetime]] = []
    for minute in sorted(set(minutes)):
        if found and minute - found[-1][1] == _MINUTE and minute.date() == found[-1][0].date():
            found[-1][1] = minute
        else:
            found.append([minute, minute])
    said = [f"{first:%Y-%m-%d %H:%M}" + (f" to {last:%H:%M}" if last > first else "") for first, last in found[:most]]
    return said + ([f"and {len(found) - most} spans more"] if len(found) > most else [])


def spans_by_source(minutes: Iterable[tuple[datetime, str]]) -> dict[str, list[str]]:
    """The spans of each source."""
    by_source: dict[str, list[datetime]] = {}
    for minute, source in minutes:
        by_source.setdefault(source, []).append(minute)
    return {source: spans(of) for source, of in sorted(by_source.items())}
