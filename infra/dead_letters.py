"""Queues for what could not be delivered or run."""

import aws_cdk as cdk
from aws_cdk import aws_sqs as sqs
from constructs import Construct


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
