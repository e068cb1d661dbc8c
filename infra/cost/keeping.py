"""What it costs to keep the minutes and to ask them: S3, Athena."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from infra.configuration import Configuration
from infra.cost import measures, prices
from infra.cost.bill import Line, charge
from infra.cost.polling import Polling
from infra.cost.workload import Workload

S3: Final = "S3"
ATHENA: Final = "Athena"


@dataclass(frozen=True, slots=True)
class TypicalQuery:
    """What one kind of question reads."""

    name: str
    closed_days: int
    """Of history."""
    open_days: bool
    """Also those that are still minutes."""


TYPICAL_QUERIES: Final = (
    TypicalQuery("one closed day", closed_days=1, open_days=False),
    TypicalQuery("the open days", closed_days=0, open_days=True),
    TypicalQuery("a month until now", closed_days=30, open_days=True),
)


def keeping_lines(configuration: Configuration, sources: Sequence[Polling], workload: Workload) -> Iterator[Line]:
    """Everything that is paid for objects."""
    yield from _request_lines(sources)
    yield from _storage_lines(configuration, sources, workload)
    for query in TYPICAL_QUERIES:
        yield from query_lines(query, configuration, sources, workload.queries)


def query_lines(
    query: TypicalQuery, configuration: Configuration, sources: Sequence[Polling], times: int
) -> Iterator[Line]:
    """One kind of question, so many times: what Athena reads, and its requests to S3."""
    # Today is half over on the average.
    open_days = configuration.open_days + 0.5 if query.open_days else 0.0
    scanned = query.closed_days * history_bytes_a_day(sources) + open_days * raw_bytes_a_day(sources)
    limit = configuration.query_scan_limit_gb * prices.BYTES_PER_GB
    billed = max(prices.ATHENA_LEAST_BYTES, min(scanned, limit))
    objects = query.closed_days + open_days * measures.MINUTES_A_DAY * len(sources)
    yield from charge(ATHENA, f"query: {query.name}", times * billed / prices.BYTES_PER_TB, prices.ATHENA_TB)
    yield from charge(S3, f"GET, query: {query.name}", times * objects, prices.S3_READ)


def raw_bytes_a_day(sources: Sequence[Polling]) -> float:
    """The minute objects of a day."""
    minute = sum(
        measures.RAW_BYTES + measures.RAW_BYTES_PER_REQUEST * source.requests + measures.RAW_BYTES_PER_ROW * source.rows
        for source in sources
    )
    return minute * measures.MINUTES_A_DAY


def history_bytes_a_day(sources: Sequence[Polling]) -> float:
    """A day's Parquet objects."""
    return sum(source.rows for source in sources) * measures.MINUTES_A_DAY * measures.PARQUET_BYTES_PER_ROW


def _request_lines(sources: Sequence[Polling]) -> Iterator[Line]:
    number = len(sources)
    yield from charge(S3, "PUT, minutes", number * measures.MINUTES, prices.S3_WRITE)
    yield from charge(S3, "PUT, names", number * measures.CATALOG_WRITES_PER_HOUR * measures.HOURS, prices.S3_WRITE)
    yield from charge(S3, "PUT, days", measures.PUTS_PER_DAY * measures.DAYS, prices.S3_WRITE)
    yield from charge(S3, "LIST", measures.lists_per_hour(number) * measures.HOURS, prices.S3_WRITE)
    yield from charge(S3, "HEAD, minutes", number * measures.MINUTES, prices.S3_READ)
    yield from charge(S3, "HEAD, days", measures.HEADS_PER_HOUR * measures.HOURS, prices.S3_READ)
    yield from charge(S3, "GET, minutes", number * measures.MINUTES, prices.S3_READ)


def _storage_lines(configuration: Configuration, sources: Sequence[Polling], workload: Workload) -> Iterator[Line]:
    age = measures.age_days(workload.month)
    raw_days = min(age, configuration.raw_retention_days + measures.NONCURRENT_DAYS)
    names = sum(
        measures.CATALOG_BYTES_PER_ZONE * source.zones + measures.CATALOG_BYTES_PER_APPLICATION * source.applications
        for source in sources
    )
    versions = min(age, measures.NONCURRENT_DAYS) * 24 * measures.CATALOG_WRITES_PER_HOUR
    for what, stored in (
        ("kept: minutes", raw_days * raw_bytes_a_day(sources)),
        ("kept: history", age * history_bytes_a_day(sources)),
        ("kept: names", math.ceil(versions) * names),
    ):
        yield from charge(S3, what, stored / prices.BYTES_PER_GB, prices.S3_GB_MONTH)
