"""The deployed schedules, as EventBridge Scheduler tells them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Self

from tests.sandbox.schedule.cron import Cron

if TYPE_CHECKING:
    from types_boto3_scheduler import EventBridgeSchedulerClient


@dataclass(frozen=True, slots=True)
class Schedule:
    """One deployed schedule."""

    name: str
    arn: str
    cron: Cron
    enabled: bool
    window_minutes: int
    """How much later than its time it may fire; 0: the flexible time window is off."""
    target_arn: str
    input_template: str
    """What the target gets, with `<aws.scheduler.…>` still to be filled in."""
    max_retries: int
    max_event_age_s: int
    dead_letter_arn: str | None

    @classmethod
    def from_answer(cls, answer: Mapping[str, Any]) -> Self:
        """Read GetSchedule's answer. Raises ValueError for a setting that this stand-in does not run as AWS would."""
        name, target, window = answer["Name"], answer["Target"], answer["FlexibleTimeWindow"]
        if (zone := answer.get("ScheduleExpressionTimezone", "UTC")) not in ("UTC", "Etc/UTC"):
            raise ValueError(f"schedule {name}: time zone {zone}; the sandbox runs UTC only")
        if answer.get("StartDate") or answer.get("EndDate"):
            raise ValueError(f"schedule {name}: the sandbox does not know start and end dates")
        if "Input" not in target:
            raise ValueError(f"schedule {name}: no input; AWS would send a notification of its own")
        retries = target.get("RetryPolicy", {})
        return cls(
            name=name,
            arn=answer["Arn"],
            cron=Cron.parse(answer["ScheduleExpression"]),
            enabled=answer.get("State", "ENABLED") == "ENABLED",
            window_minutes=window.get("MaximumWindowInMinutes", 0) if window["Mode"] == "FLEXIBLE" else 0,
            target_arn=target["Arn"],
            input_template=target["Input"],
            max_retries=retries.get("MaximumRetryAttempts", 185),
            max_event_age_s=retries.get("MaximumEventAgeInSeconds", 86400),
            dead_letter_arn=target.get("DeadLetterConfig", {}).get("Arn"),
        )

    def render(self, scheduled_time: datetime, execution_id: str, attempt: int) -> str:
        """The input with its context attributes filled in. Raises ValueError when that is not JSON, as Lambda does.

        https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html
        """
        text = self.input_template
        for attribute, value in {
            "schedule-arn": self.arn,
            "scheduled-time": f"{scheduled_time:%Y-%m-%dT%H:%M:%SZ}",
            "execution-id": execution_id,
            "attempt-number": str(attempt),
        }.items():
            text = text.replace(f"<aws.scheduler.{attribute}>", value)
        try:
            json.loads(text)
        except ValueError as error:
            raise ValueError(f"schedule {self.name}: its input is not JSON: {text}") from error
        return text


def deployed_schedules(scheduler: "EventBridgeSchedulerClient") -> tuple[Schedule, ...]:
    """Read every schedule of every group, by name."""
    pages = scheduler.get_paginator("list_schedules").paginate()
    listed = [schedule for page in pages for schedule in page["Schedules"]]
    answers = [scheduler.get_schedule(GroupName=entry["GroupName"], Name=entry["Name"]) for entry in listed]
    return tuple(sorted((Schedule.from_answer(answer) for answer in answers), key=lambda schedule: schedule.name))
