"""Metrics as log lines in embedded metric format: no call, so they get out when CloudWatch's API does not answer."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from aws_lambda_powertools.metrics import EphemeralMetrics

from contract.metrics import BY_NAME, HEALTH_NAMESPACE


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
