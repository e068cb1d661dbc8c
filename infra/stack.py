"""The stack: what there is, and how it is put together. Who may do what stands in `grants`."""

from typing import Final

import aws_cdk as cdk
from aws_cdk import aws_scheduler as scheduler
from constructs import Construct

from infra.bundle import Bundles
from infra.configuration import Configuration
from infra.cost import announcement
from infra.functions import DeadLetters, EventFunction, RunLog, Schedules, collector, compaction, compactor, poll
from infra.lake import Catalog, Queries
from infra.monitoring.alarm import Deployed
from infra.monitoring.alarms import alarms
from infra.monitoring.constructs import Alerting, Topic
from infra.monitoring.dashboard import Dashboard
from infra.permissions import collector_role, compactor_role, scheduler_role
from infra.storage import Credentials, Storage

_TAGS: Final = {"project": "spectrum-meter"}


class SpectrumMeter(cdk.Stack):
    """Polls every configured zone once a minute, keeps the answers, and makes them fit for queries."""

    def __init__(self, scope: Construct, construct_id: str, *, configuration: Configuration, bundles: Bundles) -> None:
        """Put the capabilities together; `bundles` are the folders that become the functions' code."""
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
        self._collector = self._collect(configuration, bundles)
        self._compactor = self._compact(configuration, bundles)
        self._schedule(configuration)
        self._catalog = Catalog(self, "Catalog", bucket=self._storage.bucket, configuration=configuration)
        self._queries = Queries(
            self, "Queries", database=self._catalog.database, scan_limit_gb=configuration.query_scan_limit_gb
        )
        self._topic = Topic(self, "Notices", email=configuration.alarms.email).topic
        names = self._names()
        Alerting(
            self,
            "Alarms",
            alarms=alarms(configuration),
            topic_arn=self._topic.topic_arn,
            names=names,
            runbook_url=configuration.alarms.runbook_url,
        )
        Dashboard(self, "Dashboard", configuration=configuration, names=names)
        self._outputs()
        self._announce(configuration)

    def _collect(self, configuration: Configuration, bundles: Bundles) -> EventFunction:
        bucket, log_group, failures = self._storage.bucket, self._log.log_group, self._failures.queue
        return EventFunction(
            self,
            "Collector",
            program=collector(configuration, bucket=bucket.bucket_name),
            bundle=bundles.collector,
            role=collector_role(
                self, bucket=bucket, secret_arns=self._credentials.arns, log_group=log_group, failures=failures
            ),
            log_group=log_group,
            failures=failures,
            debug=configuration.log_level == "DEBUG",
        )

    def _compact(self, configuration: Configuration, bundles: Bundles) -> EventFunction:
        bucket, log_group, failures = self._storage.bucket, self._log.log_group, self._failures.queue
        return EventFunction(
            self,
            "Compactor",
            program=compactor(configuration, bucket=bucket.bucket_name),
            bundle=bundles.compactor,
            role=compactor_role(self, bucket=bucket, log_group=log_group, failures=failures),
            log_group=log_group,
            failures=failures,
            debug=configuration.log_level == "DEBUG",
        )

    def _schedule(self, configuration: Configuration) -> None:
        polled, compacted = self._collector.function.function_arn, self._compactor.function.function_arn
        group = scheduler.CfnScheduleGroup(self, "ScheduleGroup", name=self.stack_name)
        role = scheduler_role(
            self, group_arn=group.attr_arn, function_arns=[polled, compacted], missed=self._missed.queue
        )
        Schedules(
            self,
            "Schedules",
            starts=[*(poll(source.name, polled) for source in configuration.sources), compaction(compacted)],
            group=group,
            role_arn=role.role_arn,
            dead_letters_arn=self._missed.queue.queue_arn,
        )

    def _names(self) -> dict[Deployed, str]:
        """Tell what alarms and dashboard name of this deployment."""
        return {
            Deployed.REGION: self.region,
            Deployed.ACCOUNT: self.account,
            Deployed.PARTITION: self.partition,
            Deployed.COLLECTOR: self._collector.function.function_name,
            Deployed.COMPACTOR: self._compactor.function.function_name,
            Deployed.BUCKET: self._storage.bucket.bucket_name,
            Deployed.LOG: self._log.log_group.log_group_name,
            Deployed.WORKGROUP: self._queries.workgroup.ref,
            Deployed.INVOKE_DLQ: self._failures.queue.queue_name,
            Deployed.FAILURES_URL: self._failures.queue.queue_url,
            Deployed.SCHEDULE_DLQ: self._missed.queue.queue_name,
            Deployed.MISSED_URL: self._missed.queue.queue_url,
        }

    def _outputs(self) -> None:
        """Say what was made, and what to run next."""
        cdk.CfnOutput(self, "BucketName", value=self._storage.bucket.bucket_name)
        cdk.CfnOutput(self, "FunctionName", value=self._collector.function.function_name)
        cdk.CfnOutput(self, "CompactorName", value=self._compactor.function.function_name)
        cdk.CfnOutput(self, "DatabaseName", value=self._catalog.database.ref)
        cdk.CfnOutput(self, "WorkgroupName", value=self._queries.workgroup.ref)
        cdk.CfnOutput(self, "LogGroupName", value=self._log.log_group.log_group_name)
        cdk.CfnOutput(self, "FailureQueueUrl", value=self._failures.queue.queue_url, description="Runs that failed")
        cdk.CfnOutput(
            self, "ScheduleQueueUrl", value=self._missed.queue.queue_url, description="Runs that were not started"
        )
        cdk.CfnOutput(self, "TopicArn", value=self._topic.topic_arn, description="Where alarms are told")
        for number, name in enumerate(self._credentials.created, start=1):
            cdk.CfnOutput(
                self,
                f"PutSecret{number}",
                value=f"aws secretsmanager put-secret-value --region {self.region} --secret-id {name} "
                "--secret-string file:///dev/stdin",
                description="Run this, paste the Cloudflare token, press Enter and Ctrl-D",
            )

    def _announce(self, configuration: Configuration) -> None:
        """Say what it will cost, while it can still be changed."""
        said = announcement(configuration)
        if said.warns:
            cdk.Annotations.of(self).add_warning_v2("spectrum-meter:monthly-limit", said.text)
        else:
            # Not beside a warning: the CLI then leaves information out.
            cdk.Annotations.of(self).add_info(said.text)
