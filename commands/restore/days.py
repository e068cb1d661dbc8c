"""The days of restored minutes: whether one may still be added, and whether the compacted day lacks it."""

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from botocore.exceptions import ClientError

from aws.errors import status_of
from commands.deployment import asking
from contract.lake import DAY_FORMAT, HISTORIES, HistoryMetadata
from contract.raw import day_prefix, raw_object_of

if TYPE_CHECKING:
    from types_boto3_lambda import LambdaClient
    from types_boto3_s3 import S3Client

CLOSED_AFTER: Final = timedelta(days=1, minutes=15)
"""From a day's beginning, until its last minute has surely been handled."""


@dataclass(frozen=True, slots=True)
class Day:
    """How a day stands."""

    day: date
    raw_objects: int
    """Which are there now, other things in the folder aside, as the compactor counts them."""
    compacted: tuple[int, ...]
    """Of how many raw objects each of its history objects was made."""

    @property
    def ended(self) -> bool:
        """Its raw objects are gone: history made of what is left, and of a minute more, would lose the day."""
        return any(made_of > self.raw_objects for made_of in self.compacted)

    @property
    def stale(self) -> bool:
        """Its history lacks objects that are there."""
        return any(made_of < self.raw_objects for made_of in self.compacted)


class Days:
    """Looks at days, and has them compacted again."""

    def __init__(self, s3: "S3Client", bucket: str, functions: "LambdaClient", compactor: str) -> None:
        self._s3 = s3
        self._bucket = bucket
        self._functions = functions
        self._compactor = compactor

    def look(self, day: date) -> Day:
        """See how a day stands. Raises CommandFailed when S3 does not say."""
        with asking(f"what s3://{self._bucket} holds of {day}"):
            pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=day_prefix(day))
            raw_objects = sum(bool(raw_object_of(entry["Key"])) for page in pages for entry in page.get("Contents", []))
            made_of = (self._made_of(history.key(day)) for history in HISTORIES)
            return Day(day, raw_objects, tuple(count for count in made_of if count is not None))

    def _made_of(self, key: str) -> int | None:
        try:
            metadata = self._s3.head_object(Bucket=self._bucket, Key=key)["Metadata"]
        except ClientError as error:
            if status_of(error) == HTTPStatus.NOT_FOUND:
                return None
            raise
        count = metadata.get(HistoryMetadata.RAW_OBJECTS, "")
        return int(count) if count.isdecimal() else 0

    def compact_again(self, day: date) -> None:
        """Start the compaction of a day, and do not wait for it. Raises CommandFailed when it could not be started.

        It may take minutes, longer than a connection is sure to last, and what it does is seen in its log and in
        `UncompactedDays`: so Lambda gets the event in its queue, and failures in the failure queue.
        """
        with asking(f"whether the compaction of {day} was started"):
            self._functions.invoke(
                FunctionName=self._compactor,
                InvocationType="Event",
                Payload=json.dumps({"day": f"{day:{DAY_FORMAT}}"}).encode(),
            )


def is_closed(day: date, now: datetime) -> bool:
    """Whether no minute of this day is still to come."""
    return now >= datetime.combine(day, time(), UTC) + CLOSED_AFTER
