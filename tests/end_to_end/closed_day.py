"""The last minutes of a day, collected, and what its history must hold: worked out from what Cloudflare served."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Final

from contract.metrics import HEALTH_NAMESPACE
from tests.sandbox.kept import instant
from tests.sandbox.sandbox import Sandbox

DAY: Final = "2026-11-22"
SOURCES: Final = ("main", "edge")
MINUTES: Final = tuple(f"{DAY}T23:{minute}" for minute in (54, 55, 56, 57, 58, 59))
FIRST_HOUR: Final = "2026-11-23T00:20:00Z"
"""When the compactor first finds the day closed."""
NEXT_HOUR: Final = "2026-11-23T01:20:00Z"

Key = tuple[datetime, str, str | None, str]
"""Minute (UTC, without a zone, as Parquet has it), zone id, colo, application id."""
Numbers = tuple[int, int, float]
"""Bytes in, bytes out, connections."""


def collect(sandbox: Sandbox, minutes: Iterable[str] = MINUTES, sources: Iterable[str] = SOURCES) -> None:
    """Have the collector save these minutes."""
    for minute in minutes:
        for source in sources:
            scheduled = instant(minute) + timedelta(minutes=1)
            assert sandbox.run(f"{scheduled:%Y-%m-%dT%H:%M:%SZ}", source=source).ok


def served(sandbox: Sandbox, day: str = DAY) -> dict[Key, Numbers]:
    """What Cloudflare's own record says that it served of this day."""
    return {
        (datetime.fromisoformat(key.minute), key.zone_id, key.colo, key.app_id): (
            reading.bytes_ingress,
            reading.bytes_egress,
            float(reading.connections),
        )
        for key, reading in sandbox.cloudflare.served.items()
        if key.minute.startswith(day)
    }


def kept(sandbox: Sandbox, day: str = DAY) -> dict[Key, Numbers]:
    """The same of the day's history object; known applications that were left out of an answer are not in it."""
    rows = [row for row in sandbox.history("usage", day) if row["reported"]]
    found: dict[Key, Numbers] = {
        (row["minute"], row["zone_id"], row["colo"], row["app_id"]): (
            row["bytes_ingress"],
            row["bytes_egress"],
            row["connections"],
        )
        for row in rows
    }
    assert len(found) == len(rows), "a row is in history twice"
    return found


def assert_true(sandbox: Sandbox, day: str = DAY) -> None:
    """History holds every number that Cloudflare served, once, and no other that is not zero."""
    assert kept(sandbox, day) == served(sandbox, day)
    left_out = [row for row in sandbox.history("usage", day) if not row["reported"]]
    assert [row for row in left_out if row["bytes_ingress"] or row["bytes_egress"] or row["connections"]] == []
    raw = [line for key in sandbox.keys(f"raw/dt={day}/") for line in sandbox.read(key)]
    assert len(sandbox.history("polls", day)) == len(raw)
    assert len(sandbox.history("usage", day)) == sum(len(line["apps"]) for line in raw)


def stack_metric(sandbox: Sandbox, metric: str) -> list[float]:
    """The values of a metric of the whole stack, which has no dimension, in the order of their hours."""
    return [datum.sum for datum in sandbox.aws.metrics.data(HEALTH_NAMESPACE, metric, {})]


def history_objects(sandbox: Sandbox) -> dict[str, Any]:
    """Key and ETag of everything under `history/`."""
    pages = sandbox.s3.get_paginator("list_objects_v2").paginate(Bucket=sandbox.bucket, Prefix="history/")
    return {entry["Key"]: entry["ETag"] for page in pages for entry in page.get("Contents", [])}
