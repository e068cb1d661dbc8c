"""Which minute an event asks for, and whether Cloudflare can still tell.

The API describes the minute before the *call*, so an event is only good for its minute while it is fresh.
Events of EventBridge Scheduler look like `{"source": "main", "scheduled_time": "2026-11-23T10:01:00Z"}`.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from collector.errors import RejectedEvent

LIVE: Final = timedelta(seconds=75)
"""Scheduler delivers within its minute, Lambda's queue adds seconds: older, and the answer is another minute's."""

LATE: Final = timedelta(hours=6)
"""Up to this age the minute is written down as skipped; beyond it an event is a mistake or a replay."""

CLOCK_SKEW: Final = timedelta(seconds=5)
"""How far in the future an event may lie: two machines' clocks never agree to the millisecond."""


@dataclass(frozen=True, slots=True)
class Trigger:
    """One minute of one source to be accounted for."""

    source: str
    """As the event names it: whether it is configured is for others to say."""
    minute: datetime
    """The minute that the answer will describe: the scheduled minute minus 60 s, UTC."""
    delay_ms: int
    """From the scheduled minute to now."""
    late: bool
    """True: too old to poll. The minute is written as skipped."""


def read_event(event: object, now: datetime) -> Trigger:
    """Read the minute out of a scheduler's event. Raises RejectedEvent when there is none to be had."""
    if not isinstance(event, dict):
        raise RejectedEvent(f"the event must be an object with source and scheduled_time, not {type(event).__name__}")
    source = event.get("source")
    if not isinstance(source, str) or not source:
        raise RejectedEvent(f"source must be the name of a source, not {_shown(source)}")
    scheduled = _scheduled_minute(event.get("scheduled_time"))
    age = now - scheduled
    what = f"source {_shown(source)}: scheduled_time {scheduled:%Y-%m-%dT%H:%M:%SZ}"
    if age < -CLOCK_SKEW:
        raise RejectedEvent(f"{what} lies in the future")
    if age > LATE:
        raise RejectedEvent(
            f"{what} is {age.total_seconds():.0f} s old; a minute older than {LATE.total_seconds():.0f} s is neither "
            "polled nor written"
        )
    return Trigger(
        source=source,
        minute=scheduled - timedelta(minutes=1),
        delay_ms=max(0, round(age.total_seconds() * 1000)),
        late=age > LIVE,
    )


def _scheduled_minute(text: object) -> datetime:
    if not isinstance(text, str):
        raise RejectedEvent(f"scheduled_time must be a text like 2026-11-23T10:01:00Z, not {_shown(text)}")
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            raise RejectedEvent(f"scheduled_time {_shown(text)} has no time zone: it must end in Z")
        return moment.astimezone(UTC).replace(second=0, microsecond=0)
    except (ValueError, OverflowError) as error:
        raise RejectedEvent(f"scheduled_time {_shown(text)} is not a time like 2026-11-23T10:01:00Z") from error


def _shown(value: object) -> str:
    return repr(value)[:80]
