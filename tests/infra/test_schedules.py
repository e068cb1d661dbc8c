"""What starts the runs."""

from typing import Any

import pytest

from infra.configuration import ConfigurationError, parse
from infra.functions import compaction
from tests.infra.declared import minimal
from tests.infra.template import Template


@pytest.fixture(params=["main", "second"])
def source(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def schedule(template: Template, source: str) -> dict[str, Any]:
    (schedule,) = (s for s in template.properties("AWS::Scheduler::Schedule") if s["Name"] == source)
    return schedule


def test_each_source_is_polled_on_every_minute(schedule: dict[str, Any]) -> None:
    assert schedule["ScheduleExpression"] == "cron(* * * * ? *)"
    assert schedule["FlexibleTimeWindow"] == {"Mode": "OFF"}
    assert schedule.get("State", "ENABLED") == "ENABLED"


def test_the_event_names_the_source_and_the_scheduled_time(schedule: dict[str, Any], source: str) -> None:
    assert (
        schedule["Target"]["Input"] == f'{{"source": "{source}", "scheduled_time": "<aws.scheduler.scheduled-time>"}}'
    )


def test_it_starts_the_function_with_the_schedules_role(schedule: dict[str, Any]) -> None:
    assert schedule["Target"]["Arn"] == "<Collector/Function.Arn>"
    assert schedule["Target"]["RoleArn"] == "<SchedulerRole.Arn>"


def test_a_minute_that_cannot_be_started_is_tried_once_more_then_reported(schedule: dict[str, Any]) -> None:
    assert schedule["Target"]["RetryPolicy"] == {"MaximumRetryAttempts": 1, "MaximumEventAgeInSeconds": 60}
    assert schedule["Target"]["DeadLetterConfig"] == {"Arn": "<Missed/Queue.Arn>"}


def test_schedules_stand_in_the_stacks_own_group(template: Template) -> None:
    assert template.only("AWS::Scheduler::ScheduleGroup")["Name"] == "SpectrumMeter"
    groups = {schedule["GroupName"] for schedule in template.properties("AWS::Scheduler::Schedule")}
    assert groups == {"<ScheduleGroup>"}


def test_there_is_one_schedule_for_each_source_and_one_for_the_compactor(template: Template) -> None:
    names = sorted(s["Name"] for s in template.properties("AWS::Scheduler::Schedule"))
    assert names == ["hourly_compaction", "main", "second"]


def test_the_compactor_runs_at_twenty_past_every_hour(template: Template) -> None:
    schedule = template.at("Schedules/hourly_compaction")
    assert schedule["ScheduleExpression"] == "cron(20 * * * ? *)"
    assert schedule["FlexibleTimeWindow"] == {"Mode": "OFF"}
    assert schedule.get("State", "ENABLED") == "ENABLED"
    assert schedule["Target"] == {
        "Arn": "<Compactor/Function.Arn>",
        "RoleArn": "<SchedulerRole.Arn>",
        "Input": '{"scheduled_time": "<aws.scheduler.scheduled-time>"}',
        "RetryPolicy": {"MaximumRetryAttempts": 2, "MaximumEventAgeInSeconds": 1800},
        "DeadLetterConfig": {"Arn": "<Missed/Queue.Arn>"},
    }


def test_no_source_can_be_called_like_the_compactors_schedule() -> None:
    with pytest.raises(ConfigurationError):
        parse(minimal(name=compaction("arn").name))
