"""The history objects in S3: one for each table and day, replaced only as long as it is the one that was looked at.

S3 facts used: `IfNoneMatch="*"` answers 412 when the key exists, `IfMatch` 412 when it holds another ETag and 404 when
it holds nothing, both 409 when another write is under way (Amazon S3 User Guide, conditional writes); a HEAD of a
missing key answers 404 to who may list the bucket (API reference, HeadObject). A conditional PUT may be sent again
whatever became of it: if the first arrived, the second is refused, and the object's `run` says whose it is.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from aws.errors import said, status_of
from compactor.errors import DayChanged, NotRead, NotWritten
from contract.lake import History, HistoryMetadata

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
    set_aside: int | None


@dataclass(frozen=True, slots=True)
class Made:
    """Of what a new history object is made: its metadata, but for the rows."""

    run: str
    raw_objects: int
    raw_digest: str
    set_aside: int

    def metadata(self, rows: int) -> dict[str, str]:
        """As S3 keeps it."""
        return {
            HistoryMetadata.RUN: self.run,
            HistoryMetadata.RAW_OBJECTS: str(self.raw_objects),
            HistoryMetadata.RAW_DIGEST: self.raw_digest,
            HistoryMetadata.ROWS: str(rows),
            HistoryMetadata.SET_ASIDE: str(self.set_aside),
        }


class Put(StrEnum):
    """What became of a history object."""

    WRITTEN = "written"
    BY_ANOTHER = "written by another run"
    """From the same raw objects: as good as ours."""
    OVERTAKEN = "overtaken"
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
            raise NotRead(f"S3 does not list s3://{self._bucket}/{history.prefix}: {said(error)}") from error

    def head(self, history: History, day: date) -> HistoryObject | None:
        """The day's object, or None when there is none. Raises NotRead when S3 does not say."""
        key = history.key(day)
        try:
            head = self._client.head_object(Bucket=self._bucket, Key=key)
        except ClientError as error:
            if status_of(error) == HTTPStatus.NOT_FOUND:
                return None
            raise NotRead(f"S3 does not describe s3://{self._bucket}/{key}: {said(error)}") from error
        except BotoCoreError as error:
            raise NotRead(f"S3 does not describe s3://{self._bucket}/{key}: {said(error)}") from error
        metadata = head["Metadata"]
        return HistoryObject(
            etag=head["ETag"],
            last_modified=head["LastModified"],
            run=metadata.get(HistoryMetadata.RUN),
            raw_objects=_number(metadata, HistoryMetadata.RAW_OBJECTS),
            raw_digest=metadata.get(HistoryMetadata.RAW_DIGEST),
            rows=_number(metadata, HistoryMetadata.ROWS),
            set_aside=_number(metadata, HistoryMetadata.SET_ASIDE),
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
            raise NotRead(f"S3 did not give s3://{self._bucket}/{key}: {said(error)}") from error

    def put(
        self, history: History, day: date, file: Path, *, rows: int, made: Made, replaces: HistoryObject | None
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
                    return self._whose(history, day, made)
                if status >= HTTPStatus.INTERNAL_SERVER_ERROR and self._was_written(history, day, made):
                    return Put.WRITTEN
                raise NotWritten(f"S3 refused s3://{self._bucket}/{key}: {said(error)}") from error
            except BotoCoreError as error:
                if self._was_written(history, day, made):
                    return Put.WRITTEN
                raise NotWritten(f"S3 did not take s3://{self._bucket}/{key}: {said(error)}") from error
            return Put.WRITTEN

    def _was_written(self, history: History, day: date, made: Made) -> bool:
        """Whether a PUT of which botocore has lost every answer has arrived all the same."""
        try:
            return self._whose(history, day, made) is Put.WRITTEN
        except NotRead:
            return False

    def _whose(self, history: History, day: date, made: Made) -> Put:
        standing = self.head(history, day)
        if standing is None:
            return Put.OVERTAKEN
        if standing.run == made.run:
            return Put.WRITTEN
        return Put.BY_ANOTHER if standing.raw_digest == made.raw_digest else Put.OVERTAKEN


def _number(metadata: Mapping[str, str], name: HistoryMetadata) -> int | None:
    text = metadata.get(name, "")
    return int(text) if text.isascii() and text.isdigit() else None
