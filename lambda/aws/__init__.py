"""What both functions know of AWS: how to read its errors, and how to print a metric into the log.

What AWS said when a call failed, in few words and without anything that was sent.

Metrics as log lines in embedded metric format: no call, so they get out when CloudWatch's API does not answer.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from aws_lambda_powertools.metrics import EphemeralMetrics
from botocore.exceptions import ClientError

from contract.metrics import BY_NAME, HEALTH_NAMESPACE


def status_of(error: ClientError) -> int:
    """The HTTP status of the answer."""
    return error.response["ResponseMetadata"]["HTTPStatusCode"]


def code_of(error: ClientError) -> str:
    """AWS's error code; for a HEAD, which has no body, the status as text."""
    return error.response["Error"].get("Code") or str(status_of(error))


def describe_error(error: Exception) -> str:
    """`SlowDown (HTTP 503) on PutObject`, or the kind of time-out or broken connection."""
    if isinstance(error, ClientError):
        return f"{code_of(error)} (HTTP {status_of(error)}) on {error.operation_name}"
    return type(error).__name__


def print_metrics(dimensions: Mapping[str, str], values: Mapping[str, Sequence[float]], moment: datetime) -> None:
    """Print health metrics as one line: their values by name (contract.metrics), all under these dimensions."""
    metrics = EphemeralMetrics(namespace=HEALTH_NAMESPACE)
    for name, value in dimensions.items():
        metrics.add_dimension(name, value)
    metrics.set_timestamp(int(moment.timestamp() * 1000))
    for name, numbers in values.items():
        for number in numbers:
            metrics.add_metric(name=name, unit=BY_NAME[name].unit, value=number)
    if metrics.metric_set:
        metrics.flush_metrics()
