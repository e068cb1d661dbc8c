"""The seed's days: which events come when, and what befalls each. The seed decides all of it, before anything runs.

Of a day's 1,440 minutes only some are run, in stretches of ten to twenty: around the start, around midnight, at the
end, and wherever the seed has it. Each stretch has its weather. Of a day of which more than four hours are run, the
others are fair, as most of a real day is: the numbers go on for hours between two troubles.
"""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from tests.sandbox.kept import instant
from tests.soak import weather
from tests.soak.script import CALM, DAY, MINUTE, Compaction, Event, Kill, Plan
from tests.soak.spell import FAIR, MOODS, Spell, deck_of, faults_at
from tests.soak.stack import SOURCES

NIGHTS: Final = ("2027-01-01", "2027-03-01", "2028-02-29", "2028-03-01", "2026-12-01", "2027-06-15")
"""Midnights, of which each seed takes one in turn: year's end, the end of February with and without a 29th."""

_FOUL: Final = 240
"""Minutes of a day in which much goes wrong, if so many are run."""
_AROUND: Final = timedelta(minutes=30)
"""Midnight: what goes wrong there goes wrong in any day."""


def plan(seed: int, *, days: int = 1, minutes: int = 240) -> Plan:
    """Draw the days of a seed: `minutes` of each day are run."""
    chance = random.Random(seed)
    midnight = instant(NIGHTS[seed % len(NIGHTS)])
    begin = midnight - DAY / 2
    events: list[Event] = []
    deck = deck_of(seed)
    for number in range(days):
        for stretch in _stretches(chance, begin + number * DAY, minutes):
            fair = minutes > _FOUL and abs(stretch[0] - midnight) > _AROUND and chance.random() > _FOUL / minutes
            spell = Spell(chance, FAIR if fair else chance.choices([*MOODS], [*MOODS.values()])[0], deck)
            for scheduled in stretch:
                for source in SOURCES:
                    calm = scheduled < begin + (CALM + 1) * MINUTE
                    events += [Event(source, scheduled)] if calm else spell.events(source, scheduled)
    compactions = tuple(_compactions(chance, begin, begin + days * DAY))
    operator = tuple(faults_at(chance, weather.OPERATOR_CALLS, weather.QUICK_BLOWS, most=4))
    ordered = sorted(events, key=lambda event: event.at)
    return Plan(seed, midnight, days, tuple(ordered), compactions, operator)


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


def _compactions(chance: random.Random, begin: datetime, end: datetime) -> Iterator[Compaction]:
    """Every hour; in the hours after a midnight, when there is a day to compact, more goes wrong."""
    scheduled = begin.replace(minute=20)
    while scheduled < end:
        busy = scheduled.hour < 6
        faults = faults_at(chance, weather.COMPACTOR_CALLS, weather.QUICK_BLOWS, most=2)
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
