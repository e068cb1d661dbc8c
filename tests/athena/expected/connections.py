"""Connections: how many at once, and for how long."""

from datetime import datetime

from tests.athena.expected.asked import Application, Asked, Row, Zone, naive, share, totals


def concurrency_peaks(asked: Asked) -> list[Row]:
    """When each zone and application had most connections."""
    rows = []
    for zone in asked.zones().values():
        of_zone = totals((line.minute, app.connections) for line in zone.lines for app in line.apps)
        names = {"app_id": None, "application": None, "protocol": None}
        for app in zone.applications().values():
            rows.append(_peak(zone, app.names, app.connections()))
        rows.append(_peak(zone, names, of_zone))
    return rows


def _peak(zone: Zone, names: Row, connections: dict[datetime, float]) -> Row:
    answered = any(line.known for line in zone.lines)
    peak = max(connections.values(), default=0.0 if answered else None)
    known = sum(count for minute, count in connections.items() if minute in zone.known)
    return {
        "zone_id": zone.id,
        "zone": zone.name,
        **names,
        "connections_peak": peak,
        "peak_minute": naive(min(minute for minute, count in connections.items() if count == peak)) if peak else None,
        "connections_avg": share(known, len(zone.known)),
        "minutes_known": len(zone.known),
    }


def connection_duration(asked: Asked) -> list[Row]:
    """How long the connections of each application lasted."""
    return [
        {"zone_id": zone.id, "zone": zone.name, **app.names, **_duration(app)}
        for zone in asked.zones().values()
        for app in zone.applications().values()
    ]


def _duration(application: Application) -> Row:
    active = [app for _, app in application.seen if app.connections]
    timed = [(app.connections, app.duration_avg_ms) for app in active if app.duration_avg_ms is not None]
    weight = sum(connections for connections, _ in timed)
    return {
        "duration_avg_ms": share(sum(connections * duration for connections, duration in timed), weight),
        "longest_minute_ms": max((duration for _, duration in timed), default=None),
        "connection_minutes": weight,
        "connection_minutes_unweighed": sum(app.connections for app in active if app.duration_avg_ms is None),
        "minutes_with_connections": len({minute for minute, app in application.seen if app.connections}),
    }
