"""The stack: what there is, and who may do what. Every permission stands in this file."""

from pathlib import Path
from typing import Final, cast

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_scheduler as scheduler
from constructs import Construct

from contract import environment
from contract.metrics import HEALTH_NAMESPACE, TRAFFIC_NAMESPACE
from contract.raw import CATALOG_PREFIX, RAW_PREFIX
from infra.collector import Collector
from infra.configuration import Configuration
from infra.credentials import Credentials
from infra.dead_letters import DeadLetters
from infra.run_log import RunLog
from infra.schedule import Schedules
from infra.storage import Storage

_TAGS: Final = {"project": "spectrum-meter"}


class SpectrumMeter(cdk.Stack):
    """Polls every configured zone once a minute, and keeps the answers."""

    def __init__(self, scope: Construct, construct_id: str, *, configuration: Configuration, bundle: Path) -> None:
        """Put the capabilities together; `bundle` is the folder that becomes the function's code."""
        super().__init__(
            scope, construct_id, description="Spectrum Meter: Cloudflare Spectrum usage, every minute", tags=_TAGS
        )
        for key, value in _TAGS.items():
            cdk.Tags.of(self).add(key, value)
        self._storage = Storage(self, "Storage")
        self._credentials = Credentials(self, "Credentials", sources=configuration.sources)
        self._log = RunLog(self, "Log", retention_days=configuration.log_retention_days)
        self._failures = DeadLetters(self, "Failures")
        self._missed = DeadLetters(self, "Missed")
        self._collector = Collector(
            self,
            "Collector",
            bundle=bundle,
            role=self._collector_role(),
            log_group=self._log.log_group,
            failures=self._failures.queue,
            environment={
                environment.BUCKET: self._storage.bucket.bucket_name,
                environment.BASE_URL: environment.DEFAULT_BASE_URL,
                environment.LOG_LEVEL: configuration.log_level,
            },
            debug=configuration.log_level == "DEBUG",
            reserved_concurrency=configuration.reserved_concurrency,
        )
        self._group = scheduler.CfnScheduleGroup(self, "ScheduleGroup", name=self.stack_name)
        Schedules(
            self,
            "Schedules",
            sources=[source.name for source in configuration.sources],
            group=self._group,
            function_arn=self._collector.function.function_arn,
            role_arn=self._scheduler_role().role_arn,
            dead_letters_arn=self._missed.queue.queue_arn,
        )
        self._outputs()

    def _collector_role(self) -> iam.Role:
        """Let the function do what one run does, and nothing else."""
        bucket = self._storage.bucket
        role = iam.Role(
            self,
            "CollectorRole",
            description="What a run of the collector may do",
            assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"),
            inline_policies={
                "collector": iam.PolicyDocument(
                    statements=[
                        iam.PolicyStatement(
                            sid="SaveMinutesAndNames",
                            actions=["s3:GetObject", "s3:PutObject"],
                            resources=[bucket.arn_for_objects(f"{prefix}*") for prefix in (RAW_PREFIX, CATALOG_PREFIX)],
                        ),
                        iam.PolicyStatement(
                            # For a missing key S3 answers 404 to those who may list the bucket, 403 to others. No
                            # condition on s3:prefix: HEAD has no prefix, and AWS does not say what would be compared.
                            # https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html
                            sid="TellMissingFromForbidden",
                            actions=["s3:ListBucket"],
                            resources=[bucket.bucket_arn],
                        ),
                        iam.PolicyStatement(
                            sid="ReadCredentials",
                            actions=["secretsmanager:GetSecretValue"],
                            resources=self._credentials.arns,
                        ),
                        iam.PolicyStatement(
                            # CloudWatch knows no resources to name here, only this condition:
                            # https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/iam-cw-condition-keys-namespace.html
                            sid="PublishMetrics",
                            actions=["cloudwatch:PutMetricData"],
                            resources=["*"],
                            conditions={
                                "StringEquals": {"cloudwatch:namespace": [TRAFFIC_NAMESPACE, HEALTH_NAMESPACE]}
                            },
                        ),
                        iam.PolicyStatement(
                            sid="WriteLog",
                            actions=["logs:CreateLogStream", "logs:PutLogEvents"],
                            resources=[self._log.log_group.log_group_arn],
                        ),
                        iam.PolicyStatement(
                            sid="ReportFailedRuns",
                            actions=["sqs:SendMessage"],
                            resources=[self._failures.queue.queue_arn],
                        ),
                    ]
                )
            },
        )
        bucket_id = self.get_logical_id(cast(cdk.CfnElement, bucket.node.default_child))
        cdk.Validations.of(role).acknowledge(
            *(
                cdk.Acknowledgment(
                    id=f"AwsSolutions-IAM5[Resource::<{bucket_id}.Arn>/{prefix}*]",
                    reason="One object for each minute, or source: their keys cannot be listed beforehand.",
                )
                for prefix in (RAW_PREFIX, CATALOG_PREFIX)
            ),
            cdk.Acknowledgment(
                id="AwsSolutions-IAM5[Resource::*]",
                reason="PutMetricData knows no resources; a condition binds it to the two namespaces.",
            ),
        )
        return role

    def _scheduler_role(self) -> iam.Role:
        """Let the schedules of this stack start the function, and report what they could not start."""
        return iam.Role(
            self,
            "SchedulerRole",
            description="What the schedules may do",
            # https://docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html
            assumed_by=iam.ServicePrincipal(
                "scheduler.amazonaws.com",
                conditions={"StringEquals": {"aws:SourceAccount": self.account, "aws:SourceArn": self._group.attr_arn}},
            ),
            inline_policies={
                "schedules": iam.PolicyDocument(
                    statements=[
                        iam.PolicyStatement(
                            sid="StartRuns",
                            actions=["lambda:InvokeFunction"],
                            resources=[self._collector.function.function_arn],
                        ),
                        iam.PolicyStatement(
                            sid="ReportMissedRuns",
                            actions=["sqs:SendMessage"],
                            resources=[self._missed.queue.queue_arn],
                        ),
                    ]
                )
            },
        )

    def _outputs(self) -> None:
        """Say what was made, and what to run next."""
        cdk.CfnOutput(self, "BucketName", value=self._storage.bucket.bucket_name)
        cdk.CfnOutput(self, "FunctionName", value=self._collector.function.function_name)
        cdk.CfnOutput(self, "LogGroupName", value=self._log.log_group.log_group_name)
        cdk.CfnOutput(self, "FailureQueueUrl", value=self._failures.queue.queue_url, description="Runs that failed")
        cdk.CfnOutput(
            self, "ScheduleQueueUrl", value=self._missed.queue.queue_url, description="Runs that were not started"
        )
        for number, name in enumerate(self._credentials.created, start=1):
            cdk.CfnOutput(
                self,
                f"PutSecret{number}",
                value=f"aws secretsmanager put-secret-value --region {self.region} --secret-id {name} "
                "--secret-string file:///dev/stdin",
                description="Run this, paste the Cloudflare token, press Enter and Ctrl-D",
            )
