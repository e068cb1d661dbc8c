"""What must be in S3 and in CloudWatch, worked out from what Cloudflare says is true, in plain Python."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from tests.end_to_end.stack import METRIC_LIMIT, SOURCES, Polled
from tests.sandbox.cloudflare import Cloudflare, IdleApplications, Reading
from tests.sandbox.cloudflare.minutes import instant
from tests.sandbox.cloudflare.traffic import IDLE
from tests.sandbox.sandbox import Sandbox

Point = tuple[float, float, float, float]
"""Sample count, sum, minimum, maximum."""

Points = dict[tuple[str, tuple[tuple[str, str], ...]], Point]
"""By metric and dimensions."""

Numbers = dict[str, tuple[int, int, float, float | None]]
"""By application id: bytes in, bytes out, connections, their average duration."""

Line = dict[str, Any]


def readings(cloudflare: Cloudflare, polled: Polled, minute: str, colo: str | None = None) -> dict[str, Reading]:
    """What each wanted application of a zone carried in a minute; the idle ones with zeros, listed or not."""
    zone = cloudflare.world.zone(polled.zone.id)
    assert zone is not None
    usage = cloudflare.usage(zone.id, minute, colo)
    return {
        app.id: usage.get(app.id, IDLE)
        for app in zone.applications
        if instant(minute) in app.exists and app.id in (polled.app_ids or (app.id,))
    }


def numbers(measured: Mapping[str, Reading]) -> Numbers:
    """Readings as a row has them: no duration where there was no connection."""
    return {
        app_id: (
            reading.bytes_ingress,
            reading.bytes_egress,
            reading.connections,
            reading.duration_avg_ms if reading.connections else None,
        )
        for app_id, reading in measured.items()
    }


def saved(line: Line) -> Numbers:
    """The numbers in a line of a raw object."""
    return {
        app["app_id"]: (app["bytes_ingress"], app["bytes_egress"], app["connections"], app["duration_avg_ms"])
        for app in line["apps"]
    }


def by_request(lines: Iterable[Line]) -> dict[tuple[str, str | None], Line]:
    """The lines of a raw object by zone id and data centre; each stands there once."""
    lines = list(lines)
    found = {(line["zone_id"], line["colo"]): line for line in lines}
    assert len(found) == len(lines), "a zone stands in the object twice"
    return found


def requests(source: str) -> list[tuple[Polled, str | None]]:
    """Everything that a run of this source asks Cloudflare for, in configured order."""
    return [(polled, colo) for polled in SOURCES[source] for colo in polled.colos or (None,)]


def assert_whole(sandbox: Sandbox, minute: str, source: str = "main", *, served: str | None = None) -> None:
    """Every request of the minute was collected, and its rows are what Cloudflare measured, and sent.

    `served`: the minute that Cloudflare's answers described, when the run was so late that it was the next.
    """
    lines = by_request(sandbox.rows(minute, source))
    assert list(lines) == [(polled.zone.id, colo) for polled, colo in requests(source)]
    for polled, colo in requests(source):
        assert_collected(sandbox, lines[polled.zone.id, colo], polled, colo, served or minute)


def assert_collected(sandbox: Sandbox, line: Line, polled: Polled, colo: str | None, minute: str) -> None:
    """This line is collected, and tells the truth about this minute."""
    assert (line["outcome"], line["reason"]) == ("collected", None), line
    true = numbers(readings(sandbox.cloudflare, polled, minute, colo))
    idle = {app_id for app_id, reading in true.items() if reading == numbers({app_id: IDLE})[app_id]}
    assert set(true) - idle <= set(saved(line)) <= set(true), line
    assert saved(line) == {app_id: true[app_id] for app_id in saved(line)}, line
    went_out = {
        key.app_id: reading
        for key, reading in sandbox.cloudflare.served.items()
        if (key.zone_id, key.colo) == (polled.zone.id, colo) and instant(key.minute) == instant(minute)
    }
    reported = {app["app_id"] for app in line["apps"] if app["reported"]}
    assert {app_id: saved(line)[app_id] for app_id in reported} == numbers(went_out), line


def points(measured: Iterable[Reading], *dimensions: tuple[str, str]) -> Points:
    """The data of one series of every metric; durations weighted by connections, and left out when there are none."""
    rows = list(measured)
    sums = {
        "BytesIngress": float(sum(row.bytes_ingress for row in rows)),
        "BytesEgress": float(sum(row.bytes_egress for row in rows)),
        "Connections": float(sum(row.connections for row in rows)),
    }
    found: Points = {(metric, dimensions): (1.0, value, value, value) for metric, value in sums.items()}
    timed = [row for row in rows if row.connections]
    if timed:
        found["ConnectionDuration", dimensions] = (
            float(sum(row.connections for row in timed)),
            sum(row.connections * row.duration_avg_ms for row in timed),
            min(row.duration_avg_ms for row in timed),
            max(row.duration_avg_ms for row in timed),
        )
    return found


def expected(
    sandbox: Sandbox,
    minute: str,
    source: str = "main",
    *,
    without: Collection[str] = (),
    unlisted: Collection[str] = (),
    measured: Mapping[str, Mapping[str, Reading]] | None = None,
    first: bool = False,
) -> Points:
    """Everything that CloudWatch must hold of this minute, `without` these zones, by id.

    `measured` holds what zones said in place of the truth, by id, to their sums. Zones that are `unlisted`, as nobody
    may read them, have no part in the cap. `first`: nobody had listed the applications yet, so those that Cloudflare
    left out are not known.
    """
    found: Points = {}
    left = METRIC_LIMIT
    for polled in (polled for polled in SOURCES[source] if polled.zone.id not in unlisted):
        labels = {app.id: f"{app.dns_name} {app.protocol}" for app in polled.zone.applications}
        zone = ("Zone", polled.zone.name)
        by_colo = {colo: readings(sandbox.cloudflare, polled, minute, colo) for colo in polled.colos or (None,)}
        cost = 4 * len(by_colo)
        kept = sorted(next(iter(by_colo.values())))[: left // cost]
        left -= cost * len(kept)
        if polled.zone.id in without:
            continue
        if first and polled.zone.idle_applications is IdleApplications.LEFT_OUT:
            by_colo = {colo: _at_work(of_colo) for colo, of_colo in by_colo.items()}
        if measured and polled.zone.id in measured:
            by_colo = {None: dict(measured[polled.zone.id])}
        found |= points((reading for of_colo in by_colo.values() for reading in of_colo.values()), zone)
        for colo, of_colo in by_colo.items():
            where = () if colo is None else (("Colo", colo),)
            for app_id in set(kept) & set(of_colo):
                found |= points([of_colo[app_id]], ("Application", labels[app_id]), *where, zone)
    return found


def _at_work(measured: Mapping[str, Reading]) -> dict[str, Reading]:
    return {app_id: reading for app_id, reading in measured.items() if reading != IDLE}


def published(sandbox: Sandbox, minute: str) -> Points:
    """Everything that CloudWatch holds of a minute's traffic, of all sources."""
    return {
        (series.name, series.dimensions): (datum.sample_count, datum.sum, datum.minimum, datum.maximum)
        for series, datum in sandbox.all_traffic()
        if datum.timestamp == instant(minute)
    }
