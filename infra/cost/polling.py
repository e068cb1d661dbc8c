"""What each source asks for and publishes in a minute, counted as the collector counts (publishing/series.py there)."""

from collections.abc import Iterable
from dataclasses import dataclass

from infra.configuration import Configuration
from infra.configuration.source import Source
from infra.configuration.zone import Zone
from infra.cost.workload import Workload


@dataclass(frozen=True, slots=True)
class Polling:
    """One source's minute."""

    source: str
    zones: int
    requests: int
    applications: int
    rows: int
    """Applications, once for each colo that they are polled by."""
    zone_metrics: int
    application_metrics: int
    """Those that `metric_limit` lets in."""
    dropped_metrics: int

    @property
    def metrics(self) -> int:
        """Traffic metrics, and data of a minute in which every application has connections."""
        return self.zone_metrics + self.application_metrics


def pollings(configuration: Configuration, workload: Workload) -> tuple[Polling, ...]:
    """Count every source's minute."""
    return tuple(_polling(source, configuration, workload) for source in configuration.sources)


def _polling(source: Source, configuration: Configuration, workload: Workload) -> Polling:
    applications = [(zone, workload.applications_of(zone)) for zone in source.zones]
    kept, dropped = _under_limit(applications, configuration)
    return Polling(
        source=source.name,
        zones=len(source.zones),
        requests=source.demand.total,
        applications=sum(number for _, number in applications),
        rows=sum(number * zone.requests for zone, number in applications),
        zone_metrics=len(source.zones) * len(configuration.metrics) if "zone" in configuration.levels else 0,
        application_metrics=kept,
        dropped_metrics=dropped,
    )


def _under_limit(applications: Iterable[tuple[Zone, int]], configuration: Configuration) -> tuple[int, int]:
    """Application metrics inside and outside the limit: in configured order, and none after the first that is out."""
    if "application" not in configuration.levels:
        return 0, 0
    kept = dropped = 0
    for zone, number in applications:
        each = len(configuration.metrics) * zone.requests
        fitting = 0 if dropped else min(number, (configuration.metric_limit - kept) // each)
        kept += fitting * each
        dropped += (number - fitting) * each
    return kept, dropped
