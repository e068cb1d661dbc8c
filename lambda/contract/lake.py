"""The lake in S3 and Glue: its tables and views, their columns, and where the compacted days lie.

A compacted day is one Parquet object a table: written whole, replaced whole, and alone in its folder, since Athena
reads every file that it finds there.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from contract.raw import APPLICATION_COLUMNS, POLL_COLUMNS, RAW_PREFIX, Column

DATABASE: Final = "cloudflare_spectrum"
WORKGROUP: Final = "cloudflare-spectrum"

HISTORY_PREFIX: Final = "history/"
REPORT_PREFIX: Final = "reports/compaction/"
"""One JSON object for each compacted day: what went in, what came out, what was rejected and why."""

FIRST_DAY: Final = "2026-01-01"
"""Where the projection of history begins: Spectrum Meter is younger. Earlier days cannot be queried."""

DAY_FORMAT: Final = "%Y-%m-%d"
PARTITION: Final = Column(
    "dt", "string", "the day of `minute`, UTC, `yyyy-mm-dd`: filter on it, it decides what is read"
)


class HistoryMetadata(StrEnum):
    """What the metadata of a history object tells: of what it was made, and what it must hold."""

    RUN = "run"
    """Which invocation wrote it: so a run knows its own after a lost answer."""
    RAW_OBJECTS = "raw-objects"
    """How many raw objects were listed."""
    RAW_DIGEST = "raw-digest"
    """SHA-256 over their keys and ETags."""
    ROWS = "rows"
    """Rows in the object."""
    REJECTED = "rejected"
    """Raw objects, and lines of others, that are not in it. Zero for a day that is whole."""


class Format(StrEnum):
    """How a table's objects are stored."""

    JSON_LINES = "gzipped JSON lines"
    PARQUET = "Parquet"


@dataclass(frozen=True, slots=True)
class Table:
    """A Glue table, partitioned by day under `<prefix>dt=yyyy-mm-dd/`."""

    name: str
    prefix: str
    format: Format
    columns: tuple[Column, ...]
    meaning: str


@dataclass(frozen=True, slots=True)
class History:
    """A table of compacted days."""

    name: str
    """Of the view that reads it, and of its folder and objects."""
    columns: tuple[Column, ...]
    meaning: str

    @property
    def table(self) -> Table:
        """Its Glue table."""
        return Table(f"{self.name}_history", self.prefix, Format.PARQUET, self.columns, self.meaning)

    @property
    def prefix(self) -> str:
        """`history/usage/`."""
        return f"{HISTORY_PREFIX}{self.name}/"

    def key(self, day: date) -> str:
        """Key of the one object of a day: `history/usage/dt=2026-11-22/usage.parquet`."""
        return f"{self.prefix}dt={day:{DAY_FORMAT}}/{self.name}.parquet"


_IDENTITY: Final = ("minute", "observed_at", "source", "zone_id", "zone_name", "colo")
NESTED: Final = "apps"

POLLS: Final = History(
    "polls",
    tuple(column for column in POLL_COLUMNS if column.name != NESTED),
    "closed days: what became of each request",
)
USAGE: Final = History(
    "usage",
    (*(column for column in POLL_COLUMNS if column.name in _IDENTITY), *APPLICATION_COLUMNS),
    "closed days: each application's minute",
)
HISTORIES: Final = (POLLS, USAGE)

RAW: Final = Table(
    "polls_raw",
    RAW_PREFIX,
    Format.JSON_LINES,
    POLL_COLUMNS,
    "every minute as the collector wrote it, applications nested",
)
TABLES: Final = (RAW, *(history.table for history in HISTORIES))


def report_key(day: date) -> str:
    """Key of the report of a day's compaction: `reports/compaction/dt=2026-11-22.json`."""
    return f"{REPORT_PREFIX}dt={day:{DAY_FORMAT}}.json"
