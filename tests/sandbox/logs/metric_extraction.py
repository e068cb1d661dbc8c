"""CloudWatch Logs' own work on embedded metrics: finds them in the log and puts them into CloudWatch.

This is AWS's doing, not the function's: give it a client whose calls are not counted as the function's.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from tests.sandbox.aws.arrival import ARRIVALS
from tests.sandbox.logs.embedded_metrics import EmbeddedMetric, MalformedMetricsError, embedded_metrics

if TYPE_CHECKING:
    from types_boto3_cloudwatch import CloudWatchClient

_MAX_DATA: Final = 1000
"""Most data in one PutMetricData request."""
DELAY: Final = timedelta(seconds=10)
"""From a line's being logged to its metrics' being there. AWS says "asynchronously" and no more."""


@dataclass(frozen=True, slots=True)
class MalformedMetrics:
    """A line whose metrics CloudWatch would have dropped without telling the function."""

    line: str
    reason: str


class MetricExtraction:
    """Turns log lines into CloudWatch metrics. What it cannot take stands in `malformed`; tests assert it is empty."""

    def __init__(self, cloudwatch: "CloudWatchClient") -> None:
        """`cloudwatch`: the client for PutMetricData."""
        self._cloudwatch = cloudwatch
        self.malformed: list[MalformedMetrics] = []

    def extract(self, lines: Iterable[str], now: datetime) -> tuple[EmbeddedMetric, ...]:
        """Put the metrics of lines that were logged at `now` (simulated), each at its own timestamp; returns them."""
        found: list[EmbeddedMetric] = []
        for line in lines:
            try:
                found += embedded_metrics(line, now)
            except MalformedMetricsError as error:
                self.malformed.append(MalformedMetrics(line, str(error)))
        by_namespace: defaultdict[str, list[Any]] = defaultdict(list)
        for metric in found:
            by_namespace[metric.namespace].append(_datum(metric))
        for namespace, data in by_namespace.items():
            for start in range(0, len(data), _MAX_DATA):
                with ARRIVALS.delayed(DELAY):
                    self._cloudwatch.put_metric_data(Namespace=namespace, MetricData=data[start : start + _MAX_DATA])
        return tuple(found)


def _datum(metric: EmbeddedMetric) -> dict[str, Any]:
    counts = Counter(metric.values)
    return {
        "MetricName": metric.name,
        "Dimensions": [{"Name": name, "Value": value} for name, value in metric.dimensions.items()],
        "Timestamp": metric.timestamp,
        "Values": list(counts.keys()),
        "Counts": [float(count) for count in counts.values()],
        "Unit": metric.unit,
        "StorageResolution": metric.storage_resolution_s,
    }
