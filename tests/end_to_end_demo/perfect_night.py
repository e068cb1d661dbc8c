"""The evidence of a night in which the collector did everything right, made without running it."""

import gzip
import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from typing import Any, Final

from contract.lake import HISTORIES
from contract.raw import MINUTE_FORMAT, raw_key
from tests.demo.books import METRICS, Line, RawObject, Series
from tests.demo.claims_of_numbers import COLUMNS
from tests.demo.evidence import Evidence, TokenSearch
from tests.demo.night import APPLICATION_LABELS, IDLE, MINUTE, SEED, SOURCE, VANISHES, ZONE_IDS, Night
from tests.demo.script import expected_unknown, expected_unpublished
from tests.sandbox.aws.metrics import Series as StoredSeries
from tests.sandbox.cloudflare import Reading, Traffic, World, Zone
from tests.sandbox.cloudflare.truth import usage
from tests.sandbox.function.invocation import Invocation, Outcome

NIGHT: Final = Night.before(datetime(2026, 11, 24, 10, tzinfo=UTC))
LISTED_ANEW: Final = "00:32"
"""The minute after whose saving the deleted application's zone is listed again."""
_IDS: Final = {label.split()[0]: app_id for app_id, label in APPLICATION_LABELS.items()}
_WARM: Final = Invocation("", NIGHT.begin, Outcome({}), (), "", 40.0, None, 64)


@cache
def perfect_night() -> Evidence:
    """The evidence; the same object every time, to be copied with `dataclasses.replace`."""
    world = NIGHT.world()
    lines = tuple(line for minute in NIGHT.minutes for line in _lines(world, minute))
    absent = expected_unpublished(NIGHT)
    (killed,) = absent
    traffic = _traffic(lines)
    return Evidence(
        night=NIGHT,
        objects=tuple(_object(minute, lines) for minute in NIGHT.minutes),
        lines=lines,
        served={
            (line.minute, line.zone, app["app_id"]): Reading(
                app["bytes_ingress"], app["bytes_egress"], app["connections"], app["duration_avg_ms"]
            )
            for line in lines
            for app in line.row["apps"]
            if app["reported"]
        },
        traffic=traffic,
        published={minute: 1.0 for minute in NIGHT.minutes if minute not in absent},
        duplicates_refused=18,
        puts=Counter(
            (StoredSeries(series.metric, (("Application", series.application), ("Zone", series.zone))), minute)
            for series, values in traffic.items()
            for minute in values
        ),
        requests=(),
        failed_runs=({"requestPayload": {"scheduled_time": f"{killed + MINUTE:%Y-%m-%dT%H:%M:%SZ}"}},),
        missed_events=(),
        invocations=(_WARM,) * 198,
        refused_calls=(),
        unusable_logs=(),
        history=frozenset(
            (line.minute, line.zone, app["app_id"])
            for line in lines
            for app in line.row["apps"]
            if line.minute < NIGHT.midnight
        ),
        history_objects=tuple(history.key(NIGHT.begin.date()) for history in HISTORIES),
        volume=_volume(lines),
        answers={},
        tokens=TokenSearch(searched=3000, in_secrets_manager=9, elsewhere=()),
    )


def _volume(lines: tuple[Line, ...]) -> tuple[float, ...]:
    served = [app for line in lines for app in line.row["apps"] if app["reported"]]
    return (float(len(served)), *(float(sum(app[column] for app in served)) for column in COLUMNS))


def _lines(world: World, minute: datetime) -> Iterator[Line]:
    unknown = expected_unknown(NIGHT)
    for zone in world.zones:
        reason = unknown.get((minute, zone.name))
        row = {
            "minute": f"{minute:{MINUTE_FORMAT}}",
            "zone_id": ZONE_IDS[zone.name],
            "outcome": "failed" if reason else "collected",
            "reason": reason,
            "apps": [] if reason else list(_apps(zone, minute)),
        }
        yield Line(minute, zone.name, row)


def _apps(zone: Zone, minute: datetime) -> Iterator[dict[str, Any]]:
    for app_id, reading in usage(Traffic(SEED), zone, minute).items():
        yield _app(app_id, reading, reported=True)
    nothing = Reading(0, 0, 0, 0.0)
    if IDLE.endswith(zone.name) and minute > NIGHT.begin:
        yield _app(_IDS[IDLE], nothing, reported=False)
    if VANISHES[0].endswith(zone.name) and NIGHT.at(VANISHES[1]) < minute <= NIGHT.at(LISTED_ANEW):
        yield _app(_IDS[VANISHES[0]], nothing, reported=False)


def _app(app_id: str, reading: Reading, *, reported: bool) -> dict[str, Any]:
    return {
        "app_id": app_id,
        "app_name": APPLICATION_LABELS[app_id].split()[0],
        "bytes_ingress": reading.bytes_ingress,
        "bytes_egress": reading.bytes_egress,
        "connections": reading.connections,
        "duration_avg_ms": reading.duration_avg_ms,
        "reported": reported,
    }


def _object(minute: datetime, lines: tuple[Line, ...]) -> RawObject:
    rows = [json.dumps(line.row) for line in lines if line.minute == minute]
    return RawObject(raw_key(minute, SOURCE), gzip.compress("\n".join(rows).encode()))


def _traffic(lines: tuple[Line, ...]) -> dict[Series, dict[datetime, float]]:
    absent = expected_unpublished(NIGHT)
    traffic: defaultdict[Series, defaultdict[datetime, float]] = defaultdict(lambda: defaultdict(float))
    deleted = (NIGHT.at(LISTED_ANEW), _IDS[VANISHES[0]])
    for line in lines:
        for app in line.row["apps"]:
            if line.minute in absent or (line.minute, app["app_id"]) == deleted:
                continue
            for metric, column in zip(METRICS, COLUMNS, strict=True):
                traffic[Series(line.zone, APPLICATION_LABELS[app["app_id"]], metric)][line.minute] += app[column]
                traffic[Series(line.zone, "", metric)][line.minute] += app[column]
    return {series: dict(values) for series, values in traffic.items()}


def minute(clock: str) -> datetime:
    """This minute of the night."""
    return NIGHT.at(clock)
