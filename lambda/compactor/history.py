"""The history objects: HEAD, GET, conditional PUT, and the rule that none is replaced by one that holds less."""

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import duckdb
from botocore.exceptions import BotoCoreError, ClientError

from aws import describe_error, status_of
from compactor.bucket import DayListing
from compactor.compact import Engine
from compactor.days import DayChanged, HistoryWouldShrink, NotRead, NotWritten, spans_by_source
from contract.lake import HISTORIES, History, HistoryMetadata

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client


TRIES: Final = 5
"""While another write is under way. Time-outs and errors of S3 are botocore's to repeat."""

PAUSE_S: Final = 0.5
_PIECE_BYTES: Final = 2**20
_GONE: Final = (HTTPStatus.NOT_FOUND, HTTPStatus.PRECONDITION_FAILED)


@dataclass(frozen=True, slots=True)
class HistoryObject:
    """A history object as HEAD describes it. What its metadata do not say is None."""

    etag: str
    last_modified: datetime
    run: str | None
    raw_objects: int | None
    raw_digest: str | None
    rows: int | None
    rejected: int | None


@dataclass(frozen=True, slots=True)
class ObjectMetadata:
    """Of what a new history object is made: its metadata, but for the rows."""

    run: str
    raw_objects: int
    raw_digest: str
    rejected: int

    def metadata(self, rows: int) -> dict[str, str]:
        """As S3 keeps it."""
        return {
            HistoryMetadata.RUN: self.run,
            HistoryMetadata.RAW_OBJECTS: str(self.raw_objects),
            HistoryMetadata.RAW_DIGEST: self.raw_digest,
            HistoryMetadata.ROWS: str(rows),
            HistoryMetadata.REJECTED: str(self.rejected),
        }


class Put(StrEnum):
    """What became of a history object."""

    WRITTEN = "written"
    BY_ANOTHER = "written by another run"
    """From the same raw objects: as good as ours."""
    CONFLICT = "overtaken"
    """By a run that saw other raw objects, or by a deletion: the next hour compares again."""


class HistoryStore:
    """Looks at history objects, reads and writes them."""

    def __init__(self, client: "S3Client", bucket: str, sleep: Callable[[float], None] = time.sleep) -> None:
        self._client = client
        self._bucket = bucket
        self._sleep = sleep

    def keys(self, history: History) -> frozenset[str]:
        """Keys of all objects of a table. Raises NotRead when S3 does not list them."""
        try:
            pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=history.prefix)
            return frozenset(found["Key"] for page in pages for found in page.get("Contents", []))
        except (ClientError, BotoCoreError) as error:
            raise NotRead(f"S3 does not list s3://{self._bucket}/{history.prefix}: {describe_error(error)}") from error

    def head(self, history: History, day: date) -> HistoryObject | None:
        """The day's object, or None when there is none. Raises NotRead when S3 does not say."""
        key = history.key(day)
        try:
            head = self._client.head_object(Bucket=self._bucket, Key=key)
        except ClientError as error:
            if status_of(error) == HTTPStatus.NOT_FOUND:
                return None
            raise NotRead(f"S3 does not describe s3://{self._bucket}/{key}: {describe_error(error)}") from error
        except BotoCoreError as error:
            raise NotRead(f"S3 does not describe s3://{self._bucket}/{key}: {describe_error(error)}") from error
        metadata = head["Metadata"]
        return HistoryObject(
            etag=head["ETag"],
            last_modified=head["LastModified"],
            run=metadata.get(HistoryMetadata.RUN),
            raw_objects=_number(metadata, HistoryMetadata.RAW_OBJECTS),
            raw_digest=metadata.get(HistoryMetadata.RAW_DIGEST),
            rows=_number(metadata, HistoryMetadata.ROWS),
            rejected=_number(metadata, HistoryMetadata.REJECTED),
        )

    def download(self, history: History, day: date, etag: str, file: Path) -> None:
        """Write the day's object, in the version that was looked at, to a file. Raises DayChanged or NotRead."""
        key = history.key(day)
        try:
            answer = self._client.get_object(Bucket=self._bucket, Key=key, IfMatch=etag)
            with file.open("wb") as to:
                for piece in answer["Body"].iter_chunks(_PIECE_BYTES):
                    to.write(piece)
        except (ClientError, BotoCoreError) as error:
            if isinstance(error, ClientError) and status_of(error) in _GONE:
                raise DayChanged(key) from error
            raise NotRead(f"S3 did not give s3://{self._bucket}/{key}: {describe_error(error)}") from error

    def put(
        self,
        history: History,
        day: date,
        file: Path,
        *,
        rows: int,
        made: ObjectMetadata,
        replaces: HistoryObject | None,
    ) -> Put:
        """Write the day's object, if what it replaces (None: nothing) is still there.

        Raises NotWritten when S3 does not take it, and NotRead when it does not say whose the object is that is there.
        """
        key = history.key(day)
        condition: dict[str, Any] = {"IfMatch": replaces.etag} if replaces else {"IfNoneMatch": "*"}
        tries = 0
        while True:
            tries += 1
            try:
                with file.open("rb") as body:
                    self._client.put_object(
                        Bucket=self._bucket,
                        Key=key,
                        Body=body,
                        ContentType="application/vnd.apache.parquet",
                        Metadata=made.metadata(rows),
                        **condition,
                    )
            except ClientError as error:
                status = status_of(error)
                if status == HTTPStatus.CONFLICT and tries < TRIES:
                    self._sleep(PAUSE_S * 2**tries)
                    continue
                if status == HTTPStatus.PRECONDITION_FAILED or (status == HTTPStatus.NOT_FOUND and replaces):
                    return self._written_by_us(history, day, made)
                if status >= HTTPStatus.INTERNAL_SERVER_ERROR and self._was_written(history, day, made):
                    return Put.WRITTEN
                raise NotWritten(f"S3 refused s3://{self._bucket}/{key}: {describe_error(error)}") from error
            except BotoCoreError as error:
                if self._was_written(history, day, made):
                    return Put.WRITTEN
                raise NotWritten(f"S3 did not take s3://{self._bucket}/{key}: {describe_error(error)}") from error
            return Put.WRITTEN

    def _was_written(self, history: History, day: date, made: ObjectMetadata) -> bool:
        """Whether a PUT of which botocore has lost every answer has arrived all the same."""
        try:
            return self._written_by_us(history, day, made) is Put.WRITTEN
        except NotRead:
            return False

    def _written_by_us(self, history: History, day: date, made: ObjectMetadata) -> Put:
        standing = self.head(history, day)
        if standing is None:
            return Put.CONFLICT
        if standing.run == made.run:
            return Put.WRITTEN
        return Put.BY_ANOTHER if standing.raw_digest == made.raw_digest else Put.CONFLICT


def _number(metadata: Mapping[str, str], name: HistoryMetadata) -> int | None:
    text = metadata.get(name, "")
    return int(text) if text.isascii() and text.isdigit() else None


CurrentHistory = Mapping[str, HistoryObject | None]
"""The history objects of a day, by the table's name."""


class ShrinkGuard:
    """Knows what the history of one day holds, and refuses to lose any of it."""

    def __init__(self, store: HistoryStore, engine: Engine, listing: DayListing, standing: CurrentHistory) -> None:
        self._store = store
        self._engine = engine
        self._listing = listing
        self._standing = standing
        self._old: Path | None = None

    def check_minutes(self, folder: Path) -> None:
        """Refuse, before anything is read, when history holds minutes whose raw objects are gone.

        Raises HistoryWouldShrink, or NotRead.
        """
        held = next((history for history in HISTORIES if self._standing[history.name]), None)
        if held is None:
            return
        standing = self._standing[held.name]
        assert standing is not None  # noqa: S101 # nosec B101 # for the type checker
        self._old = folder / "old.parquet"
        self._store.download(held, self._listing.day, standing.etag, self._old)
        minutes = self._ask("minutes", file=str(self._old))
        self._refuse({(minute.replace(tzinfo=UTC), source) for minute, source in minutes} - self._listing.minutes)

    def check_rows(self, polls: Path) -> None:
        """Refuse when history holds requests that the new file of `polls` lacks. After `check_minutes`."""
        if self._old is not None:
            self._refuse(self._ask("lost", old=str(self._old), new=str(polls)))

    def _ask(self, statement: str, **files: str) -> list[tuple[datetime, str]]:
        try:
            return [(minute, source) for minute, source in self._engine.run(statement, **files)]
        except duckdb.Error as error:
            raise HistoryWouldShrink(
                f"the history of {self._listing.day} cannot be read ({type(error).__name__}), so it is not known what "
                f"would be lost: nothing was written. Restore a sound version of it, or delete {self._keys()} on "
                "purpose; then the day is compacted from what is in raw/"
            ) from error

    def _refuse(self, lost: Iterable[tuple[datetime, str]]) -> None:
        minutes = spans_by_source(lost)
        if minutes:
            named = "; ".join(f"{source}: {', '.join(of)}" for source, of in minutes.items())
            raise HistoryWouldShrink(
                f"the history of {self._listing.day} holds minutes that raw/ does not hold any more, or not whole "
                f"({named}): nothing was written. Restore those raw objects (the bucket keeps deleted and overwritten "
                f"versions for a while), or delete {self._keys()} on purpose; then the day is compacted from what is "
                "in raw/"
            )

    def _keys(self) -> str:
        return " and ".join(history.key(self._listing.day) for history in HISTORIES)
