"""Which minutes are to be replayed, in which portions CloudWatch is asked about them, and what that costs at most."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Final

from collector.publishing.publication import BATCH
from collector.sources import Source
from commands.deployment import CommandFailed
from commands.minutes import MINUTE, Span, floored, runs_of, shown
from commands.replay.presence import MOST_POINTS, MOST_QUERIES
from commands.saved import SavedMinute

YOUNGEST: Final = timedelta(minutes=15)
"""A run may still be publishing a younger minute, or CloudWatch not show yet what it has."""

OLDEST: Final = timedelta(days=14)
"""CloudWatch takes timestamps of the last two weeks."""

_PORTION: Final = MOST_POINTS // MOST_QUERIES
"""Minutes from the first to the last of a portion: so many have room in one request for 500 metrics."""

_METRIC_DOLLARS: Final = 0.01 / 1000
_REQUEST_DOLLARS: Final = 0.01 / 1000
_CLAIM_DOLLARS: Final = 2 * 0.005 / 1000
"""https://aws.amazon.com/cloudwatch/pricing/, https://aws.amazon.com/s3/pricing/, us-east-1: a metric asked for, a
PutMetricData request, a claim and its end."""


def span_of(first: datetime | None, last: datetime | None, now: datetime) -> Span:
    """The minutes that are asked for; by default those of the last 24 hours. Raises CommandFailed for others."""
    youngest, oldest = floored(now - YOUNGEST), floored(now - OLDEST) + MINUTE
    last = youngest if last is None else last
    first = max(oldest, last - timedelta(hours=24)) if first is None else first
    if first < oldest:
        raise CommandFailed(
            f"{shown(first)} is too old: CloudWatch takes two weeks, now from {shown(oldest)} on. "
            "S3 has the minute, and Athena shows it."
        )
    latest = max(first, last)
    if latest > now:
        raise CommandFailed(f"{shown(latest)} lies in the future: it is {shown(now)}, UTC.")
    if latest > youngest:
        raise CommandFailed(
            f"{shown(latest)} is too young: its own run may still publish it. The last one is now {shown(youngest)}."
        )
    if first > last:
        raise CommandFailed(f"{shown(first)} is after {shown(last)}: --from is the first minute, --to the last.")
    return Span(first, last)


def portions(minutes: Sequence[SavedMinute]) -> Iterator[list[SavedMinute]]:
    """Minutes, sorted, of one source each and close enough together to be asked about at once."""
    for _, of_source in groupby(minutes, key=lambda saved: saved.source):
        portion: list[SavedMinute] = []
        for saved in of_source:
            if portion and saved.minute - portion[0].minute >= _PORTION * MINUTE:
                yield portion
                portion = []
            portion.append(saved)
        yield portion


@dataclass(frozen=True, slots=True)
class Cost:
    """What a replay uses, at most."""

    metrics: int
    """Asked for."""
    requests: int
    """With data."""
    minutes: int

    @property
    def dollars(self) -> float:
        """In us-east-1."""
        return self.metrics * _METRIC_DOLLARS + self.requests * _REQUEST_DOLLARS + self.minutes * _CLAIM_DOLLARS

    def __str__(self) -> str:
        """`asks for at most 104 metrics, sends at most 4 requests: less than $0.01`."""
        cents = math.floor(self.dollars * 100) + 1
        return (
            f"asks CloudWatch for at most {self.metrics:,} metrics and sends it at most {self.requests:,} requests: "
            f"less than ${cents / 100:.2f}"
        )


def cost_of(minutes: Sequence[SavedMinute], sources: Mapping[str, Source]) -> Cost:
    """Reckon it from what is configured."""
    metrics = requests = 0
    for portion in portions(minutes):
        source = sources.get(portion[0].source)
        series = _most_series(source) if source else 0
        metrics += series
        requests += (math.ceil(series / BATCH) + 1) * len(portion)
    return Cost(metrics, requests, len(minutes))


def _most_series(source: Source) -> int:
    zones = len(source.metrics) * len(source.zones) if "zone" in source.levels else 0
    return zones + (source.metric_limit if "application" in source.levels else 0)


def told(minutes: Sequence[SavedMinute]) -> Iterator[str]:
    """The minutes of each source as spans, a line each."""
    for source, of_source in groupby(minutes, key=lambda saved: saved.source):
        times = [saved.minute for saved in of_source]
        count = "1 minute" if len(times) == 1 else f"{len(times):,} minutes"
        yield f"{source}: {count}: {', '.join(map(str, runs_of(times)))}"
