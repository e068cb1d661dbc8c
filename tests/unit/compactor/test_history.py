"""Written if it is still as it was, and always known whose it is."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest
from botocore.exceptions import ConnectionClosedError, ReadTimeoutError

from compactor.days import DayChanged, NotRead, NotWritten
from compactor.history import HistoryObject, HistoryStore, ObjectMetadata, Put
from contract.lake import POLLS, USAGE
from tests.unit.compactor.lake import DAY
from tests.unit.examples import BUCKET, client_error
from tests.unit.fake_time import FakeTime

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

Fault = Callable[[], Exception]
OURS = ObjectMetadata("run-1", 3, "digest-1", 0)
THEIRS = ObjectMetadata("run-2", 3, "digest-1", 0)
OTHERS = ObjectMetadata("run-3", 4, "digest-2", 0)


class Faulty:
    """An S3 whose next answers are faults; lost ones come after the write was applied."""

    def __init__(self, s3: "S3Client", *faults: Exception, lost: bool = False, operation: str = "put_object") -> None:
        self._s3 = s3
        self._faults = list(faults)
        self._lost = lost
        self._operation = operation
        self.calls = 0

    def __getattr__(self, name: str) -> Any:
        real = getattr(self._s3, name)
        if name != self._operation:
            return real

        def call(**request: Any) -> Any:
            self.calls += 1
            if not self._faults:
                return real(**request)
            if self._lost:
                real(**request)
            raise self._faults.pop(0)

        return call


def conflict() -> Exception:
    return client_error("ConditionalRequestConflict", 409, "PutObject")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    made = tmp_path / "polls.parquet"
    made.write_bytes(b"rows")
    return made


def store(s3: "S3Client | Faulty", time: FakeTime | None = None) -> HistoryStore:
    return HistoryStore(cast("S3Client", s3), BUCKET, (time or FakeTime()).sleep)


def put(
    s3: "S3Client | Faulty",
    file: Path,
    made: ObjectMetadata = OURS,
    replaces: HistoryObject | None = None,
    rows: int = 7,
) -> Put:
    return store(s3).put(POLLS, DAY, file, rows=rows, made=made, replaces=replaces)


def standing(s3: "S3Client") -> HistoryObject:
    found = store(s3).head(POLLS, DAY)
    assert found is not None
    return found


def test_an_object_that_is_not_there_is_none(s3: "S3Client") -> None:
    assert store(s3).head(POLLS, DAY) is None
    assert store(s3).keys(POLLS) == frozenset()


def test_the_first_object_says_of_what_it_was_made(s3: "S3Client", file: Path) -> None:
    assert put(s3, file) is Put.WRITTEN
    found = standing(s3)
    assert (found.run, found.raw_objects, found.raw_digest, found.rows, found.rejected) == (
        "run-1",
        3,
        "digest-1",
        7,
        0,
    )
    assert store(s3).keys(POLLS) == {POLLS.key(DAY)}
    assert store(s3).keys(USAGE) == frozenset()


def test_an_object_that_somebody_uploaded_says_nothing(s3: "S3Client") -> None:
    s3.put_object(Bucket=BUCKET, Key=POLLS.key(DAY), Body=b"x", Metadata={"rows": "many", "raw-objects": "-1"})
    found = standing(s3)
    assert (found.run, found.raw_objects, found.raw_digest, found.rows, found.rejected) == (None,) * 5


def test_another_run_with_the_same_raw_objects_is_as_good_as_ours(s3: "S3Client", file: Path) -> None:
    put(s3, file, THEIRS)
    assert put(s3, file) is Put.BY_ANOTHER
    assert standing(s3).run == "run-2"


def test_another_run_with_other_raw_objects_overtakes(s3: "S3Client", file: Path) -> None:
    put(s3, file, OTHERS)
    assert put(s3, file) is Put.CONFLICT
    assert standing(s3).run == "run-3"


def test_what_was_looked_at_is_replaced(s3: "S3Client", file: Path) -> None:
    put(s3, file, OTHERS)
    assert put(s3, file, replaces=standing(s3)) is Put.WRITTEN
    assert standing(s3).run == "run-1"


def test_what_was_replaced_since_is_left(s3: "S3Client", file: Path) -> None:
    put(s3, file, OTHERS)
    looked_at = standing(s3)
    s3.put_object(Bucket=BUCKET, Key=POLLS.key(DAY), Body=b"newer", Metadata={"run": "run-4", "raw-digest": "digest-4"})
    assert put(s3, file, replaces=looked_at) is Put.CONFLICT
    assert standing(s3).run == "run-4"


def test_what_was_deleted_since_is_left_to_the_next_hour(s3: "S3Client", file: Path) -> None:
    put(s3, file, OTHERS)
    looked_at = standing(s3)
    s3.delete_object(Bucket=BUCKET, Key=POLLS.key(DAY))
    assert put(s3, file, replaces=looked_at) is Put.CONFLICT
    assert store(s3).head(POLLS, DAY) is None


@pytest.mark.parametrize("first", [True, False])
def test_a_write_whose_answer_was_lost_is_recognised_as_our_own(s3: "S3Client", file: Path, first: bool) -> None:
    if not first:
        put(s3, file, OTHERS)
    replaces = None if first else standing(s3)
    # What botocore's own second try of a PUT that was applied is answered.
    faulty = Faulty(s3, client_error("PreconditionFailed", 412, "PutObject"), lost=True)
    assert put(faulty, file, replaces=replaces) is Put.WRITTEN
    assert standing(s3).run == "run-1"


@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize(
    "fault", [client_error("InternalError", 500, "PutObject"), ReadTimeoutError(endpoint_url="https://s3")]
)
def test_a_write_of_which_every_answer_was_lost_is_looked_for(
    s3: "S3Client", file: Path, fault: Exception, first: bool
) -> None:
    if not first:
        put(s3, file, OTHERS)
    faulty = Faulty(s3, fault, lost=True)
    assert put(faulty, file, replaces=None if first else standing(s3)) is Put.WRITTEN
    assert (faulty.calls, standing(s3).run) == (1, "run-1")


def test_a_conflict_is_tried_again_with_growing_pauses(s3: "S3Client", file: Path) -> None:
    time = FakeTime()
    faulty = Faulty(s3, conflict(), conflict(), conflict())
    assert store(faulty, time).put(POLLS, DAY, file, rows=7, made=OURS, replaces=None) is Put.WRITTEN
    assert (faulty.calls, time.slept) == (4, [1.0, 2.0, 4.0])


def test_a_conflict_that_stays_is_not_written(s3: "S3Client", file: Path) -> None:
    faulty = Faulty(s3, *(conflict() for _ in range(9)))
    with pytest.raises(NotWritten, match=r"polls\.parquet: ConditionalRequestConflict \(HTTP 409\) on PutObject"):
        put(faulty, file)
    assert faulty.calls == 5


@pytest.mark.parametrize(
    "fault",
    [
        client_error("AccessDenied", 403, "PutObject"),
        client_error("NoSuchBucket", 404, "PutObject"),
        client_error("InternalError", 500, "PutObject"),
        client_error("SlowDown", 503, "PutObject"),
        ReadTimeoutError(endpoint_url="https://s3"),
        ConnectionClosedError(endpoint_url="https://s3"),
    ],
)
def test_what_s3_does_not_take_is_not_written(s3: "S3Client", file: Path, fault: Exception) -> None:
    faulty = Faulty(s3, fault)
    with pytest.raises(NotWritten, match=f"s3://{BUCKET}/history/polls/dt=2026-11-22/polls.parquet"):
        put(faulty, file)
    assert faulty.calls == 1


@pytest.mark.parametrize("fault", [client_error("403", 403, "HeadObject"), ReadTimeoutError(endpoint_url="https://s3")])
def test_when_s3_does_not_say_what_is_there_nothing_is_claimed(s3: "S3Client", file: Path, fault: Exception) -> None:
    put(s3, file, THEIRS)
    with pytest.raises(NotRead, match="S3 does not describe"):
        put(Faulty(s3, fault, operation="head_object"), file)


def test_the_version_that_was_looked_at_is_downloaded(s3: "S3Client", file: Path, tmp_path: Path) -> None:
    put(s3, file)
    store(s3).download(POLLS, DAY, standing(s3).etag, tmp_path / "old")
    assert (tmp_path / "old").read_bytes() == b"rows"


def test_another_version_is_not(s3: "S3Client", file: Path, tmp_path: Path) -> None:
    put(s3, file)
    with pytest.raises(DayChanged, match=r"history/polls/dt=2026-11-22/polls\.parquet"):
        store(s3).download(POLLS, DAY, '"other"', tmp_path / "old")
    with pytest.raises(DayChanged):
        store(s3).download(USAGE, DAY, '"other"', tmp_path / "old")


def test_a_download_that_s3_refuses_is_not_read(s3: "S3Client", tmp_path: Path) -> None:
    faulty = Faulty(s3, client_error("AccessDenied", 403, "GetObject"), operation="get_object")
    with pytest.raises(NotRead, match=r"AccessDenied \(HTTP 403\) on GetObject"):
        store(faulty).download(POLLS, DAY, '"etag"', tmp_path / "old")


def test_a_table_that_s3_does_not_list_is_not_read(s3: "S3Client") -> None:
    with pytest.raises(NotRead, match="S3 does not list s3://no-such-bucket/history/polls/"):
        HistoryStore(s3, "no-such-bucket").keys(POLLS)
