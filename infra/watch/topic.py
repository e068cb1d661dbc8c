"""Whom alarms tell: one SNS topic, and a mail address if the configuration has one."""

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sns as sns
from constructs import Construct

from infra.watch.alarm import PREFIX


class Topic(Construct):
    """A topic that this account's alarms of this name may publish to, over TLS only.

    Without a KMS key: alarms cannot publish under the key that AWS manages for SNS, as its policy cannot be changed to
    let them (https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html#compatibility-with-aws-services), and a
    key of one's own is a dollar a month for texts that hold names and numbers, and leave by mail anyway.
    """

    def __init__(self, scope: Construct, construct_id: str, *, email: str | None) -> None:
        """Create the topic; `email` gets a mail that asks to confirm, and nothing before that is done."""
        super().__init__(scope, construct_id)
        self.topic = sns.Topic(self, "Topic", display_name="Spectrum Meter", enforce_ssl=True)
        stack = cdk.Stack.of(self)
        self.topic.add_to_resource_policy(
            iam.PolicyStatement(
                sid="AlarmsOfThisStack",
                principals=[iam.ServicePrincipal("cloudwatch.amazonaws.com")],
                actions=["sns:Publish"],
                resources=[self.topic.topic_arn],
                conditions={
                    "StringEquals": {"aws:SourceAccount": stack.account},
                    "ArnLike": {
                        "aws:SourceArn": stack.format_arn(
                            service="cloudwatch",
                            resource="alarm",
                            resource_name=f"{PREFIX}-*",
                            arn_format=cdk.ArnFormat.COLON_RESOURCE_NAME,
                        )
                    },
                },
            )
        )
        if email:
            sns.CfnSubscription(self, "Email", topic_arn=self.topic.topic_arn, protocol="email", endpoint=email)
