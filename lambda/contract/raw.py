"""The raw layer in S3: where an object lies, what a line holds, and the words used for what happened.

A raw object holds one JSON line per zone and request, the applications nested in it, gzipped.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Final

RAW_PREFIX: Final = "raw/"
CATALOG_PREFIX: Final = "catalog/"
RUN_METADATA: Final = "run"
"""Object metadata: which run wrote it, as `<request id>.<random>`: so a run knows its own after a lost answer."""

MINUTE_FORMAT: Final = "%Y-%m-%d %H:%M:%S"
"""How `minute` is written: UTC, the format Hive's JSON SerDe reads as a timestamp."""

LARGEST_BYTES: Final = 256 * 2**20
"""Of one raw object, inflated. The collector's largest are a fiftieth of it; a bomb has no end."""

_RAW_KEY: Final = re.compile(
    re.escape(RAW_PREFIX) + r"dt=([0-9]{4}-[0-9]{2}-[0-9]{2})/([0-9]{4})-([^/]+)\.json\.gz", re.ASCII
)


class Outcome(StrEnum):
    """What became of one request."""

    COLLECTED = "collected"
    FAILED = "failed"
    SKIPPED = "skipped"


class Reason(StrEnum):
    """Why a request was not collected. Null when it was."""

    RATE_LIMITED = "rate_limited"
    UNAUTHORIZED = "unauthorized"
    FORBIDDEN = "forbidden"
    ZONE_NOT_FOUND = "zone_not_found"
    REFUSED = "refused"
    SERVER_ERROR = "server_error"
    TIMEOUT = "timeout"
    NETWORK = "network"
    BAD_RESPONSE = "bad_response"
    DEADLINE = "deadline"
    AUTH_LOCKOUT_GUARD = "auth_lockout_guard"
    LATE_EVENT = "late_event"
    SECRET_UNAVAILABLE = "secret_unavailable"  # noqa: S105 # nosec B105 # a reason, not a secret
    SECRET_INVALID = "secret_invalid"  # noqa: S105 # nosec B105 # a reason, not a secret


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its Hive type and what it means."""

    name: str
    type: str
    meaning: str


APPLICATION_COLUMNS: Final = (
    Column("app_id", "string", "Cloudflare's id of the Spectrum application"),
    Column("app_name", "string", "its DNS name, when the catalogue could be read"),
    Column("protocol", "string", "`tcp/22`, `udp/1000-2000`, when the catalogue could be read"),
    Column("bytes_ingress", "bigint", "bytes received, as Cloudflare counts them (a fraction is rounded)"),
    Column("bytes_egress", "bigint", "bytes sent, likewise"),
    Column("connections", "double", "active connections of the last minute"),
    Column("duration_avg_ms", "double", "their average duration, milliseconds; null when none"),
    Column("reported", "boolean", "false: known, but left out of the answer: zero traffic"),
)

POLL_COLUMNS: Final = (
    Column("minute", "timestamp", "the minute that the answer describes, UTC: the scheduled minute minus 60 s"),
    Column("observed_at", "timestamp", "when the answer came, or when it was decided not to ask, UTC"),
    Column("source", "string", "the configured group of zones"),
    Column("zone_id", "string", "Cloudflare's zone id"),
    Column("zone_name", "string", "its name, configured or read; null when neither"),
    Column("colo", "string", "the data centre that was asked for; null: all together"),
    Column("outcome", "string", "`collected`, `failed` or `skipped`"),
    Column("reason", "string", "why not collected; null when collected"),
    Column("http_status", "int", "status of the last answer; null when there was none"),
    Column("error_code", "int", "Cloudflare's error code, when it gave one"),
    Column("error_message", "string", "what happened and what to do"),
    Column("attempts", "int", "requests that were sent"),
    Column("latency_ms", "bigint", "how long the last request took; null when none was sent"),
    Column("rate_limit_remaining", "bigint", "requests left in Cloudflare's window, as its last header said"),
    Column(
        "apps",
        "array<struct<" + ",".join(f"{column.name}:{column.type}" for column in APPLICATION_COLUMNS) + ">>",
        "the applications; empty unless collected",
    ),
)


def raw_key(minute: datetime, source: str) -> str:
    """Key of the raw object for this minute (UTC) and source: `raw/dt=2026-11-22/2359-main.json.gz`."""
    return f"{RAW_PREFIX}dt={minute:%Y-%m-%d}/{minute:%H%M}-{source}.json.gz"


def raw_object_of(key: str) -> tuple[datetime, str] | None:
    """Minute (UTC) and source of a raw object, from its key; None for a key that `raw_key` would not give."""
    found = _RAW_KEY.fullmatch(key)
    if found is None:
        return None
    try:
        minute = datetime.strptime(found[1] + found[2], "%Y-%m-%d%H%M").replace(tzinfo=UTC)
    except ValueError:
        return None
    return minute, found[3]


def day_prefix(day: date) -> str:
    """Under which a day's raw objects lie: `raw/dt=2026-11-22/`."""
    return f"{RAW_PREFIX}dt={day:%Y-%m-%d}/"


def catalog_key(source: str) -> str:
    """Key of the object that keeps a source's zone and application names: `catalog/main.json`."""
    return f"{CATALOG_PREFIX}{source}.json"
