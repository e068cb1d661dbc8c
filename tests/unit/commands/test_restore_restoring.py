"""What becomes of each minute whose rows were logged."""

from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

from collector.store import RawStore, body_of
from commands.restore import Days, Restoring, RowReassembler, State
from contract.lake import POLLS, HistoryMetadata
from tests.unit.commands.logged import KEY, ROWS, logged, rescue_of
from tests.unit.examples import BUCKET, client_error
from tests.unit.fake_time import FakeTime

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

WHOLE = logged("one")


def restoring(s3: "S3Client", rescue: RowReassembler | None = None, writer: Any = None) -> Restoring:
    time = FakeTime()
    raw = RawStore(writer or s3, BUCKET, time.monotonic, time.sleep)
    days = Days(s3, BUCKET, cast(Any, None), "compactor")
    return Restoring(raw, days, rescue or rescue_of(WHOLE), time.monotonic)


def all_of_them(_minute: datetime, _source: str) -> bool:
    return True


def test_a_minute_that_is_not_there_is_written_as_its_run_would_have(s3: "S3Client") -> None:
    to = restoring(s3)
    (step,) = to.plan(all_of_them)
    assert str(step) == "2026-11-23T10:00 main: to be written, 3 rows of run one"
    assert to.write(step).state is State.WRITTEN
    there = s3.get_object(Bucket=BUCKET, Key=KEY)
    assert there["Body"].read() == body_of(ROWS)
    assert there["Metadata"] == {"run": "one"}


def test_planning_writes_nothing(s3: "S3Client") -> None:
    restoring(s3).plan(all_of_them)
    assert "Contents" not in s3.list_objects_v2(Bucket=BUCKET)


def test_a_minute_that_is_there_stays_as_it_is_even_if_the_log_has_only_half_of_it(s3: "S3Client") -> None:
    s3.put_object(Bucket=BUCKET, Key=KEY, Body=b"theirs")
    for messages in (WHOLE, WHOLE[1:]):
        (step,) = restoring(s3, rescue_of(messages)).plan(all_of_them)
        assert str(step) == "2026-11-23T10:00 main: there already"


def test_one_that_another_run_writes_meanwhile_stays(s3: "S3Client") -> None:
    to = restoring(s3)
    (step,) = to.plan(all_of_them)
    s3.put_object(Bucket=BUCKET, Key=KEY, Body=b"theirs")
    assert to.write(step).state is State.THERE
    assert s3.get_object(Bucket=BUCKET, Key=KEY)["Body"].read() == b"theirs"


def test_what_is_not_whole_is_not_written_and_says_what_is_missing(s3: "S3Client") -> None:
    (step,) = restoring(s3, rescue_of(WHOLE[1:])).plan(all_of_them)
    assert step.state is State.FAILED
    assert "run one has 2 of 3 lines whole" in str(step)


def test_only_what_is_wanted_is_planned(s3: "S3Client") -> None:
    assert restoring(s3).plan(lambda minute, source: (minute.hour, source) == (11, "main")) == []
    assert restoring(s3).plan(lambda minute, source: (minute.hour, source) == (10, "edge")) == []
    assert len(restoring(s3).plan(lambda minute, source: (minute.hour, source) == (10, "main"))) == 1


def test_a_minute_of_a_day_whose_raw_objects_have_ended_is_not_added(s3: "S3Client") -> None:
    metadata = {HistoryMetadata.RAW_OBJECTS.value: "1440"}
    s3.put_object(Bucket=BUCKET, Key=POLLS.key(ROWS[0].minute.date()), Body=b"-", Metadata=metadata)
    (step,) = restoring(s3).plan(all_of_them)
    assert step.state is State.FAILED
    assert "the raw objects of 2026-11-23 have ended (0 are left of 1440)" in str(step)


def test_when_s3_still_refuses_the_minute_is_told_and_can_be_tried_again(s3: "S3Client") -> None:
    class Refusing:
        def put_object(self, **_asked: Any) -> None:
            raise client_error("AccessDenied", 403, "PutObject")

        def head_object(self, **_asked: Any) -> None:
            raise client_error("404", 404, "HeadObject")

    to = restoring(s3, writer=Refusing())
    (step,) = to.plan(all_of_them)
    refused = to.write(step)
    assert refused.state is State.FAILED
    assert "AccessDenied (HTTP 403) on PutObject. The rows stay in the log: try again" in str(refused)
