"""The minutes in S3."""

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from collector.store import body_of
from commands._aws import CommandFailed
from commands._minutes import MINUTE as ONE
from commands._minutes import Span
from commands._saved import MinuteRefused, SavedMinute, SavedMinutes
from contract.raw import raw_key
from tests.unit.examples import BUCKET, MINUTE, application, failed_poll, poll, zone

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

ROWS = (poll(zone(1), [application()]), failed_poll(zone(2)))
SPAN = Span(MINUTE - timedelta(hours=11), MINUTE + ONE)


def put(s3: "S3Client", body: bytes, key: str = raw_key(MINUTE, "main")) -> SavedMinute:
    s3.put_object(Bucket=BUCKET, Key=key, Body=body)
    return SavedMinute("main", MINUTE, key, MINUTE)


def test_the_minutes_of_the_span_are_listed_by_source_and_time_and_nothing_else(s3: "S3Client") -> None:
    inside = [(SPAN.first, "main"), (SPAN.first, "edge"), (MINUTE, "main"), (SPAN.last, "edge-2")]
    for minute, source in [*inside, (SPAN.first - ONE, "main"), (SPAN.last + ONE, "main")]:
        put(s3, b"-", raw_key(minute, source))
    put(s3, b"-", "raw/dt=2026-11-23/README")
    found = SavedMinutes(s3, BUCKET).within(SPAN, ())
    assert [(each.source, each.minute) for each in found] == sorted((source, minute) for minute, source in inside)
    assert {each.key for each in found} == {raw_key(minute, source) for minute, source in inside}
    assert [each.minute for each in SavedMinutes(s3, BUCKET).within(SPAN, ["main"])] == [SPAN.first, MINUTE]
    assert str(found[0]) == "2026-11-22T23:00 edge"


def test_the_rows_of_a_minute_come_back(s3: "S3Client") -> None:
    assert SavedMinutes(s3, BUCKET).polls(put(s3, body_of(ROWS))) == ROWS


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "is not what the collector writes: it is empty"),
        (body_of(ROWS)[:-5], "cut short"),
        (b"{}\n", "not gzipped"),
        (body_of([poll(minute=MINUTE + ONE)]), "rows of another minute or source"),
        (body_of([poll(source="edge")]), "rows of another minute or source"),
    ],
)
def test_an_object_that_cannot_be_right_is_refused(s3: "S3Client", body: bytes, why: str) -> None:
    with pytest.raises(MinuteRefused, match=why):
        SavedMinutes(s3, BUCKET).polls(put(s3, body))


def test_an_object_that_has_gone_is_refused(s3: "S3Client") -> None:
    with pytest.raises(MinuteRefused, match="could not be read: NoSuchKey"):
        SavedMinutes(s3, BUCKET).polls(SavedMinute("main", MINUTE, raw_key(MINUTE, "main"), MINUTE))


def test_a_bucket_that_cannot_be_listed_ends_the_command(s3: "S3Client") -> None:
    with pytest.raises(CommandFailed, match="what s3://none-such holds: NoSuchBucket"):
        SavedMinutes(s3, "none-such").within(SPAN, ())
