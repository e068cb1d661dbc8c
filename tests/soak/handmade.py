"""A few minutes as they should be, made by hand and without the product: what tests of the model spoil.

Of source `edge`, at a year's end. One minute each: exact; one zone refused; not published, one batch unknown; not
saved; killed before the write.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from contract.metrics import BY_NAME
from contract.raw import raw_key
from tests.sandbox.cloudflare import Reading, World
from tests.sandbox.kept import instant
from tests.soak.evidence import Evidence, Line, Logged, Message, Point, Saved, Unsaved, Views
from tests.soak.happened import Answer, Delivery, Fate, Numbers, Run
from tests.soak.model.answers import numbers
from tests.soak.script import MINUTE, Event
from tests.soak.stack import POLLED, world

SOURCE: Final = "edge"
MIDNIGHT: Final = instant("2027-01-01T00:00")
EXACT: Final = instant("2026-12-31T23:57")
REFUSED: Final = instant("2026-12-31T23:58")
UNPUBLISHED: Final = instant("2026-12-31T23:59")
UNSAVED: Final = instant("2027-01-01T00:00")
KILLED: Final = instant("2027-01-01T00:01")
MINUTES: Final = (EXACT, REFUSED, UNPUBLISHED, UNSAVED, KILLED)
CHOSEN, CHANGING = (polled.zone_id for polled in POLLED[SOURCE])
ERRORS: Final = {UNPUBLISHED: "NotPublished", UNSAVED: "NotSaved", KILLED: "Runtime.ExitError"}


def evidence() -> Evidence:
    """All of it, and nothing wrong with it."""
    there = world(MIDNIGHT)
    lines = {minute: tuple(_lines(there, minute)) for minute in (EXACT, REFUSED, UNPUBLISHED)}
    kept = [line for each in lines.values() for line in each]
    return Evidence(
        world=there,
        calm_until=MIDNIGHT - timedelta(hours=12),
        deliveries=tuple(_delivery(there, minute) for minute in MINUTES),
        compactions=(),
        saved=tuple(Saved(raw_key(minute, SOURCE), _run_id(minute), 1, each) for minute, each in lines.items()),
        traffic=tuple(point for minute in (EXACT, REFUSED) for point in _points(there, minute, lines[minute])),
        health=tuple(_marker(minute) for minute in (EXACT, REFUSED)),
        errors=tuple(_logged(minute) for minute in (UNPUBLISHED, UNSAVED)),
        reports={_run_id(minute): "error" if minute in ERRORS else "success" for minute in MINUTES},
        unsaved=(Unsaved(raw_key(UNSAVED, SOURCE), _run_id(UNSAVED), whole=True),),
        failures=tuple(Message(SOURCE, minute + MINUTE) for minute in ERRORS),
        undelivered=(),
        views=(Views("2027-01-02", tuple(map(_row, kept)), tuple(_usage(kept))),),
    )


def _run_id(minute: datetime) -> str:
    return f"run-of-{minute:%H%M}"


def _true(there: World, zone_id: str) -> dict[str, Numbers]:
    """Numbers of the wanted applications that there are on either side of this midnight; as Cloudflare would say."""
    zone = there.zone(zone_id)
    assert zone is not None
    wanted = next(polled.app_ids for polled in POLLED[SOURCE] if polled.zone_id == zone_id)
    apps = [app for app in zone.applications if app.id in wanted or not wanted]
    if zone_id == CHANGING:
        apps = apps[:1]
    return {app.id: numbers(Reading(1000 + place, 2000, 7, 12.5)) for place, app in enumerate(apps)}


def _delivery(there: World, minute: datetime) -> Delivery:
    event = Event(SOURCE, minute + MINUTE)
    return Delivery(event, Fate.RUN, (_run(there, event),))


def _run(there: World, event: Event) -> Run:
    minute = event.minute
    chosen = Answer(CHOSEN, None, minute, 200, None, _true(there, CHOSEN))
    changing = Answer(CHANGING, None, minute, 200, None, _true(there, CHANGING))
    if minute == REFUSED:
        changing = replace(changing, status=404, fault="zone_not_found_7003", numbers=None)
    return Run(
        source=SOURCE,
        minute=minute,
        at=event.at,
        late_s=event.late_s,
        request_id=_run_id(minute),
        error=ERRORS.get(minute, ""),
        killed=minute == KILLED,
        duration_s=1.0,
        alone=True,
        answers=(chosen, changing),
        struck=(),
        listed_badly=frozenset(),
    )


def _lines(there: World, minute: datetime) -> Iterator[Line]:
    for zone_id in (CHOSEN, CHANGING):
        collected = (minute, zone_id) != (REFUSED, CHANGING)
        yield {
            "minute": f"{minute:%Y-%m-%d %H:%M:%S}",
            "observed_at": f"{minute + MINUTE + timedelta(seconds=1.5):%Y-%m-%d %H:%M:%S}.500",
            "source": SOURCE,
            "zone_id": zone_id,
            "colo": None,
            "outcome": "collected" if collected else "failed",
            "reason": None if collected else "zone_not_found",
            "error_message": None,
            "attempts": 1,
            "apps": [_app(app_id, said) for app_id, said in _true(there, zone_id).items()] if collected else [],
        }


def _app(app_id: str, said: Numbers) -> dict[str, Any]:
    columns = ("bytes_ingress", "bytes_egress", "connections", "duration_avg_ms")
    return {"app_id": app_id, **dict(zip(columns, said, strict=True)), "reported": True}


def _points(there: World, minute: datetime, lines: tuple[Line, ...]) -> Iterator[Point]:
    for line in lines:
        zone = there.zone(line["zone_id"])
        assert zone is not None
        if line["apps"]:
            yield from _series(minute, {"Zone": zone.name}, line["apps"])
        for app in line["apps"]:
            named = next(each for each in zone.applications if each.id == app["app_id"])
            label = f"{named.dns_name} {named.protocol}"
            yield from _series(minute, {"Zone": zone.name, "Application": label}, [app])


def _series(minute: datetime, dimensions: Mapping[str, str], apps: list[dict[str, Any]]) -> Iterator[Point]:
    named = tuple(sorted(dimensions.items()))
    columns = {"BytesIngress": "bytes_ingress", "BytesEgress": "bytes_egress", "Connections": "connections"}
    for metric, column in columns.items():
        total = float(sum(app[column] for app in apps))
        yield Point(metric, named, minute, 1.0, total, total, total, BY_NAME[metric].unit)
    # Every application has 7 connections of 12.5 ms.
    count = 7.0 * len(apps)
    yield Point("ConnectionDuration", named, minute, count, count * 12.5, 12.5, 12.5, "Milliseconds")


def _marker(minute: datetime) -> Point:
    return Point("Published", (("Source", SOURCE),), minute, 1.0, 1.0, 1.0, 1.0, "Count")


def _logged(minute: datetime) -> Logged:
    # Five series of four metrics.
    said = {
        UNPUBLISHED: "raw/… is saved, not all of it is in CloudWatch (0 refused, 20 unknown: ReadTimeoutError after 1 "
        "tries): docs/operations.md#not-published",
        UNSAVED: "S3 refused s3://bucket/raw/…: AccessDenied (HTTP 403) on PutObject",
    }[minute]
    return Logged(_run_id(minute), ERRORS[minute], said)


def _row(line: Line) -> Line:
    return {**line, "minute": _naive(line)}


def _usage(lines: list[Line]) -> Iterator[Line]:
    for line in lines:
        for app in line["apps"]:
            yield {**line, **app, "minute": _naive(line)}


def _naive(line: Line) -> datetime:
    return datetime.fromisoformat(line["minute"])
