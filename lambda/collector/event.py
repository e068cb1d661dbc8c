"""The scheduler's event: its minute, whether that can still be polled, and the time each phase of the run gets."""

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


_MARGIN_S = 1.0


@dataclass(frozen=True, slots=True)
class Phases:
    """When each part of a run must have begun its last try, in monotonic seconds."""

    poll: float
    """No answer of Cloudflare counts after this."""
    save: float
    names: float
    publish: float

    @classmethod
    def within(cls, now: float, remaining_s: float) -> "Phases":
        """Deal out what is left of the invocation.

        Of the deployed 55 s: polls end at 33 s, the last tries to write begin at 42 s and 48 s, and take at most the
        AWS clients' time-outs (5 s). The last try to save is followed by a HEAD, and so may end at 52 s.
        """
        usable = max(0.0, remaining_s - _MARGIN_S)
        return cls(
            poll=now + 0.62 * usable,
            save=now + 0.78 * usable,
            names=now + 0.82 * usable,
            publish=now + 0.89 * usable,
        )
