"""The rows of a minute as CloudWatch data: which series, under which names, and who is left out by the cap."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from collector.app_names import Catalog
from collector.rows import Application, Poll
from contract.labels import labels_of
from contract.raw import Outcome
from contract.sources import Source, Zone

DURATION: Final = "ConnectionDuration"


@dataclass(frozen=True, slots=True)
class Sample:
    """A statistic set: `count` values with this sum, minimum and maximum."""

    count: float
    sum: float
    minimum: float
    maximum: float


@dataclass(frozen=True, slots=True)
class Datum:
    """One value of one metric at one minute."""

    metric: str
    dimensions: tuple[tuple[str, str], ...]
    value: float | Sample


@dataclass(frozen=True, slots=True)
class Series:
    """A minute's data, and what is not among them."""

    data: tuple[Datum, ...]
    dropped_metrics: int
    """Distinct application metrics left out by the cap."""
    dropped_apps: tuple[str, ...]
    """Their applications, as `zone/label`."""


def zone_labels(source: Source, catalog: Catalog) -> Mapping[str, str]:
    """What each zone is called in CloudWatch, by id: its configured name, else the one that was read, else its id.

    A configured name is taken as it is: synth sees to it that no two are equal. A name that was read gets the beginning
    of the zone's id behind it if another zone of this source has it too, or cdk.json gives it to any zone.
    """
    configured = labels_of({zone.id: zone.name for zone in source.zones if zone.name})
    read = {zone.id: catalog.zone(zone.id).name for zone in source.zones if not zone.name}
    labels = configured | labels_of(read, {*configured.values(), *source.configured_labels})
    return {zone.id: labels[zone.id] for zone in source.zones}


def series_of(polls: Iterable[Poll], source: Source, catalog: Catalog) -> Series:
    """Turn collected rows into data. Whatever is not known has no datum: not zero, nothing."""
    labels = zone_labels(source, catalog)
    app_labels = {zone.id: catalog.zone(zone.id).app_labels() for zone in source.zones}
    by_zone: dict[str, list[Poll]] = {zone.id: [] for zone in source.zones}
    for poll in polls:
        by_zone[poll.zone_id].append(poll)
    kept, dropped = _under_cap(source, catalog)
    data: list[Datum] = []
    for zone in source.zones:
        rows = by_zone[zone.id]
        initialized = catalog.zone(zone.id).initialized
        whole = bool(rows) and all(poll.outcome is Outcome.COLLECTED for poll in rows)
        label = ("Zone", labels[zone.id])
        if "zone" in source.levels and whole and (initialized or zone.name):
            data += _data([app for poll in rows for app in poll.apps], (label,), source)
        if "application" in source.levels and initialized:
            inside = {app_id: name for app_id, name in app_labels[zone.id].items() if (zone.id, app_id) in kept}
            data += _application_data(rows, label, inside, source)
    return Series(
        data=tuple(data),
        dropped_metrics=sum(_metrics_of_app(zone, source) for zone, _ in dropped),
        dropped_apps=tuple(f"{labels[zone.id]}/{app_labels[zone.id][app_id]}" for zone, app_id in dropped),
    )


def _application_data(
    rows: list[Poll], zone: tuple[str, str], app_labels: Mapping[str, str], source: Source
) -> list[Datum]:
    data: list[Datum] = []
    for poll in rows:
        colo = (("Colo", poll.colo),) if poll.colo else ()
        for app in poll.apps:
            if app.app_id in app_labels:
                data += _data([app], (zone, ("Application", app_labels[app.app_id]), *colo), source)
    return data


def _under_cap(source: Source, catalog: Catalog) -> tuple[set[tuple[str, str]], list[tuple[Zone, str]]]:
    """Who has application series: in configured order, then by application id, as far as the cap reaches.

    CloudWatch bills each distinct metric by the hour, so the choice rests on what is known about the source and never
    on this minute's traffic: it is the same in every minute and after every cold start.
    """
    if "application" not in source.levels:
        return set(), []
    kept: set[tuple[str, str]] = set()
    dropped: list[tuple[Zone, str]] = []
    left = source.metric_limit
    for zone in source.zones:
        known = catalog.zone(zone.id).known_apps
        configured = [app_id for app_id in zone.app_ids if app_id in known]
        for app_id in configured if zone.app_ids else sorted(known):
            cost = _metrics_of_app(zone, source)
            if not dropped and cost <= left:
                left -= cost
                kept.add((zone.id, app_id))
            else:
                dropped.append((zone, app_id))
    return kept, dropped


def _metrics_of_app(zone: Zone, source: Source) -> int:
    return len(source.metrics) * max(1, len(zone.colos))


def _data(apps: list[Application], dimensions: tuple[tuple[str, str], ...], source: Source) -> list[Datum]:
    values: dict[str, float | Sample | None] = {
        "BytesIngress": float(sum(app.bytes_ingress for app in apps)),
        "BytesEgress": float(sum(app.bytes_egress for app in apps)),
        "Connections": sum((app.connections for app in apps), 0.0),
        DURATION: _duration(apps),
    }
    return [
        Datum(metric, dimensions, value)
        for metric, value in values.items()
        if metric in source.metrics and value is not None
    ]


def _duration(apps: list[Application]) -> Sample | None:
    """All connections' durations as one statistic set, so that `Average` is weighted by connections over any period."""
    timed = [(app.connections, app.duration_avg_ms) for app in apps if app.duration_avg_ms is not None]
    count = sum(connections for connections, _ in timed)
    if count <= 0:
        return None
    return Sample(
        count=count,
        sum=sum(connections * duration for connections, duration in timed),
        minimum=min(duration for _, duration in timed),
        maximum=max(duration for _, duration in timed),
    )
