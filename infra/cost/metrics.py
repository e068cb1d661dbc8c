"""CloudWatch's part, which is nearly all of it: custom metrics, alarms, dashboards, and the requests around them."""

import math
from collections.abc import Iterator, Sequence
from typing import Final

from contract.metrics import HEALTH_NAMESPACE, METRICS, Metric
from infra.cost import measures, prices
from infra.cost.bill import Line, charge
from infra.cost.polling import Polling
from infra.cost.workload import Workload

SERVICE: Final = "CloudWatch"

_STEADY: Final = frozenset({"RateLimitRemaining", "RateLimitUsed", "CatalogAge"})
"""Declared as sparse, because an answer without the header has none, and sent in every run that went well."""
_DAILY: Final = frozenset({"CompactedRows", "CompactionDuration", "RawObjectsEnded"})
"""Sent in one hour of each day."""


def metric_lines(sources: Sequence[Polling], workload: Workload) -> Iterator[Line]:
    """Metrics by what they are of; the tiers are filled in this order."""
    before = 0.0
    for what, quantity in (
        ("health metrics", health_metrics(sources, workload)),
        ("zone metrics", sum(source.zone_metrics for source in sources)),
        ("application metrics", sum(source.application_metrics for source in sources)),
    ):
        yield from charge(SERVICE, what, quantity, prices.METRIC, before=before)
        before += quantity


def health_metrics(sources: Sequence[Polling], workload: Workload) -> float:
    """Health metrics, each as the share of the month's hours in which it is sent."""
    return sum(_hours(metric, sources, workload) for metric in METRICS if metric.namespace == HEALTH_NAMESPACE)


def _hours(metric: Metric, sources: Sequence[Polling], workload: Workload) -> float:
    failing = workload.failing_share
    if metric.name == "ZoneDown":
        return failing * sum(source.zones for source in sources)
    if metric.name == "Failures":
        # One reason in each hour in which a zone fails.
        return sum(min(1.0, failing * source.zones) for source in sources)
    if metric.name == "MetricsDropped":
        return sum(source.dropped_metrics > 0 for source in sources)
    number = len(sources) if ("Source",) in metric.dimensions else 1
    if metric.name in _DAILY:
        return number / 24
    return number if metric.name in _STEADY or not metric.sparse else 0.0


def request_lines(sources: Sequence[Polling]) -> Iterator[Line]:
    """What the collector sends by PutMetricData, and what the compactor asks for by GetMetricData."""
    # `Published` goes alone, last.
    puts = sum(math.ceil(source.metrics / measures.DATA_PER_PUT) + 1 for source in sources) * measures.MINUTES
    yield from charge(SERVICE, "PutMetricData", puts, prices.API_REQUEST)
    # It asks for `Published` of every source and watched minute, and again for each further page of the answer.
    points = len(sources) * measures.WATCHED_DAYS * measures.MINUTES_A_DAY
    reads = len(sources) * math.ceil(points / measures.DATA_POINTS_PER_PAGE) * measures.HOURS
    yield from charge(SERVICE, "GetMetricData", reads, prices.METRIC_READ)
