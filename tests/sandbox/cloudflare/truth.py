"""What is true of a zone in a minute: the rows that an undisturbed answer reports, whoever asks."""

from collections.abc import Iterator
from datetime import datetime

from .traffic import IDLE, Reading, Traffic, together
from .world import Application, IdleApplications, Zone


def existing(zone: Zone, minute: datetime) -> Iterator[Application]:
    """The applications that the zone has in this minute."""
    return (app for app in zone.applications if minute in app.exists)


def usage(
    traffic: Traffic,
    zone: Zone,
    minute: datetime,
    *,
    colo: str | None = None,
    app_ids: frozenset[str] | None = None,
) -> dict[str, Reading]:
    """The readings of a zone's applications in a minute, by id, in the zone's order.

    `colo` and `app_ids` narrow it as the query does. Idle applications are in it or not, as the zone has it.
    """
    colos = zone.colos if colo is None else tuple(name for name in zone.colos if name == colo)
    rows = {}
    for app in existing(zone, minute):
        if app_ids is not None and app.id not in app_ids:
            continue
        idle = app.idle is not None and minute in app.idle
        reading = IDLE if idle else together(traffic.reading(zone.id, app.id, name, minute) for name in colos)
        if reading is IDLE and zone.idle_applications is IdleApplications.LEFT_OUT:
            continue
        rows[app.id] = reading
    return rows
