"""Which minutes a replay publishes: what is saved, what CloudWatch has, in which portions, at what cost."""

import math
from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Final

from botocore.exceptions import BotoCoreError, ClientError

from collector.app_names import Catalog
from collector.publisher import BATCH
from commands._aws import CommandFailed, aws_errors_as_command_failed, describe_aws_error
from commands._config import collector_sources, configuration_of
from commands._minutes import MINUTE, Span, floored, runs_of, shown
from commands._saved import MinuteRefused, SavedMinute
from contract.raw import catalog_key
from contract.sources import Source
from infra.configuration import ConfigurationError

if TYPE_CHECKING:
    from types_boto3_cloudwatch import CloudWatchClient
    from types_boto3_cloudwatch.type_defs import MetricDataQueryTypeDef
    from types_boto3_s3 import S3Client


def sources_of(configuration: Path) -> Mapping[str, Source]:
    """The sources by name that a stack deployed with this cdk.json polls. Raises CommandFailed when it is not right."""
    try:
        return collector_sources(configuration_of(configuration))
    except ConfigurationError as error:
        raise CommandFailed(f"{configuration} is not what was deployed:\n{error}") from error


KEPT_WITHIN: Final = timedelta(seconds=60 + 75 + 55)
"""After its minute a run has kept its names: it is due after 60 s, starts at most 75 s late and takes at most 55 s."""


@dataclass(frozen=True, slots=True)
class _Version:
    kept_at: datetime
    id: str


@dataclass(slots=True)
class NamesAsOf:
    """Reads catalogues as they were; each version once."""

    s3: "S3Client"
    bucket: str
    _versions: dict[str, list[_Version]] = field(default_factory=dict)
    _catalogs: dict[str, Catalog | None] = field(default_factory=dict)

    def at(self, source: str, minute: datetime, zone_ids: Iterable[str]) -> Catalog:
        """The names that the run of this minute had, or should have had.

        When it could not keep what it had read (it was killed, or S3 was down), the first later catalogue in which the
        names of these zones have been asked for. Raises MinuteRefused when there is no catalogue at all.
        """
        try:
            versions = self._versions_of(source)
            then = max(0, bisect_right(versions, minute + KEPT_WITHIN, key=lambda version: version.kept_at) - 1)
            zones, last = list(zone_ids), None
            for version in versions[then:]:
                catalog = self._catalog(source, version)
                if catalog and all(catalog.zone(zone_id).initialized for zone_id in zones):
                    return catalog
                last = catalog or last
        except (ClientError, BotoCoreError, OSError) as error:
            raise MinuteRefused(
                f"the names in {catalog_key(source)} could not be read: {describe_aws_error(error)}"
            ) from error
        if last is None:
            raise MinuteRefused(f"there is no {catalog_key(source)} yet: replay when a minute has been collected again")
        # Some zones have not been asked for their names to this day: like the collector, publish nothing of them.
        return last

    def _versions_of(self, source: str) -> list[_Version]:
        if source not in self._versions:
            key = catalog_key(source)
            pages = self.s3.get_paginator("list_object_versions").paginate(Bucket=self.bucket, Prefix=key)
            self._versions[source] = sorted(
                (
                    _Version(entry["LastModified"].astimezone(UTC), entry["VersionId"])
                    for page in pages
                    for entry in page.get("Versions", [])
                    if entry["Key"] == key
                ),
                key=lambda version: version.kept_at,
            )
        return self._versions[source]

    def _catalog(self, source: str, version: _Version) -> Catalog | None:
        """One version; None when it cannot be understood. The collector, too, goes on with a new one then."""
        if version.id not in self._catalogs:
            answer = self.s3.get_object(Bucket=self.bucket, Key=catalog_key(source), VersionId=version.id)
            try:
                self._catalogs[version.id] = Catalog.from_json(answer["Body"].read())
            except ValueError:
                self._catalogs[version.id] = None
        return self._catalogs[version.id]


MOST_QUERIES: Final = 500
MOST_POINTS: Final = 100_800

_NO_ANSWER: Final = "no answer"
_COMPLETE: Final = "Complete"
_PASSING: Final = (_NO_ANSWER, _COMPLETE, "PartialData")
"""After an error of one page, the next ones cannot make the answer whole again."""

Name = tuple[str, tuple[tuple[str, str], ...]]
"""A series: its metric and its dimensions, as in `Datum`."""


class ExistingSamples:
    """Asks CloudWatch what is there."""

    def __init__(self, client: "CloudWatchClient") -> None:
        self._client = client

    def of(self, namespace: str, names: Collection[Name], span: Span) -> set[tuple[Name, datetime]]:
        """Each of these series with each minute of the span (UTC) at which it has a sample.

        Raises CommandFailed when CloudWatch does not say it of all: what is not known is not taken for absent.
        """
        minutes = (span.last - span.first) // MINUTE + 1
        most = max(1, min(MOST_QUERIES, MOST_POINTS // minutes))
        there: set[tuple[Name, datetime]] = set()
        with aws_errors_as_command_failed(f"what CloudWatch holds of {span}"):
            for batch in _batches(sorted(names), most):
                there.update(self._of_batch(namespace, batch, span))
        return there

    def _of_batch(self, namespace: str, names: Sequence[Name], span: Span) -> Iterator[tuple[Name, datetime]]:
        by_id = {f"m{number}": name for number, name in enumerate(names)}
        pages = self._client.get_paginator("get_metric_data").paginate(
            MetricDataQueries=[_query(identifier, namespace, name) for identifier, name in by_id.items()],
            StartTime=span.first,
            EndTime=span.last + MINUTE,
            ScanBy="TimestampAscending",
        )
        status: dict[str, str] = dict.fromkeys(by_id, _NO_ANSWER)
        for page in pages:
            for result in page["MetricDataResults"]:
                if status[result["Id"]] in _PASSING:
                    status[result["Id"]] = result["StatusCode"]
                yield from ((by_id[result["Id"]], moment.astimezone(UTC)) for moment in result["Timestamps"])
        unsaid = {by_id[identifier]: said for identifier, said in status.items() if said != _COMPLETE}
        if unsaid:
            (metric, dimensions), said = next(iter(unsaid.items()))
            raise CommandFailed(
                f"CloudWatch did not say of {len(unsaid)} series whether they have a sample from {shown(span.first)} "
                f"on ({metric} {dict(dimensions)}: {said}): try again"
            )


def _query(identifier: str, namespace: str, name: Name) -> "MetricDataQueryTypeDef":
    metric, dimensions = name
    return {
        "Id": identifier,
        "MetricStat": {
            "Metric": {
                "Namespace": namespace,
                "MetricName": metric,
                "Dimensions": [{"Name": dimension, "Value": value} for dimension, value in dimensions],
            },
            "Period": 60,
            "Stat": "SampleCount",
        },
    }


def _batches(names: Sequence[Name], most: int) -> Iterator[Sequence[Name]]:
    yield from (names[start : start + most] for start in range(0, len(names), most))


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


def describe_spans(minutes: Sequence[SavedMinute]) -> Iterator[str]:
    """The minutes of each source as spans, a line each."""
    for source, of_source in groupby(minutes, key=lambda saved: saved.source):
        times = [saved.minute for saved in of_source]
        count = "1 minute" if len(times) == 1 else f"{len(times):,} minutes"
        yield f"{source}: {count}: {', '.join(map(str, runs_of(times)))}"
