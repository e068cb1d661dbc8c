"""Which minutes there are: parts of four days, the last of which is today on the machine's clock.

The views ask for `current_date`, and Trino's is the machine's. Everything here follows from one reading of that clock.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final, Self

MINUTE: Final = timedelta(minutes=1)
DAY: Final = timedelta(days=1)

_PARTS: Final = (
    (3, "23:00", "23:59"),
    (2, "00:00", "00:19"),
    (2, "06:30", "06:30"),
    (2, "12:00", "12:29"),
    (1, "00:00", "00:14"),
    (1, "23:30", "23:59"),
    (0, "00:00", "00:19"),
)
"""How many days ago, first and last minute."""

_ON_THEIR_WAY: Final = 6 * MINUTE
"""The minutes of today end this long before now, if not earlier: `missing_minutes` expects none that are younger."""


@dataclass(frozen=True, slots=True)
class Days:
    """Today, yesterday and the two days before, UTC."""

    now: datetime
    """The one reading of the clock."""

    @classmethod
    def read(cls) -> Self:
        """The days as the machine's clock has them now."""
        return cls(datetime.now(UTC))

    def day(self, days_ago: int) -> date:
        """`day(1)` is yesterday."""
        return self.now.date() - days_ago * DAY

    def at(self, days_ago: int, clock: str) -> datetime:
        """This time of that day: `at(3, "23:10")`."""
        return datetime.fromisoformat(f"{self.day(days_ago)}T{clock}Z")

    @property
    def minutes(self) -> tuple[datetime, ...]:
        """Every minute in which the collector is at work. In the first minutes of a day, that day has none."""
        found = []
        for days_ago, first, last in _PARTS:
            minute = self.at(days_ago, first)
            while minute <= min(self.at(days_ago, last), self.now - _ON_THEIR_WAY):
                found.append(minute)
                minute += MINUTE
        return tuple(found)
