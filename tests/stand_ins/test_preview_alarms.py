"""The preview's alarm widget: states as the sandbox evaluates them."""

import re
from datetime import timedelta

from tests.preview.alarm_states import AlarmState, alarms, states_of
from tests.sandbox.cloudwatch.alarms import State
from tests.sandbox.cloudwatch.recorded import Recorded
from tests.stand_ins.metrics_at_hand import START, MetricsAtHand

ALARM = {
    "AlarmArn": "arn:high",
    "AlarmName": "high",
    "Namespace": "N",
    "MetricName": "M",
    "Dimensions": [],
    "Statistic": "Maximum",
    "Period": 60,
    "EvaluationPeriods": 1,
    "DatapointsToAlarm": 1,
    "Threshold": 5.0,
    "ComparisonOperator": "GreaterThanThreshold",
    "TreatMissingData": "notBreaching",
}
STATES = {
    "arn:b": AlarmState("b", State.OK, START),
    "arn:a": AlarmState("a", State.OK, START + timedelta(hours=1)),
    "arn:c": AlarmState("c", State.ALARM, START - timedelta(hours=1)),
    "arn:d": AlarmState("d", State.INSUFFICIENT_DATA, None),
}


def names(**properties: object) -> list[str]:
    return re.findall(r'title="([^"]*)"', alarms({"alarms": list(STATES), **properties}, STATES).text)


def test_an_alarm_is_in_the_state_that_its_data_put_it_in() -> None:
    metrics = MetricsAtHand()
    metrics.put("N", "M", [1.0, 9.0])
    found = states_of([ALARM], Recorded.of(metrics), START, START + timedelta(minutes=2, seconds=10))
    state = found["arn:high"]
    assert (state.name, state.state) == ("high", State.ALARM)
    assert state.since is not None
    assert state.since - START < timedelta(minutes=3)


def test_a_composite_alarm_is_in_the_state_that_its_children_put_it_in() -> None:
    metrics = MetricsAtHand()
    metrics.put("N", "M", [1.0, 9.0])
    above = {"AlarmArn": "arn:any", "AlarmName": "any", "AlarmRule": 'ALARM("high")'}
    found = states_of([ALARM, above], Recorded.of(metrics), START, START + timedelta(minutes=2, seconds=10))
    assert (found["arn:any"].name, found["arn:any"].state) == ("any", State.ALARM)
    assert found["arn:any"].since == found["arn:high"].since


def test_an_alarm_that_the_sandbox_cannot_evaluate_says_so() -> None:
    query = {"Id": "m", "Expression": "SERVICE_QUOTA(m2)", "Period": 60, "ReturnData": True}
    described = {key: value for key, value in ALARM.items() if key not in ("Namespace", "MetricName", "Statistic")}
    found = states_of(
        [{**described, "Metrics": [query]}], Recorded.of(MetricsAtHand()), START, START + timedelta(hours=1)
    )
    assert "Not evaluated by this preview" in alarms({"alarms": ["arn:high"]}, found).text


def test_the_most_urgent_stand_first_unless_the_newest_are_asked_for() -> None:
    assert names() == ["c", "d", "a", "b"]
    assert names(sortBy="stateUpdatedTimestamp") == ["a", "b", "c", "d"]


def test_only_the_states_that_are_asked_for_are_shown() -> None:
    assert names(states=["ALARM", "INSUFFICIENT_DATA"]) == ["c", "d"]


def test_an_alarm_that_is_not_deployed_is_named_and_not_evaluated() -> None:
    html = alarms({"alarms": ["arn:aws:cloudwatch:us-east-1:1:alarm:gone"]}, STATES).text
    assert "gone" in html
    assert "Not evaluated" in html
