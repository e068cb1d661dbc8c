"""The collector as a Lambda function: how much it gets, how long it may take, what happens when it fails."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final, cast

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sqs as sqs
from constructs import Construct

HANDLER: Final = "collector.handler.handler"
TIMEOUT_SECONDS: Final = 55
"""Shorter than the minute between two runs, which the rate budget counts on."""
EVENT_AGE_SECONDS: Final = 60
"""The shortest that Lambda knows. An event that waited longer would read another minute."""


class Collector(Construct):
    """The function, which takes one event for each source and minute."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        bundle: Path,
        role: iam.IRole,
        log_group: logs.ILogGroup,
        failures: sqs.IQueue,
        environment: Mapping[str, str],
        debug: bool,
        reserved_concurrency: int | None,
    ) -> None:
        """Create the function. What it may do is the role's affair alone: nothing is granted here."""
        super().__init__(scope, construct_id)
        self.function = lambda_.Function(
            self,
            "Function",
            description="Polls Cloudflare Spectrum usage every minute into S3 and CloudWatch",
            code=lambda_.Code.from_asset(str(bundle)),
            handler=HANDLER,
            runtime=lambda_.Runtime.PYTHON_3_13,
            architecture=lambda_.Architecture.ARM_64,
            memory_size=512,
            timeout=cdk.Duration.seconds(TIMEOUT_SECONDS),
            role=role,
            environment=environment,
            log_group=log_group,
            logging_format=lambda_.LoggingFormat.JSON,
            # Lambda drops lines below this level, and takes a metric line, which has none, for INFO. Powertools follows
            # this level rather than its own variable.
            # https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html
            application_log_level_v2=(lambda_.ApplicationLogLevel.DEBUG if debug else lambda_.ApplicationLogLevel.INFO),
            reserved_concurrent_executions=reserved_concurrency,
        )
        cdk.Validations.of(self.function).acknowledge(
            cdk.Acknowledgment(id="AwsSolutions-L1", reason="Python 3.13 is what the bundle is made for.")
        )
        # The construct makes the function wait for its role, which it refers to anyway; cfn-lint finds that twice.
        cast(cdk.CfnResource, self.function.node.default_child).add_metadata(
            "cfn-lint", {"config": {"ignore_checks": ["W3005"]}}
        )
        # A repeated run would read another minute than the one it was asked for: it retries inside, while it is time.
        lambda_.CfnEventInvokeConfig(
            self,
            "Invocations",
            function_name=self.function.function_name,
            qualifier="$LATEST",
            maximum_retry_attempts=0,
            maximum_event_age_in_seconds=EVENT_AGE_SECONDS,
            destination_config=lambda_.CfnEventInvokeConfig.DestinationConfigProperty(
                on_failure=lambda_.CfnEventInvokeConfig.OnFailureProperty(destination=failures.queue_arn)
            ),
        )
