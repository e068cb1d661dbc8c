"""Scenes before the run: the schedule is gone, the scheduler is refused, Lambda has no room, the code does not load."""

from collections.abc import Collection
from datetime import datetime, timedelta

from tests.end_to_end_alarms.minutes import RECOVERY
from tests.end_to_end_alarms.stage import Stage
from tests.sandbox.schedule.asynchronous import Throttle
from tests.sandbox.schedule.delivery import THROTTLED, Refusal
from tests.sandbox.schedule.deployed_schedule import Schedule

NOT_ALLOWED = Refusal("AccessDeniedException", "The role may not invoke the function.", retryable=False)


def _none(_schedule: Schedule) -> bool:
    return False


def _always(_at: datetime) -> bool:
    return True


def _collector(stage: Stage) -> str:
    return stage.sandbox.collecting.deployment.arn


def nothing_is_started(stage: Stage) -> None:
    """The schedules are gone, or switched off: nothing at all is heard."""
    stage.minutes(12, only=_none)
    stage.minutes(RECOVERY)


def one_event_of_each_source_is_lost(stage: Stage) -> None:
    stage.minutes(1, only=_none)
    stage.minutes(RECOVERY)


def the_scheduler_is_refused(stage: Stage) -> None:
    """Its messages arrive a quarter of an hour after the first one: the queue had slept."""
    stage.sandbox.trouble.refused[_collector(stage)] = (_always, NOT_ALLOWED)
    stage.minutes(20)
    stage.sandbox.trouble.clear()
    stage.empty_queues()
    stage.minutes(RECOVERY)


def the_scheduler_is_refused_once_and_tries_again(stage: Stage) -> None:
    until = stage.now + timedelta(seconds=1)
    stage.sandbox.trouble.refused[_collector(stage)] = (lambda at: at < until, THROTTLED)
    stage.minutes(RECOVERY)
    assert max(delivered.attempts for _, delivered in stage.sandbox.past.deliveries) == 2


def lambda_has_no_room_for_the_collector(stage: Stage) -> None:
    stage.sandbox.trouble.throttled[_collector(stage)] = _always
    stage.minutes(20)
    stage.sandbox.trouble.clear()
    stage.empty_queues()
    stage.minutes(RECOVERY)


def lambda_has_no_room_for_some_seconds(stage: Stage) -> None:
    """In two minutes of five, an event waits until there is room."""
    busy = _first_seconds_of(stage, minutes=(0, 3))
    stage.sandbox.trouble.throttled[_collector(stage)] = busy
    stage.minutes(RECOVERY)
    assert any(delivered.processed and delivered.processed.throttled for _, delivered in stage.sandbox.past.deliveries)


def _first_seconds_of(stage: Stage, minutes: Collection[int]) -> Throttle:
    starts = [stage.now + timedelta(minutes=minute) for minute in minutes]
    return lambda at: any(start <= at < start + timedelta(seconds=6) for start in starts)
