"""The seed's days: which events come when, and what befalls each. The seed decides all of it, before anything runs.

Of a day's 1,440 minutes only some are run, in stretches of ten to twenty: around the start, around midnight, at the
end, and wherever the seed has it. Each stretch has its weather.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import cycle, islice
from typing import Final

from tests.sandbox.aws import Fault as AwsFault
from tests.sandbox.cloudflare import Call
from tests.sandbox.cloudflare import Fault as CloudflareFault
from tests.sandbox.kept import instant
from tests.soak import weather
from tests.soak.stack import POLLED, SOURCES

MINUTE: Final = timedelta(minutes=1)
DAY: Final = timedelta(days=1)
NIGHTS: Final = ("2027-01-01", "2027-03-01", "2028-02-29", "2028-03-01", "2026-12-01", "2027-06-15")
"""Midnights, of which each seed takes one in turn: year's end, the end of February with and without a 29th."""

CALM: Final = 3
"""Scheduled minutes at the start in which nothing goes wrong: the names are learnt, and kept."""

KINDS_OF_A_SPELL: Final = 4
KINDS_OF_A_SEED: Final = 7

MOODS: Final = {
    "clear": 2,
    "Cloudflare": 6,
    "its lists": 1,
    "AWS": 6,
    "an outage": 2,
    "deliveries": 3,
    "kills": 2,
    "everything": 4,
}
"""What may go wrong in a stretch, and how often such a stretch is drawn."""


@dataclass(frozen=True, slots=True)
class Kill:
    """The process dies while this call is under way."""

    place: weather.Place
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


def plan(seed: int, *, days: int = 1, minutes: int = 240) -> Plan:
    """Draw the days of a seed: `minutes` of each day are run."""
    chance = random.Random(seed)
    midnight = instant(NIGHTS[seed % len(NIGHTS)])
    begin = midnight - DAY / 2
    events: list[Event] = []
    deck = _deck(seed)
    for number in range(days):
        for stretch in _stretches(chance, begin + number * DAY, minutes):
            mood = chance.choices([*MOODS], [*MOODS.values()])[0]
            spell = _Spell(chance, mood, deck)
            for scheduled in stretch:
                for source in SOURCES:
                    calm = scheduled < begin + (CALM + 1) * MINUTE
                    events += [Event(source, scheduled)] if calm else spell.events(source, scheduled)
    compactions = tuple(_compactions(chance, begin, begin + days * DAY))
    operator = tuple(_faults(chance, weather.OPERATOR_CALLS, weather.QUICK_BLOWS, most=4))
    ordered = sorted(events, key=lambda event: event.at)
    return Plan(seed, midnight, days, tuple(ordered), compactions, operator)


def _deck(seed: int) -> Iterator[str]:
    """Cloudflare's kinds of fault, shuffled, from another card on for every seed: a score of seeds has them all."""
    cards = list(weather.OF_THE_USAGE)
    random.Random(0).shuffle(cards)
    return islice(cycle(cards), seed * KINDS_OF_A_SEED, None)


def _stretches(chance: random.Random, begin: datetime, minutes: int) -> Iterator[list[datetime]]:
    """Scheduled minutes of a day from `begin` on, in runs that are close enough together to have one weather."""
    wanted: set[int] = set()
    of_the_day = DAY // MINUTE

    def take(first: int, length: int) -> None:
        for number in range(max(0, first), min(of_the_day, first + length)):
            if len(wanted) < minutes:
                wanted.add(number)

    take(0, CALM + 3)
    take(of_the_day // 2 - 8, 16)
    take(of_the_day - 5, 5)
    while len(wanted) < min(minutes, of_the_day):
        take(chance.randrange(of_the_day), chance.randint(10, 20))
    run: list[int] = []
    for number in sorted(wanted):
        if run and (number > run[-1] + 1 or len(run) == 20):
            yield [begin + (each + 1) * MINUTE for each in run]
            run = []
        run.append(number)
    yield [begin + (each + 1) * MINUTE for each in run]


class _Spell:
    """The weather of one stretch."""

    def __init__(self, chance: random.Random, mood: str, deck: Iterator[str]) -> None:
        self._chance = chance
        self._mood = mood
        stormy = mood in ("Cloudflare", "everything")
        self._kinds = list(islice(deck, KINDS_OF_A_SPELL)) if stormy else []
        self._probability = chance.choice([None, 0.3, 0.6])
        self._out = chance.choice(weather.COLLECTOR_CALLS)

    def events(self, source: str, scheduled: datetime) -> Iterator[Event]:
        """The events of this minute, duplicates too."""
        chance = self._chance
        delivery = self._delivery() if self._has("deliveries", 0.5) else {"late_s": chance.uniform(0.2, 4.0)}
        cold = chance.random() < (0.1 if self._mood in ("kills", "everything") else 0.01)
        first = Event(
            source,
            scheduled,
            cold=cold,
            kill=self._kill() if self._has("kills", 0.3) else None,
            cloudflare=self._cloudflare(source),
            aws=self._aws(),
            **delivery,
        )
        yield first
        if chance.random() < (0.25 if self._mood in ("deliveries", "kills", "everything") else 0.03):
            after = chance.choice([chance.uniform(2, 50), chance.uniform(90, 400)])
            yield Event(source, scheduled, late_s=first.late_s + first.waits_s + after)

    def _has(self, trouble: str, likely: float) -> bool:
        if self._mood == "everything":
            likely /= 2
        return self._mood in (trouble, "everything") and self._chance.random() < likely

    def _cloudflare(self, source: str) -> tuple[CloudflareFault, ...]:
        chance = self._chance
        if self._has("its lists", 0.7):
            kind = chance.choice((*weather.OF_THE_LIST, *weather.OF_THE_USAGE))
            call = chance.choice([Call.APPLICATIONS, Call.APPLICATIONS, Call.ZONE])
            return (weather.cloudflare_fault(kind, zone=None, times=1, probability=None, call=call),)
        if not self._has("Cloudflare", 0.7):
            return ()
        kind = chance.choice(self._kinds)
        zone = chance.choice([None, *(polled.zone_id for polled in POLLED[source])])
        times = chance.choice([1, 1, 1, 2, None])
        fault = weather.cloudflare_fault(kind, zone=zone, times=times, probability=self._probability, call=Call.USAGE)
        return (fault,)

    def _aws(self) -> tuple[AwsFault, ...]:
        if self._has("an outage", 0.8):
            return (weather.DENIED.at(self._out, "", None),)
        if self._has("AWS", 0.4):
            return tuple(_faults(self._chance, weather.COLLECTOR_CALLS, weather.BLOWS, most=2))
        return ()

    def _kill(self) -> Kill:
        return Kill(self._chance.choice(weather.COLLECTOR_CALLS), self._chance.random() < 0.5)

    def _delivery(self) -> dict[str, float | bool]:
        chance = self._chance
        # Not between 66 and 80 s: whether such an event is too late depends on how fast this machine is.
        return chance.choice(
            [
                {"late_s": chance.uniform(5, 66)},
                {"late_s": chance.uniform(5, 66)},
                {"late_s": chance.uniform(80, 900)},
                {"late_s": chance.uniform(6.1, 7) * 3600},
                {"late_s": 1.0, "waits_s": chance.uniform(5, 55)},
                {"late_s": 1.0, "waits_s": chance.uniform(61, 90)},
                {"late_s": 1.0, "refused": True},
                {"late_s": 1.0, "twin": True},
                {"late_s": 1.0, "twin": True},
                {"late_s": 0.2, "skew_s": chance.uniform(-4, 4)},
                {"late_s": 0.2, "skew_s": chance.uniform(-4, 4)},
            ]
        )


def _faults(
    chance: random.Random, places: tuple[weather.Place, ...], blows: tuple[weather.Blow, ...], *, most: int
) -> Iterator[AwsFault]:
    for _ in range(chance.randint(1, most)):
        blow = chance.choices(blows, [each.weight for each in blows])[0]
        # Every try of a run may fail, where that does not take the whole of its time.
        times = None if blow.name == "denied" else chance.choice([1, 1, 2, 3])
        yield blow.at(chance.choice(places), "", times)


def _compactions(chance: random.Random, begin: datetime, end: datetime) -> Iterator[Compaction]:
    """Every hour; in the hours after a midnight, when there is a day to compact, more goes wrong."""
    scheduled = begin.replace(minute=20)
    while scheduled < end:
        busy = scheduled.hour < 6
        faults = _faults(chance, weather.COMPACTOR_CALLS, weather.QUICK_BLOWS, most=2)
        yield Compaction(
            scheduled,
            twin=busy and chance.random() < 0.15,
            cold=chance.random() < 0.05,
            kill=Kill(chance.choice(weather.COMPACTOR_CALLS), chance.random() < 0.5)
            if busy and chance.random() < 0.4
            else None,
            aws=tuple(faults) if chance.random() < (0.6 if busy else 0.15) else (),
        )
        scheduled += timedelta(hours=1)
