"""`alarm`: the state of each alarm at the end of the time range, as the sandbox evaluates it from the metrics.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html, "Properties
of an Alarm Widget Object".
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from tests.preview.markup import Html, element
from tests.sandbox.cloudwatch.alarms import (
    Alarm,
    CompositeAlarm,
    State,
    Transition,
    composite_transitions,
    transitions,
)
from tests.sandbox.cloudwatch.queries import QueryError
from tests.sandbox.cloudwatch.recorded import Recorded

_URGENCY: Final = (State.ALARM, State.INSUFFICIENT_DATA, State.OK)
"""In this order CloudWatch shows them, unless `sortBy` says otherwise."""
_WORDS: Final = {State.ALARM: "In alarm", State.INSUFFICIENT_DATA: "Insufficient data", State.OK: "OK"}
_CLASSES: Final[Mapping[State | None, str]] = {State.ALARM: "alarm-now", State.OK: "ok"}


@dataclass(frozen=True, slots=True)
class AlarmState:
    """What an alarm widget shows of one alarm."""

    name: str
    state: State | None
    """None: the sandbox cannot evaluate it."""
    since: datetime | None
    """When it last changed; None: never."""


def states_of(
    described: Iterable[Mapping[str, Any]], metrics: Recorded, start: datetime, end: datetime
) -> Mapping[str, AlarmState]:
    """The state of every alarm that DescribeAlarms told of, by ARN: each was made at `start`, and it is `end` now.

    Composite alarms come after their children. To them an alarm that cannot be evaluated is in INSUFFICIENT_DATA.
    """
    states: dict[str, AlarmState] = {}
    changes: list[Transition] = []
    above: list[Mapping[str, Any]] = []
    for alarm in described:
        if "AlarmRule" in alarm:
            above.append(alarm)
            continue
        try:
            own = [each for each in transitions(Alarm.read(alarm), metrics, start, end) if each.contributor is None]
        except QueryError:
            states[alarm["AlarmArn"]] = AlarmState(alarm["AlarmName"], None, None)
            continue
        states[alarm["AlarmArn"]] = _last(alarm, own)
        changes += own
    told = list(composite_transitions([CompositeAlarm.read(alarm) for alarm in above], changes, start))
    return states | {alarm["AlarmArn"]: _last(alarm, told) for alarm in above}


def _last(described: Mapping[str, Any], changes: Sequence[Transition]) -> AlarmState:
    name = str(described["AlarmName"])
    last = next((each for each in reversed(changes) if each.alarm == name), None)
    return AlarmState(name, last.after, last.at) if last else AlarmState(name, State.INSUFFICIENT_DATA, None)


def alarms(properties: Mapping[str, Any], states: Mapping[str, AlarmState]) -> Html:
    """The alarms of a widget, the most urgent first, by name; those in the states that it asks for."""
    found = [states.get(arn, AlarmState(arn.rpartition(":")[2], None, None)) for arn in properties["alarms"]]
    wanted = properties.get("states")
    shown = [each for each in found if not wanted or each.state is None or each.state in wanted]
    return element("div", *[_tile(each) for each in _sorted(shown, properties.get("sortBy"))], class_="alarms")


def _sorted(alarms: Sequence[AlarmState], order: str | None) -> list[AlarmState]:
    by_name = sorted(alarms, key=lambda each: each.name)
    if order in ("stateUpdatedTimestamp", "timestamp"):
        return sorted(by_name, key=lambda each: each.since.timestamp() if each.since else 0, reverse=True)
    return sorted(by_name, key=lambda each: _URGENCY.index(each.state) if each.state else len(_URGENCY))


def _tile(alarm: AlarmState) -> Html:
    word = "Not evaluated by this preview" if alarm.state is None else _WORDS[alarm.state]
    since = f" since {alarm.since:%H:%M}" if alarm.since else ""
    return element(
        "div",
        element("span", f"{word}{since}", class_="state"),
        alarm.name,
        class_=f"tile {_CLASSES.get(alarm.state, '')}".rstrip(),
        title=alarm.name,
    )
