"""What a run takes and leaves: sizes and times that were measured, each with where, and how often things happen.

Sizes are of the functions' own writing, in the sandbox; times are of a small machine, not Lambda's. Together they move
the bill by cents: nearly all of it is counted. Tests hold sizes against the sandbox, and limits against the functions.
"""

import math
from typing import Final

MINUTES: Final = 43_200
"""Of a month of 30 days, which AWS's monthly prices are close to."""
HOURS: Final = 720
DAYS: Final = 30
MINUTES_A_DAY: Final = 1_440

# What is written.

RAW_BYTES: Final = 300
RAW_BYTES_PER_REQUEST: Final = 34
RAW_BYTES_PER_ROW: Final = 46
"""A raw object, compressed: so much, and so much for each poll and each application. The sandbox's zones have random
ids, as Cloudflare's: 941 bytes for 3 zones of 4 applications, 5,340 for 64 of one, 20,500 for 256 of one."""

PARQUET_BYTES_PER_ROW: Final = 16
"""Both tables together, for each application and minute: docs/performance.md, compacting a day."""
PUTS_PER_DAY: Final = 3
"""Both tables' objects and the report."""

CATALOG_BYTES_PER_ZONE: Final = 225
CATALOG_BYTES_PER_APPLICATION: Final = 95
"""`catalog/<source>.json`: 1,807 bytes for 3 zones of 4 applications, 20,549 for 64 of one."""
CATALOG_WRITES_PER_HOUR: Final = 1

NONCURRENT_DAYS: Final = 30
"""Deleted and overwritten objects stay so long: infra/storage.py."""

LOG_BYTES_PER_RUN: Final = 2_050
LOG_BYTES_PER_REQUEST: Final = 6
"""The collector's log at INFO, Lambda's own lines and 26 bytes for each event included: 2,065 bytes a run with 3 polls,
2,410 with 64."""
LOG_BYTES_PER_HOUR: Final = 2_400
"""The compactor's log, likewise: 2,362 bytes."""

# The collector.

COLLECTOR_MEMORY_MB: Final = 512
COLLECTOR_SECONDS: Final = 0.4
"""A run without its polls: 1.99 s with 240 polls, which take 1.6 s (docs/performance.md, names known)."""
POLLS_AT_ONCE: Final = 16
POLLS_PER_SECOND: Final = 150
DATA_PER_PUT: Final = 1_000
"""Of PutMetricData."""
SECRET_READS_PER_HOUR: Final = 12
"""The secret is read anew after 300 s."""

# The compactor.

COMPACTION_SECONDS_PER_ROW: Final = 427 / 34_560_000
"""docs/performance.md, the larger day."""
S3_SECONDS: Final = 0.05
"""A request. Assumed: the sandbox's S3 is no measure of AWS's."""
FETCHES_AT_ONCE: Final = 8
SCRATCH_GB: Final = (10_240 - 512) / 1_024
"""Its `/tmp` above what is free."""
WATCHED_DAYS: Final = 8
"""That it lists every hour: the last seven closed ones and the open one."""
HEADS_PER_HOUR: Final = 14
"""Both tables' objects of the seven closed days."""
DATA_POINTS_PER_PAGE: Final = 100_800
"""Of GetMetricData."""
_KEYS_PER_LIST: Final = 1_000


def lists_per_hour(sources: int) -> int:
    """LIST requests of one run of the compactor: the days, each table's keys, and every watched day's objects."""
    return 3 + WATCHED_DAYS * math.ceil(sources * MINUTES_A_DAY / _KEYS_PER_LIST)


def age_days(month: int) -> float:
    """How long a deployment has run in the middle of its first, second, … month."""
    return (month - 0.5) * DAYS
