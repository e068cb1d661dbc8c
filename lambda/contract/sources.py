"""`sources.json`, the file in the bundle that tells the collector what to poll.

The stack writes it from the checked `spectrum` context of cdk.json, the collector reads it. All keys are required;
`SourceEntry` and `ZoneEntry` are the file's JSON shape, not classes to build.

What to poll: the sources and zones that `sources.json` declares.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final, TypedDict

from contract.labels import label_of

TRAFFIC_METRICS: Final = ("BytesIngress", "BytesEgress", "Connections", "ConnectionDuration")

LEVELS: Final = ("zone", "application")


class ZoneEntry(TypedDict):
    """One zone to poll."""

    id: str
    """32 lower-case hexadecimal characters."""
    name: str | None
    """A configured name wins over the one that Cloudflare knows."""
    app_ids: list[str]
    """Only these applications; empty: all."""
    colos: list[str]
    """One request for each of these data centres (three-letter codes); empty: one request for all together."""


class SourceEntry(TypedDict):
    """A group of zones that share one credential."""

    name: str
    """Lower-case letters, digits and `-`, at most 32: it stands in S3 keys and schedule names."""
    secret: str
    """Name of the secret in Secrets Manager."""
    zones: list[ZoneEntry]
    spare_requests: int
    """Requests that one run may send on top of its polls, for retries and names (docs/decisions/005-rate-budget.md)."""
    metrics: list[str]
    """Which of TRAFFIC_METRICS to publish."""
    levels: list[str]
    """Which of LEVELS to publish them at."""
    metric_limit: int
    """Most distinct application metrics to publish; `{Zone}` metrics stand outside it."""
    catalog_minutes: int
    """How old names may become before they are fetched again, in minutes."""


class SourcesFile(TypedDict):
    """The whole file."""

    sources: list[SourceEntry]


@dataclass(frozen=True, slots=True)
class Zone:
    """A zone, and which part of it to ask for."""

    id: str
    name: str | None
    app_ids: tuple[str, ...]
    colos: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Request:
    """One call to Cloudflare: a zone, whole or as one data centre sees it."""

    zone: Zone
    colo: str | None


@dataclass(frozen=True, slots=True)
class Source:
    """A group of zones that share one credential, one schedule and one rate budget."""

    name: str
    secret: str
    zones: tuple[Zone, ...]
    spare_requests: int
    metrics: tuple[str, ...]
    levels: tuple[str, ...]
    metric_limit: int
    catalog_age: timedelta
    configured_labels: frozenset[str] = frozenset()
    """What zones with a name in cdk.json are called in CloudWatch, those of all sources."""

    @property
    def requests(self) -> tuple[Request, ...]:
        """Every request of a minute, in configured order."""
        return tuple(Request(zone, colo) for zone in self.zones for colo in zone.colos or (None,))


def source_from(declared: SourceEntry) -> Source:
    """Build a source from its JSON. Raises KeyError, TypeError or ValueError when the file has another"""
    unknown = {*declared["metrics"]} - {*TRAFFIC_METRICS} | {*declared["levels"]} - {*LEVELS}
    if unknown:
        raise ValueError(f"source {declared['name']}: unknown metrics or levels {sorted(unknown)}")
    return Source(
        name=declared["name"],
        secret=declared["secret"],
        zones=tuple(
            Zone(id=zone["id"], name=zone["name"], app_ids=tuple(zone["app_ids"]), colos=tuple(zone["colos"]))
            for zone in declared["zones"]
        ),
        spare_requests=int(declared["spare_requests"]),
        metrics=tuple(declared["metrics"]),
        levels=tuple(declared["levels"]),
        metric_limit=int(declared["metric_limit"]),
        catalog_age=timedelta(minutes=declared["catalog_minutes"]),
    )


def knowing_each_other(sources: Mapping[str, Source]) -> dict[str, Source]:
    """Tell each source which zone names cdk.json gives, as metrics name the zone and not the source."""
    labels = frozenset(label_of(zone.name) for source in sources.values() for zone in source.zones if zone.name)
    return {name: replace(source, configured_labels=labels) for name, source in sources.items()}
