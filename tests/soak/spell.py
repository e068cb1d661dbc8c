"""The weather of a stretch of minutes: what befalls each of its events, drawn by chance."""

import random
from collections.abc import Iterator
from datetime import datetime
from itertools import cycle, islice
from typing import Final

from tests.sandbox.aws import Fault as AwsFault
from tests.sandbox.cloudflare import Call
from tests.sandbox.cloudflare import Fault as CloudflareFault
from tests.soak import weather
from tests.soak.script import Event, Kill
from tests.soak.stack import POLLED

KINDS_OF_A_SPELL: Final = 4
KINDS_OF_A_SEED: Final = 7

FAIR: Final = "clear"
MOODS: Final = {
    FAIR: 2,
    "Cloudflare": 6,
    "its lists": 1,
    "AWS": 6,
    "an outage": 2,
    "deliveries": 3,
    "kills": 2,
    "everything": 4,
}
"""What may go wrong in a stretch, and how often such a stretch is drawn."""


def deck_of(seed: int) -> Iterator[str]:
    """Cloudflare's kinds of fault, shuffled, from another card on for every seed, so that long soaks have them all."""
    cards = list(weather.OF_THE_USAGE)
    random.Random(0).shuffle(cards)
    return islice(cycle(cards), seed * KINDS_OF_A_SEED, None)


class Spell:
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
            return tuple(faults_at(self._chance, weather.COLLECTOR_CALLS, weather.BLOWS, most=2))
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


def faults_at(
    chance: random.Random, places: tuple[weather.Place, ...], blows: tuple[weather.Blow, ...], *, most: int
) -> Iterator[AwsFault]:
    for _ in range(chance.randint(1, most)):
        blow = chance.choices(blows, [each.weight for each in blows])[0]
        # Every try of a run may fail, where that does not take the whole of its time.
        times = None if blow.name == "denied" else chance.choice([1, 1, 2, 3])
        yield blow.at(chance.choice(places), "", times)
