"""Who may do what. Every permission of the stack stands in this file."""

from collections.abc import Sequence
from typing import cast

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from contract.lake import HISTORY_PREFIX, REPORT_PREFIX
from contract.metrics import HEALTH_NAMESPACE, TRAFFIC_NAMESPACE
from contract.raw import CATALOG_PREFIX, RAW_PREFIX


def collector_role(
    scope: Construct, *, bucket: s3.IBucket, secret_arns: Sequence[str], log_group: logs.ILogGroup, failures: sqs.IQueue
) -> iam.Role:
    """Let the collector do what one run does, and nothing else."""
    role = _function_role(
        scope,
        "CollectorRole",
        "What a run of the collector may do",
        iam.PolicyStatement(
            sid="SaveMinutesAndNames",
            actions=["s3:GetObject", "s3:PutObject"],
            resources=_objects(bucket, RAW_PREFIX, CATALOG_PREFIX),
        ),
        _tell_missing_from_forbidden(bucket),
        iam.PolicyStatement(
            sid="ReadCredentials", actions=["secretsmanager:GetSecretValue"], resources=list(secret_arns)
        ),
        iam.PolicyStatement(
            # CloudWatch knows no resources to name here, only this condition:
            # https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/iam-cw-condition-keys-namespace.html
            sid="PublishMetrics",
            actions=["cloudwatch:PutMetricData"],
            resources=["*"],
            conditions={"StringEquals": {"cloudwatch:namespace": [TRAFFIC_NAMESPACE, HEALTH_NAMESPACE]}},
        ),
        *_log_and_failures(log_group, failures),
    )
    cdk.Validations.of(role).acknowledge(
        *_acknowledged(bucket, RAW_PREFIX, CATALOG_PREFIX),
        cdk.Acknowledgment(
            id="AwsSolutions-IAM5[Resource::*]",
            reason="PutMetricData knows no resources; a condition binds it to the two namespaces.",
        ),
    )
    return role


def compactor_role(
    scope: Construct, *, bucket: s3.IBucket, log_group: logs.ILogGroup, failures: sqs.IQueue
) -> iam.Role:
    """Let the compactor read days, write history and reports, and end raw: no other function may delete anything."""
    role = _function_role(
        scope,
        "CompactorRole",
        "What a run of the compactor may do",
        iam.PolicyStatement(
            sid="ReadDays", actions=["s3:GetObject"], resources=_objects(bucket, RAW_PREFIX, HISTORY_PREFIX)
        ),
        iam.PolicyStatement(
            sid="WriteHistory", actions=["s3:PutObject"], resources=_objects(bucket, HISTORY_PREFIX, REPORT_PREFIX)
        ),
        iam.PolicyStatement(sid="EndRaw", actions=["s3:DeleteObject"], resources=_objects(bucket, RAW_PREFIX)),
        _tell_missing_from_forbidden(bucket),
        iam.PolicyStatement(
            # It knows neither resources nor conditions:
            # https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatch.html
            sid="FindUnpublishedMinutes",
            actions=["cloudwatch:GetMetricData"],
            resources=["*"],
        ),
        *_log_and_failures(log_group, failures),
    )
    cdk.Validations.of(role).acknowledge(
        *_acknowledged(bucket, RAW_PREFIX, HISTORY_PREFIX, REPORT_PREFIX),
        cdk.Acknowledgment(
            id="AwsSolutions-IAM5[Resource::*]",
            reason="GetMetricData knows neither resources nor conditions; it only reads.",
        ),
    )
    return role


def scheduler_role(scope: Construct, *, group_arn: str, function_arns: Sequence[str], missed: sqs.IQueue) -> iam.Role:
    """Let the schedules of this stack start the functions, and report what they could not start."""
    return iam.Role(
        scope,
        "SchedulerRole",
        description="What the schedules may do",
        # https://docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html
        assumed_by=iam.ServicePrincipal(
            "scheduler.amazonaws.com",
            conditions={"StringEquals": {"aws:SourceAccount": cdk.Stack.of(scope).account, "aws:SourceArn": group_arn}},
        ),
        inline_policies={
            "grants": iam.PolicyDocument(
                statements=[
                    iam.PolicyStatement(
                        sid="StartRuns", actions=["lambda:InvokeFunction"], resources=list(function_arns)
                    ),
                    iam.PolicyStatement(
                        sid="ReportMissedRuns", actions=["sqs:SendMessage"], resources=[missed.queue_arn]
                    ),
                ]
            )
        },
    )


def _function_role(scope: Construct, name: str, description: str, *statements: iam.PolicyStatement) -> iam.Role:
    return iam.Role(
        scope,
        name,
        description=description,
        assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"),
        inline_policies={"grants": iam.PolicyDocument(statements=list(statements))},
    )


def _tell_missing_from_forbidden(bucket: s3.IBucket) -> iam.PolicyStatement:
    # For a missing key S3 answers 404 to those who may list the bucket, 403 to others. No condition on s3:prefix: HEAD
    # has no prefix, and AWS does not say what would be compared.
    # https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html
    return iam.PolicyStatement(sid="TellMissingFromForbidden", actions=["s3:ListBucket"], resources=[bucket.bucket_arn])


def _log_and_failures(log_group: logs.ILogGroup, failures: sqs.IQueue) -> tuple[iam.PolicyStatement, ...]:
    """What Lambda itself does with a function's role."""
    return (
        iam.PolicyStatement(
            sid="WriteLog",
            actions=["logs:CreateLogStream", "logs:PutLogEvents"],
            resources=[log_group.log_group_arn],
        ),
        iam.PolicyStatement(sid="ReportFailedRuns", actions=["sqs:SendMessage"], resources=[failures.queue_arn]),
    )


def _objects(bucket: s3.IBucket, *prefixes: str) -> list[str]:
    return [bucket.arn_for_objects(f"{prefix}*") for prefix in prefixes]


def _acknowledged(bucket: s3.IBucket, *prefixes: str) -> list[cdk.Acknowledgment]:
    bucket_id = cdk.Stack.of(bucket).get_logical_id(cast(cdk.CfnElement, bucket.node.default_child))
    return [
        cdk.Acknowledgment(
            id=f"AwsSolutions-IAM5[Resource::<{bucket_id}.Arn>/{prefix}*]",
            reason="One object for each minute, source or day: their keys cannot be listed beforehand.",
        )
        for prefix in prefixes
    ]
