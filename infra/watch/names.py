"""What alarms and dashboard name of the deployment, before CloudFormation has named it."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class Deployed(StrEnum):
    """A name that the deployment decides. In texts it stands as `<FunctionName>`, as in docs/operations.md."""

    REGION = "Region"
    ACCOUNT = "Account"
    PARTITION = "Partition"
    COLLECTOR = "FunctionName"
    COMPACTOR = "CompactorName"
    BUCKET = "BucketName"
    LOG = "LogGroupName"
    WORKGROUP = "WorkgroupName"
    FAILURES = "FailureQueueName"
    FAILURES_URL = "FailureQueueUrl"
    MISSED = "ScheduleQueueName"
    MISSED_URL = "ScheduleQueueUrl"


CONSOLE: Final = f"https://<{Deployed.REGION}>.console.aws.amazon.com"


def filled(text: str, names: Mapping[Deployed, str]) -> str:
    """Put the deployed names in the place of their marks."""
    for deployed, name in names.items():
        text = text.replace(f"<{deployed}>", name)
    return text
