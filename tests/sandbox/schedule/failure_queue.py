"""The SQS queue that takes what could not be delivered or processed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from types_boto3_sqs import SQSClient


@dataclass(frozen=True, slots=True)
class FailureQueue:
    """One deployed queue."""

    url: str
    sqs: "SQSClient"

    @classmethod
    def deployed_at(cls, arn: str, sqs: "SQSClient") -> Self:
        """Find the queue. Raises ValueError when the ARN is not SQS's, and SQS's QueueDoesNotExist."""
        _, _, service, _, _, name = arn.split(":", 5)
        if service != "sqs":
            raise ValueError(f"{arn}: the sandbox sends failures to SQS only")
        return cls(sqs.get_queue_url(QueueName=name)["QueueUrl"], sqs)

    def send(self, body: str, attributes: Mapping[str, str]) -> None:
        """Put a message with these attributes, all of them strings, into the queue."""
        typed: Any = {name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()}
        self.sqs.send_message(QueueUrl=self.url, MessageBody=body, MessageAttributes=typed)
