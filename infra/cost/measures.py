"""What one run takes and leaves: measured, each with where; what could not be measured says so.

Sizes are of the project's own writers with traffic that compresses badly; seconds are of a small machine, not Lambda's.
None of them moves the bill by more than cents: nearly all of it is counted, not measured.
"""

from typing import Final

MINUTES: Final = 43_200
"""Of a month of 30 days, which AWS's monthly prices are close to."""
HOURS: Final = 720
DAYS: Final = 30
MINUTES_A_DAY: Final = 1_440

RAW_BYTES: Final = 300
RAW_BYTES_PER_REQUEST: Final = 34
RAW_BYTES_PER_ROW: Final = 46
"""A raw object, compressed: so much, and so much for each poll and each application. The sandbox's zones have random
ids, as Cloudflare's: 941 bytes for 3 zones of 4 applications, 5,340 for 64 of one, 20,500 for 256 of one."""

PARQUET_BYTES_PER_ROW: Final = 16
"""Both tables together, for each application and minute: docs/performance.md, compacting a day."""

CATALOG_BYTES_PER_ZONE: Final = 200
CATALOG_BYTES_PER_APPLICATION: Final = 140
"""`catalog/<source>.json` in the sandbox: 2,233 bytes for 3 zones of 4 applications, 22,075 for 64 of one."""
CATALOG_WRITES_PER_HOUR: Final = 1

LOG_BYTES_PER_RUN: Final = 2_050
LOG_BYTES_PER_REQUEST: Final = 6
"""The collector's log in the sandbox, at INFO, Lambda's own lines and 26 bytes for each event included: 2,065 bytes a
run with 3 polls, 2,410 with 64."""
LOG_BYTES_PER_HOUR: Final = 2_400
"""The compactor's log in the sandbox, likewise: 2,362 bytes."""

COLLECTOR_SECONDS: Final = 0.4
"""A run without its polls: 1.99 s with 240 polls, which take 1.6 s (docs/performance.md, names known)."""
POLLS_AT_ONCE: Final = 16
POLLS_PER_SECOND: Final = 150
"""The collector's own limits."""
COLLECTOR_MEMORY_MB: Final = 512

COMPACTION_SECONDS_PER_ROW: Final = 427 / 34_560_000
"""docs/performance.md, the larger day."""
S3_SECONDS: Final = 0.05
"""One request of the compactor. Assumed: moto's are no measure of S3's."""
FETCHES_AT_ONCE: Final = 8
SCRATCH_GB: Final = (10_240 - 512) / 1_024
"""The compactor's `/tmp` above what is free."""

WATCHED_DAYS: Final = 8
"""That the compactor lists every hour: the last seven closed ones and the open one."""
KEYS_PER_LIST: Final = 1_000
DATA_POINTS_PER_PAGE: Final = 100_800
"""Of GetMetricData."""
NONCURRENT_DAYS: Final = 30
"""Deleted and overwritten objects stay so long: infra/storage.py."""
SECRET_READS_PER_HOUR: Final = 12
"""The secret is read anew after 300 s."""
DATA_PER_PUT: Final = 1_000
"""Of PutMetricData."""
HEADS_PER_HOUR: Final = 14
"""Both tables' objects of the seven closed days that the compactor compares."""
PUTS_PER_DAY: Final = 3
"""Both tables' objects and the report."""


def lists_per_hour(sources: int) -> int:
    """LIST requests of one run of the compactor: the days, each table's keys, and every watched day's objects."""
    pages = -(-sources * MINUTES_A_DAY // KEYS_PER_LIST)
    return 3 + WATCHED_DAYS * pages


def age_days(month: int) -> float:
    """How long a deployment has run in the middle of its first, second, … month."""
    return (month - 0.5) * DAYS
