"""Written once, or not, and always known which."""

from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any, cast

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError, EndpointConnectionError, ReadTimeoutError

from collector.errors import NotSaved
from collector.store import RawStore, Saved
from contract.raw import RUN_METADATA
from tests.unit.examples import BUCKET, client_error
from tests.unit.fake_time import FakeTime

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

KEY = "raw/dt=2026-11-23/1000-main.json.gz"
UNTIL = 1010.0
"""Ten seconds after the fake clock's beginning."""

PAUSES = [0.2, 0.4, 0.6, 0.8, 1.0, 1.2, 1.4, 1.6, 1.8]
"""Of tries that fail at once until then."""

Fault = Callable[[], Exception]


def put_error(code: str, status: int) -> Fault:
    return lambda: client_error(code, status, "PutObject")


def cut() -> Exception:
    return ConnectionClosedError(endpoint_url="https://s3")


def slow() -> Exception:
    return ReadTimeoutError(endpoint_url="https://s3")


class Faulty:
    """An S3 whose answers get lost, or that refuses, as often as a test says; then the real one."""

    def __init__(self, s3: "S3Client", *faults: Fault, lost: bool = False, for_ever: bool = False) -> None:
        self.puts = 0
        self.heads = 0
        self.head_fault: Exception | None = None
        self.head_faults: list[Exception] = []
        self._s3 = s3
        self._faults = list(faults)
        self._lost = lost
        self._for_ever = for_ever

    def put_object(self, **request: Any) -> Any:
        self.puts += 1
        if not self._faults:
            return self._s3.put_object(**request)
        if self._lost:
            with suppress(ClientError):  # the object may be there by now
                self._s3.put_object(**request)
        raise (self._faults[0] if self._for_ever else self._faults.pop(0))()

    def head_object(self, **request: Any) -> Any:
        self.heads += 1
        if self.head_faults:
            raise self.head_faults.pop(0)
        if self.head_fault:
            raise self.head_fault
        return self._s3.head_object(**request)


def store(s3: "S3Client | Faulty", time: FakeTime | None = None) -> RawStore:
    passing = time or FakeTime()
    return RawStore(cast("S3Client", s3), BUCKET, passing.monotonic, passing.sleep)


def content(s3: "S3Client") -> bytes:
    return s3.get_object(Bucket=BUCKET, Key=KEY)["Body"].read()


def test_the_first_run_writes_and_signs_the_object(s3: "S3Client") -> None:
    assert not store(s3).has(KEY)
    assert store(s3).write_once(KEY, b"body", "run-1", UNTIL) is Saved.WRITTEN
    assert store(s3).has(KEY)
    assert content(s3) == b"body"
    head = s3.head_object(Bucket=BUCKET, Key=KEY)
    assert (head["Metadata"], head["ContentType"]) == ({RUN_METADATA: "run-1"}, "application/x-ndjson")


def test_a_second_run_is_a_duplicate_and_changes_nothing(s3: "S3Client") -> None:
    store(s3).write_once(KEY, b"first", "run-1", UNTIL)
    assert store(s3).write_once(KEY, b"second", "run-2", UNTIL) is Saved.DUPLICATE
    assert content(s3) == b"first"


@pytest.mark.parametrize("fault", [cut, slow, put_error("InternalError", 500)])
def test_a_write_whose_answer_was_lost_is_recognised_as_our_own(s3: "S3Client", fault: Fault) -> None:
    faulty = Faulty(s3, fault, lost=True)
    assert store(faulty).write_once(KEY, b"body", "run-1", UNTIL) is Saved.WRITTEN
    assert faulty.puts == 2


@pytest.mark.parametrize(
    "fault",
    [
        put_error("ConditionalRequestConflict", 409),
        put_error("SlowDown", 503),
        put_error("InternalError", 500),
        put_error("RequestTimeout", 400),
        put_error("TooManyRequests", 429),
        cut,
        slow,
        lambda: EndpointConnectionError(endpoint_url="https://s3"),
        lambda: RecursionError("as botocore does on a redirect"),
    ],
)
def test_what_may_pass_is_tried_again(s3: "S3Client", fault: Fault) -> None:
    faulty, time = Faulty(s3, fault, fault, fault), FakeTime()
    assert store(faulty, time).write_once(KEY, b"body", "run-1", UNTIL) is Saved.WRITTEN
    assert time.slept == pytest.approx([0.2, 0.4, 0.6])


@pytest.mark.parametrize("code", ["AccessDenied", "NoSuchBucket", "InvalidAccessKeyId", "KMS.DisabledException"])
def test_a_refusal_is_final_at_once(s3: "S3Client", code: str) -> None:
    faulty, time = Faulty(s3, put_error(code, 404 if code == "NoSuchBucket" else 403)), FakeTime()
    with pytest.raises(NotSaved, match=rf"S3 refused s3://{BUCKET}/{KEY}: {code} \(HTTP 40[34]\) on PutObject"):
        store(faulty, time).write_once(KEY, b"body", "run-1", UNTIL)
    assert (faulty.puts, time.slept) == (1, [])


@pytest.mark.parametrize("fault", [cut, put_error("SlowDown", 503)])
def test_no_try_begins_past_the_deadline(s3: "S3Client", fault: Fault) -> None:
    faulty, time = Faulty(s3, fault, for_ever=True), FakeTime()
    with pytest.raises(NotSaved, match=rf"did not take s3://{BUCKET}/{KEY} in {len(PAUSES) + 1} tries: [^,]+$"):
        store(faulty, time).write_once(KEY, b"body", "run-1", UNTIL)
    assert time.now < UNTIL
    assert time.slept == pytest.approx(PAUSES)
    assert (faulty.puts, faulty.heads) == (len(PAUSES) + 1, 1)


def test_without_time_there_is_still_one_try(s3: "S3Client") -> None:
    assert store(s3).write_once(KEY, b"body", "run-1", until=0.0) is Saved.WRITTEN


def test_an_object_that_vanished_between_two_answers_is_written(s3: "S3Client") -> None:
    faulty = Faulty(s3, put_error("PreconditionFailed", 412))
    assert store(faulty).write_once(KEY, b"body", "run-1", UNTIL) is Saved.WRITTEN


@pytest.mark.parametrize("status", [400, 403, 404, 503])
def test_what_s3_says_of_a_head_is_no_refusal_of_the_write(s3: "S3Client", status: int) -> None:
    faulty, time = Faulty(s3, cut, lost=True), FakeTime()
    faulty.head_faults = [client_error(str(status), status, "HeadObject")] * 3
    assert store(faulty, time).write_once(KEY, b"body", "run-1", UNTIL) is Saved.WRITTEN
    assert (faulty.puts, faulty.heads) == (5, 4)


def test_when_it_cannot_be_known_whose_object_it_is_nothing_is_claimed(s3: "S3Client") -> None:
    faulty, time = Faulty(s3, put_error("PreconditionFailed", 412), for_ever=True), FakeTime()
    faulty.head_fault = client_error("403", 403, "HeadObject")
    with pytest.raises(NotSaved, match=rf"in {len(PAUSES) + 1} tries: 403 \(HTTP 403\) on HeadObject$"):
        store(faulty, time).write_once(KEY, b"body", "run-1", UNTIL)


@pytest.mark.parametrize("fault", [cut, slow, put_error("InternalError", 500)])
@pytest.mark.parametrize(("before", "saved"), [(None, Saved.WRITTEN), ("run-2", Saved.DUPLICATE)])
def test_when_every_answer_was_lost_s3_is_asked_in_the_end_whose_the_object_is(
    s3: "S3Client", fault: Fault, before: str | None, saved: Saved
) -> None:
    store(s3).write_once(KEY, b"body", before or "run-1", UNTIL)
    faulty = Faulty(s3, fault, for_ever=True)
    assert store(faulty).write_once(KEY, b"body", "run-1", UNTIL) is saved
    assert (faulty.puts, faulty.heads) == (len(PAUSES) + 1, 1)


def test_a_refusal_after_a_lost_answer_is_not_taken_for_a_minute_that_is_not_saved(s3: "S3Client") -> None:
    faulty = Faulty(s3, cut, put_error("AccessDenied", 403), lost=True)
    store(s3).write_once(KEY, b"body", "run-1", UNTIL)
    assert store(faulty).write_once(KEY, b"body", "run-1", UNTIL) is Saved.WRITTEN
    assert faulty.puts == 2


def test_when_s3_does_not_answer_in_the_end_both_answers_are_told(s3: "S3Client") -> None:
    faulty = Faulty(s3, slow, for_ever=True)
    faulty.head_fault = client_error("503", 503, "HeadObject")
    with pytest.raises(NotSaved, match=r"ReadTimeoutError, then 503 \(HTTP 503\) on HeadObject$"):
        store(faulty).write_once(KEY, b"body", "run-1", UNTIL)


@pytest.mark.parametrize(
    "fault",
    [*(client_error(str(status), status, "HeadObject") for status in (400, 403, 503)), cut(), RecursionError()],
)
def test_when_s3_does_not_say_whether_it_has_the_object_the_write_decides(s3: "S3Client", fault: Exception) -> None:
    faulty = Faulty(s3)
    faulty.head_fault = fault
    assert not store(faulty).has(KEY)


def test_an_error_without_a_code_is_told_by_its_status(s3: "S3Client") -> None:
    nameless = ClientError({"Error": {}, "ResponseMetadata": {"HTTPStatusCode": 403}}, "PutObject")  # type: ignore[typeddict-item]
    with pytest.raises(NotSaved, match=r"403 \(HTTP 403\)"):
        store(Faulty(s3, lambda: nameless)).write_once(KEY, b"body", "run-1", UNTIL)
