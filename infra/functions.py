"""The two Lambda functions with their log group, dead-letter queues and schedules."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, cast

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from contract import environment
from infra.configuration import Configuration


@dataclass(frozen=True, slots=True)
class FunctionSpec:
    """What a function runs, how much it gets for that, and how long it and its events may take."""

    description: str
    handler: str
    environment: Mapping[str, str]
    memory_mb: int
    timeout_s: int
    event_age_s: int
    """How long an event may wait in Lambda's queue, at least 60."""
    scratch_mb: int = 512
    """Its `/tmp`."""
    reserved_concurrency: int | None = None
    """Concurrent runs reserved for it; none: it shares the account's."""


class EventFunction(Construct):
    """A function that takes one event at a time from the schedules.

    What it may do is its role's affair alone: nothing is granted here.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        program: FunctionSpec,
        bundle: Path,
        role: iam.IRole,
        log_group: logs.ILogGroup,
        failures: sqs.IQueue,
        debug: bool,
    ) -> None:
        """Create the function from the folder `bundle`; events that failed or waited too long go to `failures`."""
        super().__init__(scope, construct_id)
        self.function = lambda_.Function(
            self,
            "Function",
            description=program.description,
            code=lambda_.Code.from_asset(str(bundle)),
            handler=program.handler,
            runtime=lambda_.Runtime.PYTHON_3_13,
            architecture=lambda_.Architecture.ARM_64,
            memory_size=program.memory_mb,
            timeout=cdk.Duration.seconds(program.timeout_s),
            ephemeral_storage_size=cdk.Size.mebibytes(program.scratch_mb),
            role=role,
            environment=program.environment,
            log_group=log_group,
            logging_format=lambda_.LoggingFormat.JSON,
            # Lambda drops lines below this level, and takes a metric line, which has none, for INFO. Powertools follows
            # this level rather than its own variable.
            # https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html
            application_log_level_v2=(lambda_.ApplicationLogLevel.DEBUG if debug else lambda_.ApplicationLogLevel.INFO),
            reserved_concurrent_executions=program.reserved_concurrency,
        )
        cdk.Validations.of(self.function).acknowledge(
            cdk.Acknowledgment(id="AwsSolutions-L1", reason="Python 3.13 is what the bundle is made for.")
        )
        # The construct makes the function wait for its role, which it refers to anyway; cfn-lint finds that twice.
        cast(cdk.CfnResource, self.function.node.default_child).add_metadata(
            "cfn-lint", {"config": {"ignore_checks": ["W3005"]}}
        )
        lambda_.CfnEventInvokeConfig(
            self,
            "Invocations",
            function_name=self.function.function_name,
            qualifier="$LATEST",
            maximum_retry_attempts=0,
            maximum_event_age_in_seconds=program.event_age_s,
            destination_config=lambda_.CfnEventInvokeConfig.DestinationConfigProperty(
                on_failure=lambda_.CfnEventInvokeConfig.OnFailureProperty(destination=failures.queue_arn)
            ),
        )


class RunLog(Construct):
    """The log group, kept when the stack is deleted: rows that S3 would not take stand only here."""

    def __init__(self, scope: Construct, construct_id: str, *, retention_days: int) -> None:
        """Create the log group; lines older than `retention_days` go."""
        super().__init__(scope, construct_id)
        self.log_group = logs.LogGroup(self, "LogGroup", removal_policy=cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE)
        # The L2 construct takes names for the possible numbers of days; the configuration has checked the number.
        cast(logs.CfnLogGroup, self.log_group.node.default_child).retention_in_days = retention_days


class DeadLetters(Construct):
    """A queue that keeps lost events for 14 days, encrypted, TLS only."""

    def __init__(self, scope: Construct, construct_id: str) -> None:
        """Create the queue."""
        super().__init__(scope, construct_id)
        self.queue = sqs.Queue(
            self,
            "Queue",
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            retention_period=cdk.Duration.days(14),
        )
        cdk.Validations.of(self.queue).acknowledge(
            cdk.Acknowledgment(
                id="AwsSolutions-SQS3", reason="This is where dead letters go; nothing consumes it that could fail."
            )
        )


COLLECTOR_HANDLER: Final = "collector.handler.handler"
COLLECTOR_TIMEOUT_S: Final = 55
"""Shorter than the minute between two runs, which the rate budget counts on."""
COLLECTOR_EVENT_AGE_S: Final = 60
"""The shortest that Lambda knows. An event that waited longer would read another minute.

Nor is a failed one run again: the collector retries inside, while it is time.
"""


def collector(configuration: Configuration, *, bucket: str) -> FunctionSpec:
    """Take one event for each source and minute."""
    return FunctionSpec(
        description="Polls Cloudflare Spectrum usage every minute into S3 and CloudWatch",
        handler=COLLECTOR_HANDLER,
        environment={
            environment.BUCKET: bucket,
            environment.BASE_URL: environment.DEFAULT_BASE_URL,
            environment.LOG_LEVEL: configuration.log_level,
        },
        memory_mb=512,
        timeout_s=COLLECTOR_TIMEOUT_S,
        event_age_s=COLLECTOR_EVENT_AGE_S,
        reserved_concurrency=configuration.reserved_concurrency,
    )


COMPACTOR_HANDLER: Final = "compactor.handler.handler"
COMPACTOR_TIMEOUT_S: Final = 900
"""The longest that Lambda knows. What one run does not finish, the next one does."""
COMPACTOR_EVENT_AGE_S: Final = 3600
"""An older event is the next hour's affair."""
SCRATCH_MB: Final = 10_240
"""The most that Lambda gives, for a day that is larger than the memory. It is paid while the function runs."""


def compactor(configuration: Configuration, *, bucket: str) -> FunctionSpec:
    """Take one event an hour, or a day by hand."""
    return FunctionSpec(
        description="Turns each closed day of Spectrum usage into one Parquet object a table",
        handler=COMPACTOR_HANDLER,
        environment={
            environment.BUCKET: bucket,
            environment.LOG_LEVEL: configuration.log_level,
            environment.RAW_RETENTION_DAYS: str(configuration.raw_retention_days),
        },
        memory_mb=configuration.compactor_memory_mb,
        timeout_s=COMPACTOR_TIMEOUT_S,
        event_age_s=COMPACTOR_EVENT_AGE_S,
        scratch_mb=SCRATCH_MB,
    )


EVERY_MINUTE: Final = "cron(* * * * ? *)"
"""`rate(1 minute)` would start from the second in which the schedule was made."""
EVERY_HOUR: Final = "cron(20 * * * ? *)"
"""Past the quarter of an hour within which a day's last minute may still arrive."""
SCHEDULED_TIME: Final = "<aws.scheduler.scheduled-time>"
"""Replaced by the scheduler: https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html"""


@dataclass(frozen=True, slots=True)
class ScheduleSpec:
    """One schedule: when it starts what with which event, and how long it tries."""

    name: str
    description: str
    expression: str
    function_arn: str
    event: Mapping[str, str]
    retries: int
    event_age_s: int


def poll(source: str, function_arn: str) -> ScheduleSpec:
    """Poll a source every minute.

    By default the scheduler would go on for a day with 185 attempts; a late attempt reads another minute.
    """
    return ScheduleSpec(
        name=source,
        description=f"Polls source {source} every minute",
        expression=EVERY_MINUTE,
        function_arn=function_arn,
        event={"source": source, "scheduled_time": SCHEDULED_TIME},
        retries=1,
        event_age_s=60,
    )


def compaction(function_arn: str) -> ScheduleSpec:
    """Look every hour for what is to be compacted. Past half an hour, the next schedule is as good."""
    return ScheduleSpec(
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
        starts: Iterable[ScheduleSpec],
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
