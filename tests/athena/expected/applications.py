"""Which applications are idle, new or gone."""

from tests.athena.expected.asked import Application, Asked, Row, Zone, in_order, naive


def idle_new_vanished_applications(asked: Asked) -> list[Row]:
    """The verdict on each application."""
    rows = [
        {
            "verdict": _verdict(zone, app),
            "zone_id": zone.id,
            "zone": zone.name,
            **app.names,
            "first_seen": naive(min(app.minutes)),
            "last_seen": naive(max(app.minutes)),
            "first_traffic": naive(min(app.busy, default=None)),
            "last_traffic": naive(max(app.busy, default=None)),
            "minutes_with_traffic": len(app.busy),
            "minutes_seen": len(app.minutes),
            "minutes_known": len(zone.known),
        }
        for zone in asked.zones().values()
        for app in zone.applications().values()
    ]
    return sorted(rows, key=lambda row: in_order((row["verdict"], row["zone_id"], row["app_id"])))


def _verdict(zone: Zone, app: Application) -> str:
    """The first that fits."""
    if max(zone.known) not in app.minutes:
        return "vanished"
    if min(zone.known) not in app.minutes:
        return "new"
    return "steady" if app.busy else "idle"
