"""Raw objects of a month, made by the collector's own writer: the same rows whether one source has them or ten."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from collector.rows import Application, Poll
from collector.store import body_of
from contract.raw import Outcome, raw_key

ZONES: Final = 20
APPS: Final = 10
MINUTES: Final = 1440


@dataclass(frozen=True, slots=True)
class RawObject:
    """One object, as the collector would write it."""

    key: str
    body: bytes


def raw_objects(day: date, *, sources: int, zones: int = ZONES, apps: int = APPS) -> Iterator[RawObject]:
    """Every raw object of a day: `zones` times `apps` applications, dealt out to the sources."""
    midnight = datetime.combine(day, time(), UTC)
    for number in range(MINUTES):
        minute = midnight + timedelta(minutes=number)
        polls = [_poll(minute, zone, apps, f"source{zone % sources}") for zone in range(zones)]
        for source in range(sources):
            name = f"source{source}"
            yield RawObject(raw_key(minute, name), body_of([poll for poll in polls if poll.source == name]))


def _poll(minute: datetime, zone: int, apps: int, source: str) -> Poll:
    # Traffic that does not compress better than real traffic would: every number is its own.
    dice = random.Random(f"{minute} {zone}")
    zone_id = f"{zone:032x}"
    return Poll(
        minute=minute,
        observed_at=minute + timedelta(seconds=61, milliseconds=dice.randrange(1000)),
        source=source,
        zone_id=zone_id,
        zone_name=f"zone{zone}.example",
        colo=None,
        outcome=Outcome.COLLECTED,
        reason=None,
        http_status=200,
        error_code=None,
        error_message=None,
        attempts=1,
        latency_ms=dice.randrange(60, 400),
        rate_limit_remaining=dice.randrange(200, 1200),
        apps=tuple(_application(dice, zone, number) for number in range(apps)),
    )


def _application(dice: random.Random, zone: int, number: int) -> Application:
    idle = number == 0
    return Application(
        app_id=f"{zone:016x}{number:016x}",
        app_name=f"app{number}.zone{zone}.example",
        protocol=f"tcp/{2000 + number}",
        bytes_ingress=0 if idle else dice.randrange(10**3, 10**9),
        bytes_egress=0 if idle else dice.randrange(10**3, 10**10),
        connections=0.0 if idle else float(dice.randrange(1, 5000)),
        duration_avg_ms=None if idle else round(dice.uniform(5, 90_000), 3),
        reported=not idle,
    )
