"""Runs of minutes, as the simulated world and the fault script speak of them. All times are UTC."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

MINUTE = timedelta(minutes=1)

When = str | datetime
"""A point in time: an aware datetime, or text such as `2026-11-23 10:00`, read as UTC."""


def instant(when: When) -> datetime:
    """Reads a point in time. Raises ValueError for text that is no ISO date and for a datetime without a zone."""
    if isinstance(when, str):
        read = datetime.fromisoformat(when)
        return read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)
    if when.tzinfo is None:
        raise ValueError(f"{when!r} has no time zone: give an aware datetime, or text, which is read as UTC")
    return when.astimezone(UTC)


def minute_of(when: When) -> datetime:
    """The minute in which a point in time lies."""
    return instant(when).replace(second=0, microsecond=0)


@dataclass(frozen=True, slots=True)
class Minutes:
    """A run of minutes, its first and its last included; None leaves that end open."""

    first: datetime | None = None
    last: datetime | None = None

    @classmethod
    def between(cls, first: When | None, last: When | None) -> "Minutes":
        """From the first to the last minute: `Minutes.between("2026-11-23 10:00", "2026-11-23 10:05")` is six."""
        return cls(None if first is None else minute_of(first), None if last is None else minute_of(last))

    @classmethod
    def only(cls, minute: When) -> "Minutes":
        """Just this minute."""
        return cls.between(minute, minute)

    def __contains__(self, minute: datetime) -> bool:
        return (self.first is None or self.first <= minute) and (self.last is None or minute <= self.last)


ALWAYS = Minutes()
