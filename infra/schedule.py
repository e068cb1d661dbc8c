"""What starts a run: one schedule for each source, on the minute."""

import json
from collections.abc import Sequence
from typing import Final

from aws_cdk import aws_scheduler as scheduler
from constructs import Construct

EVERY_MINUTE: Final = "cron(* * * * ? *)"
"""`rate(1 minute)` would start from the second in which the schedule was made."""
SCHEDULED_TIME: Final = "<aws.scheduler.scheduled-time>"
"""Replaced by the scheduler: https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html"""

_EVENT_AGE_SECONDS: Final = 60
_RETRIES: Final = 1


class Schedules(Construct):
    """The schedules, in the given group.

    By default the scheduler would go on for a day with 185 attempts; a late attempt reads another minute.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        sources: Sequence[str],
        group: scheduler.CfnScheduleGroup,
        function_arn: str,
        role_arn: str,
        dead_letters_arn: str,
    ) -> None:
        """Create one schedule for each source, called like it."""
        super().__init__(scope, construct_id)
        for source in sources:
            scheduler.CfnSchedule(
                self,
                source,
                name=source,
                group_name=group.ref,
                description=f"Polls source {source} every minute",
                schedule_expression=EVERY_MINUTE,
                flexible_time_window=scheduler.CfnSchedule.FlexibleTimeWindowProperty(mode="OFF"),
                target=scheduler.CfnSchedule.TargetProperty(
                    arn=function_arn,
                    role_arn=role_arn,
                    input=json.dumps({"source": source, "scheduled_time": SCHEDULED_TIME}),
                    retry_policy=scheduler.CfnSchedule.RetryPolicyProperty(
                        maximum_retry_attempts=_RETRIES, maximum_event_age_in_seconds=_EVENT_AGE_SECONDS
                    ),
                    dead_letter_config=scheduler.CfnSchedule.DeadLetterConfigProperty(arn=dead_letters_arn),
                ),
            )
