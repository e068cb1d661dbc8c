"""EventBridge Scheduler's clock: which events go out, when they really go, and how often.

AWS promises at least one delivery, within the minute. What it may do beyond that is scripted by `Mishaps`.
"""

import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from tests.sandbox.schedule.deployed_schedule import Schedule


@dataclass(frozen=True, slots=True)
class Mishaps:
    """What happens on the way, in every run the same for the same seed. Nothing, unless told.

    "Every nth" counts a schedule's own events from 1. Events that are late enough arrive after the next minute's.
    """

    duplicate_every: int = 0
    """Every nth event is delivered twice; 0: none is."""
    duplicate_after_s: float = 20.0
    delay_every: int = 0
    """Every nth event is late; 0: none is."""
    delay_s: float = 0.0
    jitter_s: float = 0.0
    """Each event is late by a random time of up to this."""
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Delivery:
    """One event on its way to its target: arrives `at`, was due at `scheduled_time`."""

    schedule: Schedule
    scheduled_time: datetime
    at: datetime
    execution_id: str

    @property
    def target_arn(self) -> str:
        """Who gets it: a function, or an API action (`arn:aws:scheduler:::aws-sdk:athena:startQueryExecution`)."""
        return self.schedule.target_arn

    @property
    def input(self) -> str:
        """What the target gets at the first attempt, JSON."""
        return self.input_at(1)

    def input_at(self, attempt: int) -> str:
        """What the target gets at this attempt, counted from 1."""
        return self.schedule.render(self.scheduled_time, self.execution_id, attempt)


def deliveries(
    schedules: Iterable[Schedule], start: datetime, end: datetime, mishaps: Mishaps | None = None
) -> Iterator[Delivery]:
    """Yield what the enabled schedules send from `start` (included) to `end` (not included), in order of arrival.

    Schedules that fire in the same instant arrive in an order that depends on the seed.
    """
    mishaps = mishaps or Mishaps()
    # Not for cryptography: the same seed must give the same day.
    chance = random.Random(mishaps.seed)
    sent: list[tuple[datetime, float, Delivery]] = []
    for schedule in schedules:
        if not schedule.enabled:
            continue
        for number, scheduled_time in enumerate(schedule.cron.occurrences(start, end), start=1):
            late_s = chance.uniform(0, mishaps.jitter_s) + chance.uniform(0, schedule.window_minutes * 60)
            if mishaps.delay_every and number % mishaps.delay_every == 0:
                late_s += mishaps.delay_s
            arrivals = [late_s]
            if mishaps.duplicate_every and number % mishaps.duplicate_every == 0:
                arrivals.append(late_s + mishaps.duplicate_after_s)
            for arrival_s in arrivals:
                at = scheduled_time + timedelta(seconds=arrival_s)
                delivery = Delivery(schedule, scheduled_time, at, f"{chance.getrandbits(64):016x}")
                sent.append((at, chance.random(), delivery))
    yield from (delivery for _, _, delivery in sorted(sent, key=lambda entry: entry[:2]))
