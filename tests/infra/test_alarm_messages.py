"""How many messages a subscriber gets, whatever fails: the alarms as CloudFormation gets them, over published data."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.metrics import HEALTH_NAMESPACE
from infra.configuration import parse
from infra.monitoring.alarm import Group
from infra.monitoring.alarms import alarms
from infra.monitoring.composites import composites as declared
from tests.infra.template import Template
from tests.infra.test_alerting import deployed
from tests.sandbox.cloudwatch.alarms import (
    Alarm,
    CompositeAlarm,
    Message,
    State,
    Transition,
    composite_transitions,
    messages,
    most_in_a_minute,
    transitions,
)
from tests.sandbox.cloudwatch.recorded import Recorded
from tests.stand_ins.metrics_at_hand import MINUTE, START, MetricsAtHand

SOURCES: Final = 40
ZONES: Final = 3
"""Of each source: together more than the 100 zones whose changes CloudWatch tells of at once."""
GOOD, BAD = 10, 12
MOST: Final = 5
SECOND: Final = timedelta(seconds=1)


@dataclass(frozen=True)
class Deployed:
    """The alarms of a template, as DescribeAlarms would tell them."""

    template: Template

    @cached_property
    def metric_alarms(self) -> list[dict[str, Any]]:
        return self.template.properties("AWS::CloudWatch::Alarm")

    @cached_property
    def composite_alarms(self) -> list[dict[str, Any]]:
        return self.template.properties("AWS::CloudWatch::CompositeAlarm")

    @cached_property
    def composites(self) -> list[CompositeAlarm]:
        """Children first."""
        found = [CompositeAlarm.read(each) for each in self.composite_alarms]
        names = {each.name for each in found}
        return sorted(found, key=lambda each: sum(child in names for child in each.children))

    def sent(self, changes: Sequence[Transition]) -> list[Message]:
        """The messages that follow when alarms on metrics change, in their order."""
        above = composite_transitions(self.composites, changes, START)
        return list(messages([*self.metric_alarms, *self.composite_alarms], [*changes, *above]))

    def changes(self, metrics: MetricsAtHand, end: datetime) -> list[Transition]:
        """What the alarms on these metrics do; each is evaluated at a second of its own."""
        recorded = Recorded.of(metrics)
        there = {(space, series.name) for space in metrics.namespaces() for series, _ in metrics.all(space)}
        found = (Alarm.read(each) for each in self.metric_alarms)
        watched = [alarm for alarm in found if alarm.metrics is None or alarm.metrics & there]
        lives = (transitions(alarm, recorded, START, end, second=n * 7 % 60) for n, alarm in enumerate(watched))
        return [change for life in lives for change in life]


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Deployed:
    """40 sources."""
    sources = [
        {
            "name": f"s{number}",
            "secret": f"s/{number}",
            "zones": [f"{zone:032x}" for zone in range(number * ZONES, (number + 1) * ZONES)],
        }
        for number in range(SOURCES)
    ]
    return Deployed(deployed(alarms(parse({"sources": sources})), tmp_path_factory.mktemp("cdk.out")))


def an_outage() -> MetricsAtHand:
    """Every zone of every source fails at once, and all are good again at once."""
    metrics = MetricsAtHand()
    for source in range(SOURCES):
        collected = [ZONES] * GOOD + [0] * BAD + [ZONES] * GOOD
        metrics.put(HEALTH_NAMESPACE, "RequestsCollected", collected, Source=f"s{source}")
        for zone in range(ZONES):
            down = [1.0] * BAD
            at = START + GOOD * MINUTE
            metrics.put(HEALTH_NAMESPACE, "ZoneDown", down, at, Source=f"s{source}", Zone=f"z{source}-{zone}")
    return metrics


def test_40_sources_that_fail_at_once_are_a_handful_of_messages(stack: Deployed) -> None:
    found = stack.changes(an_outage(), START + (2 * GOOD + BAD) * MINUTE)
    went_off = {change.alarm for change in found if change.after is State.ALARM}
    assert went_off == {f"SpectrumMeter-s{number}-no-minutes" for number in range(SOURCES)} | {
        "SpectrumMeter-zones-down"
    }
    told = stack.sent(found)
    begins = START + GOOD * MINUTE
    first = [each for each in told if begins <= each.at < begins + 10 * MINUTE]
    later = [each for each in told if each.at >= begins + 10 * MINUTE]
    print(
        f"{SOURCES} sources and {SOURCES * ZONES} zones fail at once: {len(first)} messages in the first ten minutes, "
        f"at most {most_in_a_minute(told)} in any minute; {len(later)} afterwards, when all recover at once"
    )
    assert most_in_a_minute(told) <= MOST
    assert sorted((each.alarm, each.state) for each in first) == [
        ("SpectrumMeter-page-collection", State.ALARM),
        ("SpectrumMeter-page-zones", State.ALARM),
    ]
    assert [(each.alarm, each.state) for each in later] == [("SpectrumMeter-page", State.OK)]
    for each in first:
        assert each.text.startswith("Act now: ")
        assert "**First:** list what is on: `aws cloudwatch describe-alarms " in each.text
        assert "operations.md#when-an-alarm-goes-off" in each.text


def walks(names: Sequence[str], draw: Callable[..., Any]) -> Iterator[Transition]:
    """Alarms that change as fast as CloudWatch evaluates them: once a minute, each at a second of its own."""
    for name in names:
        second = draw(st.integers(0, 59))
        before = State.INSUFFICIENT_DATA
        for minute, after in enumerate(draw(st.lists(st.sampled_from(State), min_size=4, max_size=4))):
            if after is not before:
                yield Transition(START + minute * MINUTE + second * SECOND, name, None, before, after, ())
            before = after


@given(st.data())
def test_whatever_fails_a_subscriber_gets_at_most_five_messages_a_minute(stack: Deployed, data: st.DataObject) -> None:
    every = [each["AlarmName"] for each in stack.metric_alarms]
    names = data.draw(st.lists(st.sampled_from(every), max_size=12, unique=True))
    assert most_in_a_minute(stack.sent(list(walks(names, data.draw)))) <= MOST


def test_only_composite_alarms_send_and_no_more_kinds_of_messages_than_fit_into_a_minute(stack: Deployed) -> None:
    """Each is sent at most once in 60 s, as each alarm below is evaluated once a minute."""
    sending = [
        (each["AlarmName"].removeprefix("SpectrumMeter-"), kind)
        for each in (*stack.metric_alarms, *stack.composite_alarms)
        for kind in ("AlarmActions", "OKActions", "InsufficientDataActions")
        if each.get(kind)
    ]
    assert sorted(sending) == sorted([*((str(group), "AlarmActions") for group in Group), ("page", "OKActions")])
    assert len(sending) <= MOST


def test_every_alarm_reaches_the_topic_when_it_alone_goes_off(stack: Deployed) -> None:
    for name in (each["AlarmName"] for each in stack.metric_alarms):
        change = Transition(START + MINUTE, name, None, State.OK, State.ALARM, ())
        alarming = [each for each in stack.sent([change]) if each.state is State.ALARM]
        assert len(alarming) == 1, name


def test_rules_keep_to_cloudwatchs_limits_with_the_longest_names() -> None:
    """`CompositeAlarm.read` refuses a rule that is too long or has too many children."""
    watch = {"zone": "b.example", "metric": "Connections", "above": 1, "below": 1, "unusual": 2}
    traffic = [watch | {"name": f"{number:064}"} for number in range(60)]
    sources = [{"name": f"{n:032}", "secret": f"s/{n}", "zones": [f"{n:032x}"]} for n in range(60)]
    every = alarms(parse({"sources": sources, "alarms": {"traffic": traffic}}))
    there = {alarm.full_name for alarm in every}
    for each in declared(every):
        read = CompositeAlarm.read({"AlarmName": each.full_name, "AlarmRule": each.rule})
        assert read.children == set(each.children)
        assert read.children <= there, "a child must be made before its parent"
        assert re.fullmatch(r"[\w-]{1,255}", each.full_name)
        there.add(each.full_name)


def test_a_composite_alarm_is_made_after_its_children(stack: Deployed) -> None:
    resources = stack.template.content["Resources"]
    children = {each.name: each.children for each in stack.composites}
    for resource in stack.template.all("AWS::CloudWatch::CompositeAlarm"):
        before = {resources[name]["Properties"]["AlarmName"] for name in resource["DependsOn"]}
        assert before == children[resource["Properties"]["AlarmName"]]
