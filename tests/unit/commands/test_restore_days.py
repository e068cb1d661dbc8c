"""Days of restored minutes."""

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, cast

import pytest

from commands._aws import CommandFailed
from commands.restore import Day, Days, is_closed
from contract.lake import HISTORIES, HistoryMetadata
from contract.raw import day_prefix
from tests.unit.examples import BUCKET, client_error

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

DAY = date(2026, 11, 22)


class Functions:
    """Lambda: keeps what it was asked to run."""

    def __init__(self, error: Exception | None = None) -> None:
        self.asked: list[dict[str, Any]] = []
        self._error = error

    def invoke(self, **asked: Any) -> None:
        self.asked.append(asked)
        if self._error:
            raise self._error


def days(s3: "S3Client", functions: Functions | None = None, bucket: str = BUCKET) -> Days:
    return Days(s3, bucket, cast(Any, functions or Functions()), "compactor")


def filled(s3: "S3Client", raw_objects: int, **made_of: str) -> None:
    """The day with so many raw objects, and history objects with this in their metadata."""
    for number in range(raw_objects):
        s3.put_object(Bucket=BUCKET, Key=f"{day_prefix(DAY)}{number:04}-main.json.gz", Body=b"-")
    s3.put_object(Bucket=BUCKET, Key=f"{day_prefix(DAY)}alien.txt", Body=b"-")
    s3.put_object(Bucket=BUCKET, Key=f"{day_prefix(date(2026, 11, 23))}0000-main.json.gz", Body=b"-")
    for history in HISTORIES:
        if history.name in made_of:
            metadata = {HistoryMetadata.RAW_OBJECTS.value: made_of[history.name]} if made_of[history.name] else {}
            s3.put_object(Bucket=BUCKET, Key=history.key(DAY), Body=b"-", Metadata=metadata)


@pytest.mark.parametrize(
    ("now", "closed"),
    [
        ("2026-11-22T23:59:59", False),
        ("2026-11-23T00:14:59", False),
        ("2026-11-23T00:15:00", True),
        ("2027-01-01T00:00:00", True),
    ],
)
def test_a_day_is_closed_when_its_last_minute_has_surely_been_handled(now: str, closed: bool) -> None:
    assert is_closed(DAY, datetime.fromisoformat(now).replace(tzinfo=UTC)) is closed


@pytest.mark.parametrize(
    ("raw_objects", "made_of", "ended", "stale"),
    [
        (3, {}, False, False),
        (3, {"polls": "3", "usage": "3"}, False, False),
        (4, {"polls": "3", "usage": "3"}, False, True),
        (4, {"polls": "4", "usage": "3"}, False, True),
        (4, {"usage": "3"}, False, True),
        (0, {"polls": "3", "usage": "3"}, True, False),
        (1, {"polls": "3"}, True, False),
        (3, {"polls": ""}, False, True),
    ],
)
def test_a_day_is_compared_with_what_its_history_was_made_of(
    s3: "S3Client", raw_objects: int, made_of: dict[str, str], ended: bool, stale: bool
) -> None:
    filled(s3, raw_objects, **made_of)
    seen = days(s3).look(DAY)
    assert (seen.raw_objects, seen.ended, seen.stale) == (raw_objects, ended, stale)
    assert bool(seen.compacted) is bool(made_of)


def test_when_s3_does_not_say_the_command_ends(s3: "S3Client") -> None:
    with pytest.raises(CommandFailed, match="what s3://none-such holds of 2026-11-22: NoSuchBucket"):
        days(s3, bucket="none-such").look(DAY)


class Listing:
    """An S3 that lists so many raw objects, page by page, and answers for every history object with this error."""

    def __init__(self, *pages: int, error: Exception) -> None:
        self._pages = pages
        self._error = error

    def get_paginator(self, _operation: str) -> "Listing":
        return self

    def paginate(self, **_asked: Any) -> list[dict[str, Any]]:
        return [{"Contents": [{"Key": f"{day_prefix(DAY)}0000-main.json.gz"}] * keys} for keys in self._pages] + [{}]

    def head_object(self, **_asked: Any) -> None:
        raise self._error


def test_more_objects_than_one_list_holds_are_counted() -> None:
    listing = Listing(1_000, 440, error=client_error("404", 404, "HeadObject"))
    assert days(cast(Any, listing)).look(DAY) == Day(DAY, 1_440, ())


def test_a_bucket_that_hides_its_history_is_not_taken_for_one_without() -> None:
    with pytest.raises(CommandFailed, match="403"):
        days(cast(Any, Listing(1, error=client_error("403", 403, "HeadObject")))).look(DAY)


def test_a_compaction_is_started_and_not_waited_for(s3: "S3Client") -> None:
    functions = Functions()
    days(s3, functions).compact_again(DAY)
    assert functions.asked == [
        {"FunctionName": "compactor", "InvocationType": "Event", "Payload": b'{"day": "2026-11-22"}'}
    ]


def test_a_compaction_that_could_not_be_started_is_an_error(s3: "S3Client") -> None:
    refused = Functions(client_error("AccessDeniedException", 403, "Invoke"))
    with pytest.raises(CommandFailed, match="whether the compaction of 2026-11-22 was started: AccessDeniedException"):
        days(s3, refused).compact_again(DAY)
