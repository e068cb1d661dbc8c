"""What goes wrong, and when: the troubles of the four days."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from tests.athena.days import MINUTE, Days
from tests.athena.world import COLO, GAMES, MAIL, SSH

NAMES_ARE_LOST: Final = (GAMES, MAIL, SSH)
"""The zones of `main`."""
_MAIN: Final = NAMES_ARE_LOST


@dataclass(frozen=True, slots=True)
class Trouble:
    """Some zones' answers are disturbed in the minutes from first to last."""

    first: datetime
    last: datetime
    kind: str
    """A kind of fault of the simulated Cloudflare."""
    zone_ids: tuple[str, ...]
    colo: str | None = None
    """Only the answers for this data centre."""
    times: int | None = None
    """Only so many tries of each request in a minute; then it is answered."""


@dataclass(frozen=True, slots=True)
class Script:
    """The troubles of these days."""

    days: Days

    @property
    def troubles(self) -> tuple[Trouble, ...]:
        """What Cloudflare does."""
        at = self.days.at
        return (
            Trouble(at(3, "23:10"), at(3, "23:10"), "zone_not_found_7003", (MAIL,)),
            Trouble(at(3, "23:20"), at(3, "23:22"), "http_418_json", (GAMES,)),
            Trouble(at(3, "23:23"), at(3, "23:23"), "http_204", (GAMES,)),
            Trouble(at(3, "23:40"), at(3, "23:41"), "rate_limited_971", _MAIN),
            Trouble(at(2, "12:05"), at(2, "12:05"), "cut_json", (SSH,)),
            Trouble(at(2, "12:15"), at(2, "12:15"), "http_503_json", (MAIL,), times=1),
            Trouble(at(2, "12:20"), at(2, "12:21"), "no_duration", (SSH,)),
            Trouble(at(2, "12:20"), at(2, "12:23"), "http_418_json", (COLO,), colo="FRA"),
            Trouble(at(1, "00:05"), at(1, "00:08"), "http_418_json", (COLO,), colo="FRA"),
            Trouble(at(1, "23:45"), at(1, "23:46"), "unauthorized_1000", _MAIN),
            # As long as a bucket of five minutes.
            Trouble(at(0, "00:05"), at(0, "00:09"), "zone_not_found_7003", (GAMES,)),
        )

    @property
    def nobody_runs(self) -> frozenset[tuple[str, datetime]]:
        """Source and minute for which no event ever comes."""
        at = self.days.at
        return frozenset(
            {
                ("main", at(3, "23:30")),
                ("main", at(3, "23:31")),
                ("edge", at(2, "00:00")),
                ("main", at(1, "23:59")),
                ("edge", at(1, "23:59")),
            }
        )

    @property
    def late(self) -> frozenset[tuple[str, datetime]]:
        """Whose event comes too late to ask."""
        return frozenset(
            {
                ("main", self.days.at(2, "00:05")),
                ("edge", self.days.at(2, "12:29")),
                ("main", self.days.at(2, "06:30")),  # all that it did in that hour
            }
        )

    @property
    def unsaved(self) -> tuple[str, datetime]:
        """Which S3 does not take: its rows go to the log, and are restored when the day is long closed."""
        return "main", self.days.at(3, "23:50")

    @property
    def forgets(self) -> datetime:
        """When some names change at Cloudflare, the processes end, and `catalog/main.json` is deleted."""
        return self.days.at(2, "12:17")

    @property
    def twice(self) -> frozenset[tuple[str, datetime]]:
        """Whose event comes twice."""
        return frozenset({("main", self.days.at(3, "23:05")), ("edge", self.days.at(1, "00:00"))})

    @property
    def runs(self) -> tuple[tuple[datetime, str], ...]:
        """Minute and source of every event, in the order of their coming."""
        return tuple(
            (minute, source)
            for minute in self.days.minutes
            for source in ("main", "edge")
            if (source, minute) not in self.nobody_runs
        )

    def scheduled(self, minute: datetime) -> str:
        """The schedule's time of the event that asks for this minute."""
        return f"{minute + MINUTE:%Y-%m-%dT%H:%M:%SZ}"
