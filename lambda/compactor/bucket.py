"""Lists the bucket: the raw objects of a day, their digest, what does not belong there, and unpublished minutes."""

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from aws import describe_error
from compactor.days import NotRead, date_of
from contract.metrics import HEALTH_NAMESPACE
from contract.raw import RAW_PREFIX, day_prefix, raw_object_of

if TYPE_CHECKING:
    from types_boto3_cloudwatch import CloudWatchClient
    from types_boto3_cloudwatch.type_defs import GetMetricDataInputTypeDef, MetricDataQueryTypeDef
    from types_boto3_s3 import S3Client
    from types_boto3_s3.type_defs import ListObjectsV2OutputTypeDef


_DAY_FOLDER: Final = f"{RAW_PREFIX}dt="


@dataclass(frozen=True, slots=True)
class RawObject:
    """One raw object as LIST names it."""

    key: str
    minute: datetime
    source: str
    etag: str
    size_bytes: int
    last_modified: datetime


@dataclass(frozen=True, slots=True)
class DayListing:
    """What lies in a day's folder."""

    day: date
    objects: tuple[RawObject, ...]
    """By key."""
    unexpected_objects: tuple[str, ...]
    """Keys that the collector does not write. They are no part of the day: named, and never touched."""

    @property
    def size_bytes(self) -> int:
        """Of all raw objects, as they are stored."""
        return sum(each.size_bytes for each in self.objects)

    @property
    def digest(self) -> str:
        """SHA-256 over the keys and ETags of the objects: it changes when one comes, goes or is replaced."""
        lines = sorted(f"{each.key} {each.etag}\n" for each in self.objects)
        return hashlib.sha256("".join(lines).encode()).hexdigest()

    @property
    def minutes(self) -> frozenset[tuple[datetime, str]]:
        """Minute and source of every raw object."""
        return frozenset((each.minute, each.source) for each in self.objects)


@dataclass(frozen=True, slots=True)
class RawFolders:
    """What lies directly under `raw/`."""

    days: tuple[date, ...]
    """Oldest first."""
    strays: tuple[str, ...]
    """Keys and folders that belong to no day."""


class RawLayer:
    """The raw objects in S3, by LIST."""

    def __init__(self, client: "S3Client", bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def folders(self) -> RawFolders:
        """All days that have a folder."""
        days: list[date] = []
        strays: list[str] = []
        for page in self._pages(RAW_PREFIX, Delimiter="/"):
            strays += [found["Key"] for found in page.get("Contents", []) if found["Key"] != RAW_PREFIX]
            for found in page.get("CommonPrefixes", []):
                prefix = found["Prefix"]
                day = date_of(prefix.removeprefix(_DAY_FOLDER).removesuffix("/"))
                if day is not None and prefix == day_prefix(day):
                    days.append(day)
                else:
                    strays.append(prefix)
        return RawFolders(tuple(sorted(days)), tuple(strays))

    def holds_anything(self, day: date) -> bool:
        """Whether there is more in the day's folder than its own marker, which sorts first."""
        prefix = day_prefix(day)
        first = next(iter(self._pages(prefix, PaginationConfig={"PageSize": 2})))
        return any(found["Key"] != prefix for found in first.get("Contents", []))

    def day(self, day: date) -> DayListing:
        """Everything in the day's folder."""
        objects: list[RawObject] = []
        unexpected_objects: list[str] = []
        for found in (found for page in self._pages(day_prefix(day)) for found in page.get("Contents", [])):
            key = found["Key"]
            named = raw_object_of(key)
            if named is not None and named[0].date() == day:
                objects.append(RawObject(key, *named, found["ETag"], found["Size"], found["LastModified"]))
            elif key != day_prefix(day):
                unexpected_objects.append(key)
        return DayListing(day, tuple(sorted(objects, key=lambda each: each.key)), tuple(unexpected_objects))

    def _pages(self, prefix: str, **how: Any) -> "Iterator[ListObjectsV2OutputTypeDef]":
        try:
            yield from self._client.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=prefix, **how)
        except (ClientError, BotoCoreError) as error:
            raise NotRead(f"S3 does not list s3://{self._bucket}/{prefix}: {describe_error(error)}") from error


SETTLED: Final = timedelta(minutes=15)
"""A minute's age from which its data must have been sent, and CloudWatch must have counted them."""

METRICS: Final = 500
"""In one request, CloudWatch's limit."""

_MINUTE: Final = timedelta(minutes=1)
_SOURCE: Final = re.compile(r"[a-z0-9-]{1,32}", re.ASCII)
"""What the configuration allows. Any other name in a raw key is nobody's, and could spoil the whole request."""


def unpublished(
    client: "CloudWatchClient", saved: Mapping[str, frozenset[datetime]], now: datetime
) -> dict[str, frozenset[datetime]]:
    """Of each source's saved minutes (UTC), those older than 15 minutes that have no `Published`.

    A source that CloudWatch does not answer for whole is left out: unknown is not zero. Raises ClientError or
    BotoCoreError when it does not answer at all.
    """
    awaited = {
        source: frozenset(minute for minute in minutes if minute < now - SETTLED)
        for source, minutes in saved.items()
        if _SOURCE.fullmatch(source)
    }
    missing = {source: minutes for source, minutes in awaited.items() if not minutes}
    asked = sorted(source for source, minutes in awaited.items() if minutes)
    for start in range(0, len(asked), METRICS):
        some = asked[start : start + METRICS]
        first = min(min(awaited[source]) for source in some)
        last = max(max(awaited[source]) for source in some)
        for source, published in _published(client, some, first, last + _MINUTE).items():
            missing[source] = awaited[source] - published
    return missing


def _published(
    client: "CloudWatchClient", sources: Sequence[str], start: datetime, end: datetime
) -> dict[str, frozenset[datetime]]:
    """The minutes with a sample of `Published`, of the sources that CloudWatch answered for whole."""
    names = {f"source{number}": source for number, source in enumerate(sources)}
    found: dict[str, set[datetime]] = {name: set() for name in names}
    status: dict[str, str] = {}
    request: GetMetricDataInputTypeDef = {
        "MetricDataQueries": [_query(name, source) for name, source in names.items()],
        "StartTime": start,
        "EndTime": end,
        "ScanBy": "TimestampAscending",
    }
    while True:
        answer = client.get_metric_data(**request)
        for result in answer["MetricDataResults"]:
            name = result["Id"]
            status[name] = result["StatusCode"]
            for moment, samples in zip(result["Timestamps"], result["Values"], strict=True):
                if samples:
                    found[name].add(moment.astimezone(UTC))
        token = answer.get("NextToken")
        if not token:
            break
        request["NextToken"] = token
    return {source: frozenset(found[name]) for name, source in names.items() if status.get(name) == "Complete"}


def _query(name: str, source: str) -> "MetricDataQueryTypeDef":
    return {
        "Id": name,
        "MetricStat": {
            "Metric": {
                "Namespace": HEALTH_NAMESPACE,
                "MetricName": "Published",
                "Dimensions": [{"Name": "Source", "Value": source}],
            },
            "Period": int(_MINUTE.total_seconds()),
            "Stat": "SampleCount",
        },
    }
