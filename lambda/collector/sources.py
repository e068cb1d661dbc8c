"""What to poll: the sources and zones that `sources.json` declares."""

from dataclasses import dataclass
from datetime import timedelta

from contract import sources as shape


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

    @property
    def requests(self) -> tuple[Request, ...]:
        """Every request of a minute, in configured order."""
        return tuple(Request(zone, colo) for zone in self.zones for colo in zone.colos or (None,))


def source_from(declared: shape.Source) -> Source:
    """Build a source from its JSON. Raises KeyError, TypeError or ValueError when the file has another shape."""
    unknown = {*declared["metrics"]} - {*shape.TRAFFIC_METRICS} | {*declared["levels"]} - {*shape.LEVELS}
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
