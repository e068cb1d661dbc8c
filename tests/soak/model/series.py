"""What a series of CloudWatch is, whatever it is called there, and which data the lines of a minute make.

docs/data.md, "CloudWatch": a zone's own series is the sum of its rows, and only where all its requests were collected.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from math import isclose

from contract.raw import Outcome
from tests.sandbox.cloudflare import World
from tests.soak.evidence import Line, Point
from tests.soak.stack import POLLED


@dataclass(frozen=True, slots=True)
class Place:
    """A series at a minute, whatever it is called there."""

    metric: str
    zone_id: str
    app_id: str | None
    colo: str | None
    minute: datetime

    def __str__(self) -> str:
        """`BytesIngress of zone …, application …, AMS`."""
        application = f", application {self.app_id}" if self.app_id else ""
        return f"{self.metric} of zone {self.zone_id}{application}{f', {self.colo}' if self.colo else ''}"


@dataclass(frozen=True, slots=True)
class Value:
    """Count, sum, minimum, maximum."""

    count: float
    sum: float
    minimum: float
    maximum: float

    def equals(self, point: Point) -> bool:
        """Up to the last digits, which depend on the order of adding."""
        there = (point.count, point.sum, point.minimum, point.maximum)
        wanted = (self.count, self.sum, self.minimum, self.maximum)
        return all(isclose(one, other, rel_tol=1e-12) for one, other in zip(there, wanted, strict=True))


def source_of(zone_id: str) -> str:
    return next(source for source, zones in POLLED.items() if any(polled.zone_id == zone_id for polled in zones))


def place_of(world: World, point: Point) -> Place | None:
    """Which series this is: a zone goes by its name, an application by name and protocol, or either by its id.

    From a disturbed list an application may have one of the two alone, or half of one; no two of a zone share either.
    """
    dimensions = dict(point.dimensions)
    zone = next((each for each in world.zones if dimensions.get("Zone") in (each.name, each.id)), None)
    if zone is None or dimensions.keys() - {"Zone", "Application", "Colo"}:
        return None
    label, app_id = dimensions.get("Application"), None
    if label is not None:
        first, last = label.split(" ")[0], label.split(" ")[-1]
        named = (
            app.id for app in zone.applications if label == app.id or first == app.dns_name or last == app.protocol
        )
        app_id = next(named, label)
    return Place(point.metric, zone.id, app_id, dimensions.get("Colo"), point.minute)


def data_of(lines: tuple[Line, ...], source: str, minute: datetime) -> Iterator[tuple[Place, Value]]:
    """Every datum that these lines make."""
    for polled in POLLED[source]:
        of_zone = [line for line in lines if line["zone_id"] == polled.zone_id]
        if of_zone and all(line["outcome"] == Outcome.COLLECTED for line in of_zone):
            apps = [app for line in of_zone for app in line["apps"]]
            for metric, value in _values(apps):
                yield Place(metric, polled.zone_id, None, None, minute), value
        for line in of_zone:
            for app in line["apps"]:
                for metric, value in _values([app]):
                    yield Place(metric, polled.zone_id, app["app_id"], line["colo"], minute), value


def _values(apps: list[Line]) -> Iterator[tuple[str, Value]]:
    for metric, column in (
        ("BytesIngress", "bytes_ingress"),
        ("BytesEgress", "bytes_egress"),
        ("Connections", "connections"),
    ):
        total = float(sum(app[column] for app in apps))
        yield metric, Value(1.0, total, total, total)
    timed = [app for app in apps if app["duration_avg_ms"] is not None]
    count = sum(app["connections"] for app in timed)
    if count > 0:
        durations = [app["duration_avg_ms"] for app in timed]
        total = sum(app["connections"] * app["duration_avg_ms"] for app in timed)
        yield "ConnectionDuration", Value(count, total, min(durations), max(durations))
