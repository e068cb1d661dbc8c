"""What starts the runs: one schedule for each source, every minute, and one for the compactor, every hour."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from aws_cdk import aws_scheduler as scheduler
from constructs import Construct

EVERY_MINUTE: Final = "cron(* * * * ? *)"
"""`rate(1 minute)` would start from the second in which the schedule was made."""
EVERY_HOUR: Final = "cron(20 * * * ? *)"
"""Past the quarter of an hour within which a day's last minute may still arrive."""
SCHEDULED_TIME: Final = "<aws.scheduler.scheduled-time>"
"""Replaced by the scheduler: https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html"""


@dataclass(frozen=True, slots=True)
class Start:
    """One schedule: when it starts what with which event, and how long it tries."""

    name: str
    description: str
    expression: str
    function_arn: str
    event: Mapping[str, str]
    retries: int
    event_age_s: int


def poll(source: str, function_arn: str) -> Start:
    """Poll a source every minute.

    By default the scheduler would go on for a day with 185 attempts; a late attempt reads another minute.
    """
    return Start(
        name=source,
        description=f"Polls source {source} every minute",
        expression=EVERY_MINUTE,
        function_arn=function_arn,
        event={"source": source, "scheduled_time": SCHEDULED_TIME},
        retries=1,
        event_age_s=60,
    )


def compaction(function_arn: str) -> Start:
    """Look every hour for what is to be compacted. Past half an hour, the next schedule is as good."""
    return Start(
        name="hourly_compaction",  # With an underscore, which no source's name has.
        description="Compacts the days that have closed",
        expression=EVERY_HOUR,
        function_arn=function_arn,
        event={"scheduled_time": SCHEDULED_TIME},
        retries=2,
        event_age_s=1800,
    )


class Schedules(Construct):
    """The schedules, in the given group."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        starts: Iterable[Start],
        group: scheduler.CfnScheduleGroup,
        role_arn: str,
        dead_letters_arn: str,
    ) -> None:
        """Create one schedule for each start, called like it."""
        super().__init__(scope, construct_id)
        for start in starts:
            scheduler.CfnSchedule(
                self,
                start.name,
                name=start.name,
                group_name=group.ref,
                description=start.description,
                schedule_expression=start.expression,
                flexible_time_window=scheduler.CfnSchedule.FlexibleTimeWindowProperty(mode="OFF"),
                target=scheduler.CfnSchedule.TargetProperty(
                    arn=start.function_arn,
                    role_arn=role_arn,
                    input=json.dumps(start.event),
                    retry_policy=scheduler.CfnSchedule.RetryPolicyProperty(
                        maximum_retry_attempts=start.retries, maximum_event_age_in_seconds=start.event_age_s
                    ),
                    dead_letter_config=scheduler.CfnSchedule.DeadLetterConfigProperty(arn=dead_letters_arn),
                ),
            )
