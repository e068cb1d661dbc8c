"""`alarm`: the state of each alarm at the end of the time range, as the sandbox evaluates it from the metrics.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html, "Properties
of an Alarm Widget Object".
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from tests.preview.markup import Html, element
from tests.sandbox.cloudwatch.alarms import Alarm, State, transitions
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
    """The state of every alarm that DescribeAlarms told of, by ARN: each was made at `start`, and it is `end` now."""
    return {str(alarm["AlarmArn"]): _state(alarm, metrics, start, end) for alarm in described}


def _state(described: Mapping[str, Any], metrics: Recorded, start: datetime, end: datetime) -> AlarmState:
    name = str(described["AlarmName"])
    state, since = State.INSUFFICIENT_DATA, None
    try:
        for change in transitions(Alarm.read(described), metrics, start, end):
            if change.contributor is None:
                state, since = change.after, change.at
    except QueryError:
        return AlarmState(name, None, None)
    return AlarmState(name, state, since)


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
