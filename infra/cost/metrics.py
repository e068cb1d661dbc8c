"""CloudWatch's part, which is nearly all of it: custom metrics, alarms, dashboards, and the requests around them."""

import math
from collections.abc import Iterator, Sequence
from typing import Final

from contract.metrics import HEALTH_NAMESPACE, METRICS, Cadence, Metric
from infra.cost import measures, prices
from infra.cost.bill import Line, charge
from infra.cost.polling import Polling
from infra.cost.workload import Workload

SERVICE: Final = "CloudWatch"

_DAILY: Final = frozenset({"CompactedRows", "CompactionDuration", "RawObjectsDeleted"})
"""Sent in one hour of each day."""


def metric_lines(sources: Sequence[Polling], workload: Workload) -> Iterator[Line]:
    """Metrics by what they are of; the tiers are filled in this order."""
    before = 0.0
    for what, quantity in (
        ("zone metrics", sum(source.zone_metrics for source in sources)),
        ("application metrics", sum(source.application_metrics for source in sources)),
        ("health metrics", health_metrics(sources, workload)),
    ):
        yield from charge(SERVICE, what, quantity, prices.METRIC, before=before)
        before += quantity


def health_metrics(sources: Sequence[Polling], workload: Workload) -> float:
    """Health metrics, each as the share of the month's hours in which it is sent."""
    return sum(hours(metric, sources, workload) for metric in METRICS if metric.namespace == HEALTH_NAMESPACE)


def series(metric: Metric, sources: Sequence[Polling]) -> int:
    """How many series a health metric has at most, with one reason to fail at a time."""
    if ("Source", "Zone") in metric.dimensions:
        return sum(source.zones for source in sources)
    return len(sources) if any("Source" in dimensions for dimensions in metric.dimensions) else 1


def hours(metric: Metric, sources: Sequence[Polling], workload: Workload) -> float:
    """For how much of a month a health metric's series are sent, added up."""
    failing = workload.failing_share
    if metric.name == "ZoneDown":
        return failing * series(metric, sources)
    if metric.name == "Failures":
        return sum(min(1.0, failing * source.zones) for source in sources)
    if metric.name == "MetricsDropped":
        return sum(source.dropped_metrics > 0 for source in sources)
    if metric.name in _DAILY:
        return series(metric, sources) / 24
    return series(metric, sources) if metric.cadence is not Cadence.AT_TIMES else 0.0


def request_lines(sources: Sequence[Polling]) -> Iterator[Line]:
    """What the collector sends by PutMetricData, and what the compactor asks for by GetMetricData."""
    # `Published` goes alone, last.
    puts = sum(math.ceil(source.metrics / measures.DATA_PER_PUT) + 1 for source in sources) * measures.MINUTES
    yield from charge(SERVICE, "PutMetricData", puts, prices.API_REQUEST)
    # It asks for `Published` of every source and watched minute, and again for each further page of the answer.
    points = len(sources) * measures.WATCHED_DAYS * measures.MINUTES_A_DAY
    reads = len(sources) * math.ceil(points / measures.DATA_POINTS_PER_PAGE) * measures.HOURS
    yield from charge(SERVICE, "GetMetricData", reads, prices.METRIC_READ)
