"""Composite alarms and messages in the sandbox: API page PutCompositeAlarm, guide page Acting_Alarm_Changes."""

import pytest

from tests.sandbox.cloudwatch.alarms import (
    CompositeAlarm,
    RefusedRule,
    State,
    Transition,
    composite_transitions,
    messages,
    most_in_a_minute,
)
from tests.stand_ins.metrics_at_hand import MINUTE, START

OK, ALARM, UNKNOWN = State.OK, State.ALARM, State.INSUFFICIENT_DATA
TOPIC = "arn:topic"


def composite(name: str, rule: str) -> CompositeAlarm:
    return CompositeAlarm.read({"AlarmName": name, "AlarmRule": rule})


def change(minute: int, alarm: str, after: State, contributor: str | None = None) -> Transition:
    labels = None if contributor is None else (("Zone", contributor),)
    return Transition(START + minute * MINUTE, alarm, labels, OK, after, ())


@pytest.mark.parametrize(
    ("rule", "in_alarm"),
    [
        ("ALARM(a)", True),
        ('ALARM("b")', False),
        ("ALARM(arn:aws:cloudwatch:us-east-1:123456789012:alarm:a)", True),
        ("OK(b) AND INSUFFICIENT_DATA(c)", True),
        ("ALARM(a) AND NOT ALARM(b)", True),
        ("(ALARM(b) OR ALARM(a)) AND OK(a)", False),
        ("ALARM(b) AND ALARM(a) OR ALARM(a)", True),
        ("TRUE", True),
        ("FALSE OR NOT TRUE", False),
    ],
)
def test_a_rule_holds_by_the_states_of_its_children(rule: str, in_alarm: bool) -> None:
    assert composite("p", rule).holds({"a": ALARM, "b": OK, "c": UNKNOWN}) is in_alarm


@pytest.mark.parametrize(
    ("rule", "why"),
    [
        ("ALARM(a) OR", "not understood"),
        ("PENDING(a)", "not understood"),
        (" OR ".join(f"ALARM(a{number})" for number in range(101)), "101 children"),
        (" OR ".join(["ALARM(a)"] * 250), "501 elements"),
        (f"ALARM({'a' * 10_240})", "at most 10240"),
    ],
)
def test_a_rule_beyond_cloudwatchs_limits_is_refused(rule: str, why: str) -> None:
    with pytest.raises(RefusedRule, match=f"p: .*{why}"):
        composite("p", rule)


def test_a_composite_alarm_follows_its_children_and_is_on_once_for_all_of_them() -> None:
    both = composite("both", "ALARM(a) OR ALARM(b)")
    above = composite("above", "ALARM(both)")
    changes = [change(1, "a", ALARM), change(2, "b", ALARM), change(3, "a", OK), change(4, "b", OK)]
    found = [(each.alarm, each.at, each.after) for each in composite_transitions([both, above], changes, START)]
    assert found == [
        ("both", START, OK),
        ("above", START, OK),
        ("both", START + MINUTE, ALARM),
        ("above", START + MINUTE, ALARM),
        ("both", START + 4 * MINUTE, OK),
        ("above", START + 4 * MINUTE, OK),
    ]


def test_it_reads_an_alarms_own_state_and_not_those_of_its_time_series() -> None:
    changes = [change(1, "a", ALARM, "x"), change(2, "a", ALARM)]
    found = [(each.at, each.after) for each in composite_transitions([composite("p", "ALARM(a)")], changes, START)]
    assert found == [(START, OK), (START + 2 * MINUTE, ALARM)]


def test_an_alarm_on_several_series_sends_for_itself_and_for_each_of_them_up_to_100() -> None:
    described = {"AlarmName": "a", "AlarmActions": [TOPIC], "AlarmDescription": "why"}
    changes = [change(1, "a", ALARM), *(change(1, "a", ALARM, str(zone)) for zone in range(120))]
    sent = list(messages([described], changes))
    assert (len(sent), most_in_a_minute(sent)) == (101, 101)
    assert {(each.topic, each.state, each.text) for each in sent} == {(TOPIC, ALARM, "why")}


def test_actions_are_those_of_the_state_and_none_while_they_are_disabled() -> None:
    told = {"AlarmName": "a", "OKActions": [TOPIC], "InsufficientDataActions": [], "AlarmActions": None}
    silent = {"AlarmName": "b", "OKActions": [TOPIC], "ActionsEnabled": False}
    changes = [change(1, name, state) for name in ("a", "b") for state in State]
    assert [(each.alarm, each.state) for each in messages([told, silent], changes)] == [("a", OK)]
