"""What a plan is made of: events and compactions, and what befalls each of them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from tests.sandbox.aws import Fault as AwsFault
from tests.sandbox.cloudflare import Fault as CloudflareFault
from tests.soak.weather import Place

MINUTE: Final = timedelta(minutes=1)
DAY: Final = timedelta(days=1)
CALM: Final = 3
"""Scheduled minutes at the start in which nothing goes wrong: the names are learnt, and kept."""


@dataclass(frozen=True, slots=True)
class Kill:
    """The process dies while this call is under way."""

    place: Place
    applied: bool


@dataclass(frozen=True, slots=True)
class Event:
    """One event of a source's schedule, and what befalls it."""

    source: str
    scheduled: datetime
    late_s: float = 1.0
    waits_s: float = 0.0
    """In Lambda's queue."""
    skew_s: float = 0.0
    """How far the function's clock is ahead of Cloudflare's."""
    refused: bool = False
    """Lambda does not accept it, however often the scheduler tries."""
    twin: bool = False
    """It is delivered twice at the same moment, to two processes."""
    cold: bool = False
    kill: Kill | None = None
    cloudflare: tuple[CloudflareFault, ...] = ()
    aws: tuple[AwsFault, ...] = ()
    """Their role is filled in when they strike."""

    @property
    def minute(self) -> datetime:
        """The minute that it asks for."""
        return self.scheduled - MINUTE

    @property
    def at(self) -> datetime:
        """When the function gets it."""
        return self.scheduled + timedelta(seconds=self.late_s + self.waits_s)


@dataclass(frozen=True, slots=True)
class Compaction:
    """One event of the compactor's schedule."""

    scheduled: datetime
    twin: bool = False
    cold: bool = False
    kill: Kill | None = None
    aws: tuple[AwsFault, ...] = ()

    @property
    def at(self) -> datetime:
        """When the function gets it."""
        return self.scheduled + timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that a seed brings about."""

    seed: int
    midnight: datetime
    """The first one; the day begins twelve hours before it."""
    days: int
    events: tuple[Event, ...]
    """In order of arrival."""
    compactions: tuple[Compaction, ...]
    operator: tuple[AwsFault, ...]
    """What the operator's first try meets."""

    @property
    def end(self) -> datetime:
        """When the troubles are over."""
        return self.midnight - DAY / 2 + self.days * DAY

    @property
    def calm_until(self) -> datetime:
        """The first minute in which something may go wrong."""
        return self.midnight - DAY / 2 + CALM * MINUTE

    @property
    def steps(self) -> list[Event | Compaction]:
        """All of it as it comes."""
        return sorted((*self.events, *self.compactions), key=lambda step: step.at)

    def only(self, first: datetime, last: datetime) -> "Plan":
        """The same plan with the events of the calm start and of these minutes only: to look closer at a failure."""
        kept = (event for event in self.events if event.minute < self.calm_until or first <= event.minute <= last)
        return Plan(self.seed, self.midnight, self.days, tuple(kept), self.compactions, self.operator)
