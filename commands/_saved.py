"""The minutes in S3: which there are, and what they hold."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from collector.rows import Poll, poll_of_line
from collector.store import lines_of
from commands._aws import aws_errors_as_command_failed, describe_aws_error
from commands._minutes import Span, shown
from contract.raw import CATALOG_PREFIX, day_prefix, raw_object_of

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client


class MinuteRefused(Exception):
    """This minute is not replayed; the others are. The message says why, and what to do."""


@dataclass(frozen=True, slots=True, order=True)
class SavedMinute:
    """One raw object."""

    source: str
    minute: datetime
    key: str
    written_at: datetime

    def __str__(self) -> str:
        """`2026-11-23T10:00 main`."""
        return f"{shown(self.minute)} {self.source}"


class SavedMinutes:
    """Lists and reads raw objects."""

    def __init__(self, s3: "S3Client", bucket: str) -> None:
        self._s3 = s3
        self._bucket = bucket

    def within(self, span: Span, sources: Collection[str]) -> list[SavedMinute]:
        """Every saved minute of the span, by source and time; of all sources when none is named.

        Raises CommandFailed when S3 does not say.
        """
        found = []
        with aws_errors_as_command_failed(f"what s3://{self._bucket} holds"):
            for day in span.days:
                pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=day_prefix(day))
                for entry in (entry for page in pages for entry in page.get("Contents", [])):
                    named = raw_object_of(entry["Key"])
                    if named and named[0] in span and named[1] in (sources or named):
                        minute, source = named
                        found.append(SavedMinute(source, minute, entry["Key"], entry["LastModified"].astimezone(UTC)))
        return sorted(found)

    def sources(self) -> set[str]:
        """Every source that has ever kept names here, configured or not. Raises CommandFailed when S3 does not say."""
        with aws_errors_as_command_failed(f"what s3://{self._bucket}/{CATALOG_PREFIX} holds"):
            pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=CATALOG_PREFIX)
            keys = [entry["Key"] for page in pages for entry in page.get("Contents", [])]
        return {key.removeprefix(CATALOG_PREFIX).removesuffix(".json") for key in keys}

    def polls(self, saved: SavedMinute) -> tuple[Poll, ...]:
        """The rows of a minute. Raises MinuteRefused when they cannot be had, or are another minute's."""
        try:
            body = self._s3.get_object(Bucket=self._bucket, Key=saved.key)["Body"].read()
            polls = tuple(map(poll_of_line, lines_of(body)))
        except (ClientError, BotoCoreError, OSError) as error:
            raise MinuteRefused(f"{saved.key} could not be read: {describe_aws_error(error)}: try again") from error
        except ValueError as error:
            raise MinuteRefused(f"{saved.key} is not what the collector writes: {error}") from error
        if any((poll.minute, poll.source) != (saved.minute, saved.source) for poll in polls):
            raise MinuteRefused(f"{saved.key} holds rows of another minute or source: nobody knows which is right")
        return polls
