"""The messages that alarms send to topics.

An alarm runs the actions of the state that it goes into. One on several time series runs them for its own change of
state and for that of each time series, a contributor
(https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Acting_Alarm_Changes.html), of at most 100 contributors
at a time (https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-limits.html, "will limit the rate of
concurrent transitions to 100").
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from tests.sandbox.cloudwatch.alarms.state import State
from tests.sandbox.cloudwatch.alarms.walk import Transition

_MOST_CONTRIBUTORS: Final = 100
_ACTIONS: Final = {
    State.ALARM: "AlarmActions",
    State.OK: "OKActions",
    State.INSUFFICIENT_DATA: "InsufficientDataActions",
}
_MINUTE: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Message:
    """What a subscriber gets."""

    at: datetime
    topic: str
    alarm: str
    state: State
    text: str
    """The alarm's description."""


def messages(described: Iterable[Mapping[str, Any]], changes: Iterable[Transition]) -> Iterator[Message]:
    """Yield what these alarms, of metrics and composite, as DescribeAlarms tells them, send; oldest first."""
    by_name = {each["AlarmName"]: each for each in described}
    contributors: Counter[tuple[str, datetime]] = Counter()
    for change in sorted(changes, key=lambda each: each.at):
        alarm = by_name[change.alarm]
        if change.contributor is not None:
            contributors[change.alarm, change.at] += 1
            if contributors[change.alarm, change.at] > _MOST_CONTRIBUTORS:
                continue
        if alarm.get("ActionsEnabled", True):
            for topic in alarm.get(_ACTIONS[change.after]) or ():
                yield Message(change.at, topic, change.alarm, change.after, alarm.get("AlarmDescription", ""))


def most_in_a_minute(sent: Iterable[Message]) -> int:
    """The largest number of messages in any 60 seconds."""
    times = sorted(message.at for message in sent)
    return max((sum(at <= other < at + _MINUTE for other in times) for at in times), default=0)
