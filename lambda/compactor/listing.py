"""LIST: the raw objects of a day, the digest of them all, and what does not belong there.

S3 facts used: LIST is strongly consistent and sorted by key; with a delimiter it answers folders as common prefixes;
`LastModified` has whole seconds (Amazon S3 User Guide; API reference, ListObjectsV2).
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from aws.errors import said
from compactor.calendar import date_of
from compactor.errors import NotRead
from contract.raw import RAW_PREFIX, day_prefix, raw_object_of

if TYPE_CHECKING:
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
    aliens: tuple[str, ...]
    """Keys that the collector does not write. They are no part of the day: named, and never touched."""

    @property
    def size_bytes(self) -> int:
        """Of all raw objects, as they are stored."""
        return sum(each.size_bytes for each in self.objects)

    @property
    def digest(self) -> str:
        """SHA-256 over keys and ETags: it changes when an object comes, goes or is replaced, aliens apart."""
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
        aliens: list[str] = []
        for found in (found for page in self._pages(day_prefix(day)) for found in page.get("Contents", [])):
            key = found["Key"]
            named = raw_object_of(key)
            if named is not None and named[0].date() == day:
                objects.append(RawObject(key, *named, found["ETag"], found["Size"], found["LastModified"]))
            elif key != day_prefix(day):
                aliens.append(key)
        return DayListing(day, tuple(sorted(objects, key=lambda each: each.key)), tuple(aliens))

    def _pages(self, prefix: str, **how: Any) -> "Iterator[ListObjectsV2OutputTypeDef]":
        try:
            yield from self._client.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=prefix, **how)
        except (ClientError, BotoCoreError) as error:
            raise NotRead(f"S3 does not list s3://{self._bucket}/{prefix}: {said(error)}") from error
