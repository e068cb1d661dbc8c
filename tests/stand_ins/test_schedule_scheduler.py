"""Deployed schedules send what EventBridge Scheduler would send, and mishaps come as scripted."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from moto.moto_server.threaded_moto_server import ThreadedMotoServer

from tests.sandbox.schedule.cron import Cron
from tests.sandbox.schedule.deployed_schedule import Schedule, deployed_schedules
from tests.sandbox.schedule.scheduler import Mishaps, deliveries

if TYPE_CHECKING:
    from types_boto3_scheduler import EventBridgeSchedulerClient

ROLE = "arn:aws:iam::123456789012:role/scheduler"
FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:collector"
MIDNIGHT = datetime(2026, 11, 23, tzinfo=UTC)
EVERY_MINUTE = Schedule(
    name="main",
    arn="arn:aws:scheduler:us-east-1:123456789012:schedule/default/main",
    cron=Cron.parse("cron(* * * * ? *)"),
    enabled=True,
    window_minutes=0,
    target_arn=FUNCTION,
    input_template='{"source":"main","scheduled_time":"<aws.scheduler.scheduled-time>"}',
    max_retries=1,
    max_event_age_s=60,
    dead_letter_arn=None,
)


@pytest.fixture
def scheduler() -> Iterator["EventBridgeSchedulerClient"]:
    server = ThreadedMotoServer("localhost", 0, verbose=False)
    server.start()
    client: EventBridgeSchedulerClient = boto3.client(
        "scheduler",
        endpoint_url=f"http://localhost:{server.get_host_and_port()[1]}",
        region_name="eu-west-3",
        aws_access_key_id="testing",
        aws_secret_access_key="testing",
    )
    yield client
    for schedule in client.list_schedules()["Schedules"]:
        client.delete_schedule(Name=schedule["Name"], GroupName=schedule["GroupName"])
    server.stop()


def arrivals(minutes: int, mishaps: Mishaps, *schedules: Schedule) -> list[tuple[str, float]]:
    """Which scheduled minute arrives when, in seconds after midnight."""
    sent = deliveries(schedules or [EVERY_MINUTE], MIDNIGHT, MIDNIGHT + timedelta(minutes=minutes), mishaps)
    return [(f"{delivery.scheduled_time:%H:%M}", (delivery.at - MIDNIGHT).total_seconds()) for delivery in sent]


@pytest.mark.parametrize(
    ("expression", "times"),
    [
        ("cron(* * * * ? *)", ["22:58", "22:59", "23:00", "23:01"]),
        ("cron(17 * * * ? *)", ["23:17", "00:17", "01:17"]),
        ("cron(0 1 ? * * *)", ["01:00"]),
        ("cron(*/20 23 * * ? *)", ["23:00", "23:20", "23:40"]),
        ("cron(5/25 0 * * ? *)", ["00:05", "00:30", "00:55"]),
        ("cron(0,30 0-1 * * ? *)", ["00:00", "00:30", "01:00", "01:30"]),
    ],
)
def test_an_expression_fires_at_the_times_that_aws_documents(expression: str, times: list[str]) -> None:
    start = datetime(2026, 11, 22, 22, 57, 30, tzinfo=UTC)
    occurrences = Cron.parse(expression).occurrences(start, start + timedelta(hours=3))
    assert [f"{time:%H:%M}" for time in occurrences][: len(times)] == times


@pytest.mark.parametrize(
    "expression",
    [
        "rate(1 minute)",
        "at(2026-11-23T00:00:00)",
        "cron(* * * * *)",
        "cron(0 10 ? * MON-FRI *)",
        "cron(0 10 L * ? *)",
        "cron(60 * * * ? *)",
        "cron(0 24 * * ? *)",
        "cron(x * * * ? *)",
        "cron(0/0 * * * ? *)",
    ],
)
def test_an_expression_that_could_be_run_wrongly_is_refused(expression: str) -> None:
    with pytest.raises(ValueError, match="schedule expression"):
        Cron.parse(expression)


def test_a_deployed_schedule_is_read_whole(scheduler: "EventBridgeSchedulerClient") -> None:
    queue = "arn:aws:sqs:eu-west-3:123456789012:main-dlq"
    scheduler.create_schedule(
        Name="spectrum-main",
        ScheduleExpression="cron(* * * * ? *)",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={
            "Arn": FUNCTION,
            "RoleArn": ROLE,
            "Input": '{"source":"main"}',
            "RetryPolicy": {"MaximumRetryAttempts": 1, "MaximumEventAgeInSeconds": 60},
            "DeadLetterConfig": {"Arn": queue},
        },
    )
    scheduler.create_schedule(
        Name="another",
        State="DISABLED",
        ScheduleExpression="cron(17 * * * ? *)",
        FlexibleTimeWindow={"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 5},
        Target={"Arn": FUNCTION, "RoleArn": ROLE, "Input": "{}"},
    )
    another, main = deployed_schedules(scheduler)
    assert main == replace(
        EVERY_MINUTE,
        name="spectrum-main",
        arn="arn:aws:scheduler:eu-west-3:123456789012:schedule/default/spectrum-main",
        input_template='{"source":"main"}',
        dead_letter_arn=queue,
    )
    assert (another.enabled, another.window_minutes) == (False, 5)
    assert (another.max_retries, another.max_event_age_s, another.dead_letter_arn) == (185, 86400, None)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"ScheduleExpressionTimezone": "Europe/Berlin"}, "schedule s: time zone Europe/Berlin"),
        ({"EndDate": MIDNIGHT}, "schedule s: the sandbox does not know start and end dates"),
        ({"Target": {"Arn": FUNCTION, "RoleArn": ROLE}}, "schedule s: no input"),
    ],
)
def test_a_setting_that_would_be_ignored_is_refused(change: dict[str, Any], reason: str) -> None:
    answer: dict[str, Any] = {
        "Name": "s",
        "Arn": "arn:aws:scheduler:us-east-1:123456789012:schedule/default/s",
        "ScheduleExpression": "cron(* * * * ? *)",
        "FlexibleTimeWindow": {"Mode": "OFF"},
        "Target": {"Arn": FUNCTION, "RoleArn": ROLE, "Input": "{}"},
    }
    with pytest.raises(ValueError, match=reason):
        Schedule.from_answer(answer | change)


def test_every_documented_context_attribute_is_filled_in() -> None:
    names = ("schedule-arn", "scheduled-time", "execution-id", "attempt-number")
    template = "[" + ",".join(f'"<aws.scheduler.{name}>"' for name in names) + "]"
    schedule = replace(EVERY_MINUTE, input_template=template)
    rendered = schedule.render(datetime(2022, 3, 22, 18, 59, 43, tzinfo=UTC), "d32c5kddcf5bb8c3", 1)
    assert rendered == f'["{schedule.arn}","2022-03-22T18:59:43Z","d32c5kddcf5bb8c3","1"]'


def test_an_input_that_is_not_json_is_refused_as_lambda_refuses_it() -> None:
    with pytest.raises(ValueError, match="schedule main: its input is not JSON"):
        replace(EVERY_MINUTE, input_template="<aws.scheduler.scheduled-time>").render(MIDNIGHT, "e", 1)


def test_each_minute_is_delivered_at_its_time_with_its_input() -> None:
    first, second = deliveries([EVERY_MINUTE], MIDNIGHT, MIDNIGHT + timedelta(minutes=2))
    assert (first.at, second.at) == (MIDNIGHT, MIDNIGHT + timedelta(minutes=1))
    assert first.input == '{"source":"main","scheduled_time":"2026-11-23T00:00:00Z"}'
    assert first.target_arn == FUNCTION


def test_a_disabled_schedule_sends_nothing() -> None:
    assert arrivals(5, Mishaps(), replace(EVERY_MINUTE, enabled=False)) == []


def test_every_nth_event_can_be_delivered_twice() -> None:
    sent = arrivals(4, Mishaps(duplicate_every=2, duplicate_after_s=20))
    assert sent == [("00:00", 0), ("00:01", 60), ("00:01", 80), ("00:02", 120), ("00:03", 180), ("00:03", 200)]


def test_a_duplicate_has_an_execution_id_of_its_own() -> None:
    first, second = deliveries([EVERY_MINUTE], MIDNIGHT, MIDNIGHT + timedelta(minutes=1), Mishaps(duplicate_every=1))
    assert first.input == second.input
    assert first.execution_id != second.execution_id


def test_a_delayed_event_arrives_after_the_next_minutes() -> None:
    sent = arrivals(3, Mishaps(delay_every=2, delay_s=65))
    assert sent == [("00:00", 0), ("00:02", 120), ("00:01", 125)]


def test_a_flexible_window_and_jitter_delay_within_their_bounds() -> None:
    ((_, with_window),) = arrivals(1, Mishaps(), replace(EVERY_MINUTE, window_minutes=5))
    ((_, with_jitter),) = arrivals(1, Mishaps(jitter_s=30), EVERY_MINUTE)
    assert 0 < with_window <= 300
    assert 0 < with_jitter <= 30


def test_the_same_seed_gives_the_same_day() -> None:
    other = replace(EVERY_MINUTE, name="other")
    rough = Mishaps(duplicate_every=10, delay_every=7, delay_s=80, jitter_s=30, seed=1)
    assert arrivals(60, rough, EVERY_MINUTE, other) == arrivals(60, rough, EVERY_MINUTE, other)
    assert arrivals(60, rough, EVERY_MINUTE) != arrivals(60, replace(rough, seed=2), EVERY_MINUTE)
