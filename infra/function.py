"""What both functions have in common: an arm64 Python that logs JSON, is never run twice, and reports its failures."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sqs as sqs
from constructs import Construct


@dataclass(frozen=True, slots=True)
class Program:
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
    """Concurrent runs set aside for it; none: it shares the account's."""


class EventFunction(Construct):
    """A function that takes one event at a time from the schedules.

    What it may do is its role's affair alone: nothing is granted here.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        program: Program,
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
