"""Scenes of the hour: the compactor fails, is not started, finds what should not be there or is missing.

The minutes in between are not collected: what says so is left out of what these scenes are judged by.
"""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Final

from contract.metrics import HEALTH_NAMESPACE
from tests.end_to_end_alarms.minutes import RECOVERY
from tests.end_to_end_alarms.stack import MAIN
from tests.end_to_end_alarms.stage import MINUTE, Stage
from tests.sandbox.aws import Fault as AwsFault
from tests.sandbox.schedule.deployed_schedule import Schedule

DAY: Final = timedelta(days=1)


def _empty_the_queues_later(stage: Stage, after: int = 30) -> None:
    """A queue that has slept tells of its messages a quarter of an hour after the first."""
    stage.minutes(after, only=_hourly(stage))
    stage.empty_queues()


def _compactor_fails(stage: Stage, hours: int) -> None:
    role = stage.sandbox.compacting.role
    stage.sandbox.aws.faults.add(AwsFault("refuse", service="s3", operation="ListObjectsV2", role=role, times=None))
    stage.hours(hours)
    stage.sandbox.aws.faults.clear()
    _empty_the_queues_later(stage)


def the_compactor_fails_in_every_hour(stage: Stage) -> None:
    _compactor_fails(stage, 7)
    stage.hours(3)


def the_compactor_fails_in_one_hour(stage: Stage) -> None:
    _compactor_fails(stage, 1)
    stage.hours(3)


def the_compactor_is_not_started(stage: Stage) -> None:
    stage.minutes(7 * 60, only=lambda _schedule: False)
    stage.hours(2)


def the_compactor_is_not_started_for_two_hours(stage: Stage) -> None:
    stage.minutes(2 * 60, only=lambda _schedule: False)
    stage.hours(2)


def lambda_has_no_room_for_the_compactor(stage: Stage) -> None:
    _no_room(stage, hours=2)
    stage.hours(3)


def lambda_has_no_room_for_the_compactor_in_one_hour(stage: Stage) -> None:
    _no_room(stage, hours=1)
    stage.hours(2)


def _no_room(stage: Stage, hours: int) -> None:
    """Lambda tries an event for an hour before it drops it."""
    stage.sandbox.trouble.throttled[stage.sandbox.compacting.deployment.arn] = lambda _at: True
    stage.hours(hours)
    stage.sandbox.trouble.clear()
    _empty_the_queues_later(stage, after=90)


def _cloudwatch_refuses(stage: Stage) -> None:
    """One minute of `main` is saved, and not published."""
    stage.sandbox.aws.faults.add(
        AwsFault("refuse", service="cloudwatch", operation="PutMetricData", role="?*", times=None)
    )
    stage.minutes(1, only=lambda schedule: schedule.name == MAIN)
    stage.sandbox.aws.faults.clear()


def a_minute_is_not_published(stage: Stage) -> None:
    """Until a replay sends it, whose last datum is the mark that the minute is whole."""
    minute = stage.now - MINUTE
    _cloudwatch_refuses(stage)
    stage.hours(2)
    stage.empty_queues()
    mark = {"MetricName": "Published", "Timestamp": minute, "Value": 1.0, "Unit": "Count"}
    stage.sandbox.aws.client("cloudwatch").put_metric_data(
        Namespace=HEALTH_NAMESPACE, MetricData=[mark | {"Dimensions": [{"Name": "Source", "Value": MAIN}]}]
    )
    stage.hours(2)


def a_minute_is_not_published_yet(stage: Stage) -> None:
    """When the compactor looks, at twenty past, the minute is not a quarter of an hour old."""
    stage.minutes(60 - stage.now.minute + 14, only=_hourly(stage))
    _cloudwatch_refuses(stage)
    stage.minutes(RECOVERY, only=_hourly(stage))


def _hourly(stage: Stage) -> Callable[[Schedule], bool]:
    hourly = stage.sandbox.compaction_schedule
    return lambda schedule: schedule.name == hourly.name


def _put(stage: Stage, day: date, name: str, body: bytes) -> None:
    sandbox = stage.sandbox
    sandbox.s3.put_object(Bucket=sandbox.bucket, Key=f"raw/dt={day}/{name}", Body=body)


def a_foreign_file_lies_in_a_closed_day(stage: Stage) -> None:
    _put(stage, stage.now.date() - DAY, "notes.txt", b"remember the milk")
    stage.hours(2)


def a_foreign_file_lies_in_today(stage: Stage) -> None:
    _put(stage, stage.now.date(), "notes.txt", b"remember the milk")
    stage.hours(2)
