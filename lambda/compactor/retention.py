"""Raw objects are deleted when their day is older than the retention and its history is verified, and at no other time.

A lifecycle rule cannot know whether history exists. Each condition is looked at anew in every run, so a deletion that
was killed half-way goes on: whatever is left of the day must still be in history.

S3 facts used: a DELETE request is free and takes 1,000 keys; with an ETag a key is deleted only as the version that was
listed (Amazon S3 User Guide, conditional deletes); in a versioned bucket the version stays, for as long as its
lifecycle rule says.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date
from pathlib import Path
from typing import TYPE_CHECKING, Final

import duckdb
from botocore.exceptions import BotoCoreError, ClientError

from aws import describe_error
from compactor.bucket import DayListing, RawLayer, RawObject
from compactor.compact import Engine, emptied, engine
from compactor.days import DayChanged, NotWritten
from compactor.history import HistoryObject, HistoryStore
from contract.lake import HISTORIES, POLLS

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client


BATCH: Final = 1000
"""Keys in one request, S3's limit."""

_GONE: Final = "NoSuchKey"


class Kept(Exception):
    """Why a day's raw objects stay. The message says it, and what to do."""


@dataclass(frozen=True, slots=True)
class RawPruner:
    """Deletes the raw objects of expired days."""

    client: "S3Client"
    bucket: str
    raw: RawLayer
    store: HistoryStore
    folder: Path
    memory_mb: int

    def delete_expired(self, day: date) -> int:
        """Delete the day's raw objects and return how many. The caller has seen that the day is old enough.

        Raises Kept when anything speaks against it, NotRead or NotWritten when S3 does not answer.
        """
        listing = self.raw.day(day)
        if listing.unexpected_objects:
            raise Kept("something lies there that the collector did not write: move it away")
        if not listing.objects:
            return 0
        try:
            self._check(listing)
        except DayChanged:
            raise Kept("it is being compacted: the next hour looks again") from None
        objects = listing.objects
        return sum(self._delete(objects[start : start + BATCH]) for start in range(0, len(objects), BATCH))

    def _check(self, listing: DayListing) -> None:
        heads = {history.name: self.store.head(history, listing.day) for history in HISTORIES}
        there = {name: head for name, head in heads.items() if head is not None}
        if len(there) < len(HISTORIES):
            raise Kept("its history is not whole: compact it by hand")
        for head in there.values():
            _check_head(head, listing)
        if len({head.raw_digest for head in there.values()}) > 1:
            raise Kept("its history objects are of different compactions: compact it by hand")
        with emptied(self.folder) as folder, engine(folder, self.memory_mb) as duck:
            for history in HISTORIES:
                file = folder / f"{history.name}.parquet"
                self.store.download(history, listing.day, there[history.name].etag, file)
                if _rows(duck, file) != there[history.name].rows:
                    raise Kept(f"{history.key(listing.day)} does not hold the rows that its metadata say")
            held = {
                (minute.replace(tzinfo=UTC), source)
                for minute, source in duck.run("minutes", file=str(folder / f"{POLLS.name}.parquet"))
            }
        if not listing.minutes <= held:
            raise Kept("history lacks minutes of it: compact it by hand")

    def _delete(self, objects: Sequence[RawObject]) -> int:
        try:
            answer = self.client.delete_objects(
                Bucket=self.bucket,
                Delete={"Objects": [{"Key": each.key, "ETag": each.etag} for each in objects], "Quiet": True},
            )
        except (ClientError, BotoCoreError) as error:
            raise NotWritten(
                f"S3 did not delete raw objects of {objects[0].minute:%Y-%m-%d}: {describe_error(error)}"
            ) from error
        errors = [each.get("Code", "") for each in answer.get("Errors", [])]
        refused = sorted(set(errors) - {_GONE})
        if refused:
            raise NotWritten(
                f"S3 did not delete {len(errors)} raw objects of {objects[0].minute:%Y-%m-%d}: {', '.join(refused)}"
            )
        return len(objects) - len(errors)


def _check_head(head: HistoryObject, listing: DayListing) -> None:
    if head.rejected != 0:
        raise Kept("some of it is not in history: see its report, mend it and compact it by hand")
    if head.rows is None or head.raw_objects is None or head.raw_digest is None:
        raise Kept("its history does not say of what it was made: compact it by hand")
    count = len(listing.objects)
    if count > head.raw_objects or (count == head.raw_objects and listing.digest != head.raw_digest):
        raise Kept("its raw objects are not those that history was made of: compact it by hand")
    if any(each.last_modified >= head.last_modified for each in listing.objects):
        raise Kept("some of it is younger than its history: compact it by hand")


def _rows(duck: Engine, file: Path) -> int | None:
    """How many rows a whole file holds; None when it cannot be read to its end."""
    try:
        ((rows, _),) = duck.run("checksum", files=[str(file)])
    except duckdb.Error:
        return None
    return int(rows)
