"""What alarms and dashboard name of the deployment, before CloudFormation has named it."""

from collections.abc import Mapping
from enum import StrEnum


class Deployed(StrEnum):
    """A name that the deployment decides. In texts it stands as `<FunctionName>`, as in docs/operations.md."""

    COLLECTOR = "FunctionName"
    COMPACTOR = "CompactorName"
    BUCKET = "BucketName"
    LOG = "LogGroupName"
    FAILURES = "FailureQueueName"
    FAILURES_URL = "FailureQueueUrl"
    MISSED = "ScheduleQueueName"
    MISSED_URL = "ScheduleQueueUrl"


def filled(text: str, names: Mapping[Deployed, str]) -> str:
    """Put the deployed names in the place of their marks."""
    for deployed, name in names.items():
        text = text.replace(f"<{deployed}>", name)
    return text
