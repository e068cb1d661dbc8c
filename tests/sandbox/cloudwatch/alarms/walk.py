"""An alarm's life from minute to minute: its states, and those of its contributors.

An alarm is evaluated every minute. One whose evaluation periods are more than a day together is evaluated once an
hour, over what there was up to the full hour
(https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html).
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from tests.sandbox.cloudwatch.alarms.definition import Alarm
from tests.sandbox.cloudwatch.alarms.evaluation import Found, found_at, rule_of
from tests.sandbox.cloudwatch.alarms.state import State
from tests.sandbox.cloudwatch.recorded import Recorded

Contributor = tuple[tuple[str, str], ...]
"""The labels of a time series and their values."""
Values = tuple[float | None, ...]

_MINUTE: Final = timedelta(minutes=1)
_HOUR: Final = timedelta(hours=1)
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Transition:
    """A change of state, at which CloudWatch would act."""

    at: datetime
    alarm: str
    contributor: Contributor | None
    """Which of its time series; None: the alarm itself."""
    before: State
    after: State
    values: Values
    """The data points that led to it, oldest first; of an alarm with contributors, none."""


def transitions(
    alarm: Alarm, metrics: Recorded, start: datetime, end: datetime, *, second: int = 5
) -> Iterator[Transition]:
    """Yield what happens to an alarm that is made at `start`, until `end`; evaluated at this second of a minute."""
    states: dict[Contributor | None, State] = {None: State.INSUFFICIENT_DATA}
    step = _HOUR if alarm.period * alarm.evaluation_periods > _DAY else _MINUTE
    moment = _whole(start, step) + timedelta(seconds=second)
    begins = start + alarm.warm_up.lasts
    while moment < end:
        found = found_at(alarm, metrics, moment)
        if moment < begins and (alarm.warm_up.whole or not _is_filled(alarm, found)):
            moment += step
            continue
        begins = min(begins, moment)
        for contributor, after, values in _states(alarm, found, states):
            before = states.get(contributor, State.OK)
            states[contributor] = after
            if after is not before:
                yield Transition(moment, alarm.name, contributor, before, after, values)
        moment += step


def _whole(start: datetime, step: timedelta) -> datetime:
    """The first whole minute, or hour, that is not before the start."""
    day = start.replace(hour=0, minute=0, second=0, microsecond=0)
    return day + -((day - start) // step) * step


def _is_filled(alarm: Alarm, found: list[Found]) -> bool:
    """Whether there is data for all evaluation periods."""
    points = max((sum(value is not None for value in each.values) for each in found), default=0)
    return points >= alarm.evaluation_periods


def _states(
    alarm: Alarm, found: list[Found], states: dict[Contributor | None, State]
) -> list[tuple[Contributor | None, State, Values]]:
    rule = rule_of(alarm)
    if not alarm.has_contributors:
        nothing = Found((), (None,) * rule.points, (None,) * rule.points)
        (single,) = found or [nothing]
        return [(None, rule.judge(single.breaches, states[None]), single.values)]
    # "If a time series is not retrieved by the query anymore, it will transition to OK no matter the treat missing
    # data treatment"; "if the query returns an empty result, the alarm will transition to INSUFFICIENT_DATA"
    # (https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html).
    judged: dict[Contributor | None, tuple[State, Values]] = {
        each: (State.OK, ()) for each in states if each is not None
    }
    there = {each.attributes: rule.judge(each.breaches, states.get(each.attributes, State.OK)) for each in found}
    judged |= {each.attributes: (there[each.attributes], each.values) for each in found}
    judged[None] = (_of_all(there.values()), ())
    return [(contributor, *of_it) for contributor, of_it in judged.items()]


def _of_all(contributors: Collection[State]) -> State:
    for state in (State.ALARM, State.OK):
        if state in contributors:
            return state
    return State.INSUFFICIENT_DATA
