"""Where scenes are played: one deployed sandbox, its clock, and CloudWatch's alarms as they look on.

Scenes follow each other in simulated time, a day apart; the data of one are forgotten before the next.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from tests.end_to_end_alarms.stack import TOKENS, world
from tests.sandbox.cloudwatch.alarms import (
    Alarm,
    CompositeAlarm,
    Message,
    State,
    Transition,
    WarmUp,
    composite_transitions,
    messages,
    transitions,
)
from tests.sandbox.cloudwatch.service_metrics import everything
from tests.sandbox.sandbox import Sandbox
from tests.sandbox.schedule.deployed_schedule import Schedule
from tests.sandbox.schedule.scheduler import deliveries

PREFIX: Final = "SpectrumMeter-"
MINUTE: Final = timedelta(minutes=1)
GOOD_MINUTES: Final = 8
"""Before each scene: as many as the longest evaluation range by the minute, 5 + 2, and one for data that come late."""
SECONDS: Final = (5, 50)
"""Of the minute at which alarms are evaluated, which AWS does not tell: before the collector's run has ended, and after
its metrics have arrived. What is claimed must hold for both."""
_DAY: Final = timedelta(days=1)
_FIRST: Final = datetime(2026, 11, 2, 9, 15, tzinfo=UTC)
_QUEUES: Final = ("FailureQueueUrl", "ScheduleQueueUrl")


@dataclass(frozen=True, slots=True)
class Played:
    """What the alarms did in a scene, by the second at which they were evaluated."""

    by_second: Mapping[int, tuple[Transition, ...]]
    """Of the alarms on metrics."""
    sent: Mapping[int, tuple[Message, ...]]
    """What all alarms told the stack's topic."""

    def went_off(self) -> list[frozenset[str]]:
        """The alarms that were on at any time, without the stack's prefix; for each second."""
        return [
            frozenset(each.alarm.removeprefix(PREFIX) for each in found if each.after is State.ALARM)
            for found in self.by_second.values()
        ]

    def told(self) -> list[frozenset[str]]:
        """The composite alarms that sent a message because they went on."""
        return [
            frozenset(each.alarm.removeprefix(PREFIX) for each in found if each.state is State.ALARM)
            for found in self.sent.values()
        ]

    def still_on(self) -> list[frozenset[str]]:
        """The alarms that were on at the end."""
        ends: list[frozenset[str]] = []
        for found in self.by_second.values():
            last = {each.alarm: each.after for each in found if each.contributor is None}
            ends.append(frozenset(name.removeprefix(PREFIX) for name, at in last.items() if at is State.ALARM))
        return ends

    def contributors(self, alarm: str) -> list[frozenset[tuple[str, ...]]]:
        """The time series of an alarm that were on at any time, as the values of their labels."""
        return [
            frozenset(
                tuple(value for _, value in each.contributor)
                for each in found
                if each.alarm == PREFIX + alarm and each.contributor is not None and each.after is State.ALARM
            )
            for found in self.by_second.values()
        ]

    def changes(self, alarm: str) -> list[list[State]]:
        """The states that an alarm went through."""
        return [
            [each.after for each in found if each.alarm == PREFIX + alarm and each.contributor is None]
            for found in self.by_second.values()
        ]


class Stage:
    """A deployed stack between scenes; during one, what the scene may do with it."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        described = sandbox.aws.client("cloudwatch").describe_alarms(AlarmTypes=["MetricAlarm", "CompositeAlarm"])
        self.alarms = [Alarm.read(each) for each in described["MetricAlarms"]]
        self._composites = [CompositeAlarm.read(each) for each in described["CompositeAlarms"]]
        self._described = [*described["MetricAlarms"], *described["CompositeAlarms"]]
        self.now = _FIRST
        """The scheduled time of the next minute."""

    def play(self, scene: Callable[["Stage"], None], *, new: bool = False) -> Played:
        """Let some good minutes pass, and the hourly compaction; then play the scene while the alarms look on.

        `new`: the stack was deployed a moment ago. No good minute has passed, and alarms that warm up do so.
        """
        self._curtain()
        self.minutes(0 if new else GOOD_MINUTES)
        failed = [run.outcome.error_message for run in self.sandbox.invocations if not run.ok]
        assert failed == [], "a good minute was not good; is the machine too busy?"
        opened = self.now
        scene(self)
        alarms = self.alarms if new else [replace(alarm, warm_up=WarmUp.read(None)) for alarm in self.alarms]
        metrics = everything(self.sandbox, self.now)

        def seen(second: int) -> tuple[Transition, ...]:
            lives = (transitions(alarm, metrics, opened, self.now, second=second) for alarm in alarms)
            return tuple(transition for life in lives for transition in life)

        by_second = {second: seen(second) for second in SECONDS}
        return Played(by_second, {second: self._sent(changes, opened) for second, changes in by_second.items()})

    def _sent(self, changes: tuple[Transition, ...], opened: datetime) -> tuple[Message, ...]:
        """The messages to the stack's topic."""
        above = composite_transitions(self._composites, changes, opened)
        topic = self.sandbox.deployment.outputs["TopicArn"]
        return tuple(each for each in messages(self._described, [*changes, *above]) if each.topic == topic)

    def _curtain(self) -> None:
        """Go on to the same time of the next day, with everything in order again."""
        sandbox = self.sandbox
        sandbox.cloudflare.faults.clear()
        sandbox.cloudflare.world = world()
        for source, token in TOKENS.items():
            sandbox.put_secret(f"cloudflare-spectrum/{source}", token)
        sandbox.forget()
        self.now = _FIRST + ((self.now - _FIRST) // _DAY + 1) * _DAY

    def minutes(self, count: int, only: Callable[[Schedule], bool] = lambda _schedule: True) -> None:
        """Let time pass: whatever the deployed schedules send is delivered; `only` these schedules, if told."""
        end = self.now + count * MINUTE
        for delivery in deliveries([each for each in self.sandbox.schedules if only(each)], self.now, end):
            self.sandbox.hand_over(delivery)
        self.now = end

    def hours(self, count: int) -> None:
        """Let time pass in which nobody looks at the minutes: only the hourly schedule is delivered."""
        hourly = self.sandbox.compaction_schedule
        self.minutes(count * 60, only=lambda schedule: schedule.name == hourly.name)

    def empty_queues(self) -> None:
        """Do what the runbook says in the end: take the messages out."""
        for output in _QUEUES:
            self.sandbox.queued(output)
        self.sandbox.past.note_queues(self.now)
