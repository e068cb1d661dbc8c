"""Raw objects become files: in order, bounded, and only in the version that was listed."""

import gzip
import io
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest
from botocore.exceptions import ConnectionClosedError, ReadTimeoutError
from botocore.response import StreamingBody

from compactor.bucket import RawObject
from compactor.days import DayChanged, NotRead
from compactor.download import PREFETCH, Fetched, Fetcher, Unreadable
from tests.unit.compactor.lake import START
from tests.unit.examples import client_error
from tests.unit.fake_time import FakeTime

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

BODY = gzip.compress(b"one\ntwo\n")


class S3:
    """Gives bodies by key; a fault of a key comes as often as it stands there."""

    def __init__(self, **bodies: bytes) -> None:
        self.bodies = bodies
        self.faults: dict[str, list[Exception | bytes]] = {}
        self.asked: list[str] = []
        self._lock = threading.Lock()

    def get_object(self, Bucket: str, Key: str, IfMatch: str) -> dict[str, Any]:  # noqa: N803
        assert (Bucket, IfMatch) == ("bucket", f'"{Key}"')
        with self._lock:
            self.asked.append(Key)
            faults = self.faults.get(Key, [])
            fault = faults.pop(0) if faults else None
        if isinstance(fault, Exception):
            raise fault
        body = self.bodies[Key]
        # A body that ends before its announced length: what a cut connection looks like.
        return {"Body": StreamingBody(io.BytesIO(body if fault is None else fault), len(body))}


def raw(*keys: str) -> list[RawObject]:
    return [RawObject(key, START, "main", f'"{key}"', 1, START) for key in keys]


def fetch(s3: S3, objects: Sequence[RawObject], folder: Path, time: FakeTime | None = None) -> list[Any]:
    return list(Fetcher(cast("S3Client", s3), "bucket", (time or FakeTime()).sleep).fetch(objects, folder))


def test_objects_become_numbered_files_in_their_order(tmp_path: Path) -> None:
    keys = [f"k{number:03}" for number in range(100)]
    found = fetch(S3(**{key: gzip.compress(key.encode()) for key in keys}), raw(*keys), tmp_path)
    assert [each.object.key for each in found] == keys
    assert [each.file.read_text() for each in found] == keys
    assert found[7] == Fetched(raw("k007")[0], tmp_path / "000007.ndjson", 4, 1)


def test_no_key_however_it_is_made_leaves_the_folder(tmp_path: Path) -> None:
    (found,) = fetch(S3(**{"../../x": BODY}), raw("../../x"), tmp_path / ".")
    assert found.file.parent == tmp_path


def test_only_a_few_objects_are_fetched_ahead(tmp_path: Path) -> None:
    keys = [f"k{number:03}" for number in range(100)]
    s3 = S3(**dict.fromkeys(keys, BODY))
    fetching = Fetcher(cast("S3Client", s3), "bucket").fetch(raw(*keys), tmp_path)
    next(fetching)
    fetching.close()  # type: ignore[attr-defined]
    assert len(s3.asked) <= PREFETCH


def test_an_object_that_is_not_whole_is_unreadable_and_leaves_no_file(tmp_path: Path) -> None:
    found = fetch(S3(a=BODY, b=BODY[:-1], c=BODY), raw("a", "b", "c"), tmp_path)
    assert found[1] == Unreadable(raw("b")[0], "cut short")
    assert [isinstance(each, Fetched) for each in found] == [True, False, True]
    assert len(list(tmp_path.iterdir())) == 2


@pytest.mark.parametrize(("code", "status"), [("NoSuchKey", 404), ("PreconditionFailed", 412)])
def test_an_object_that_is_gone_or_replaced_changes_the_day(tmp_path: Path, code: str, status: int) -> None:
    s3 = S3(a=BODY, b=BODY)
    s3.faults["b"] = [client_error(code, status, "GetObject")]
    with pytest.raises(DayChanged, match="b"):
        fetch(s3, raw("a", "b"), tmp_path)


@pytest.mark.parametrize(("code", "status"), [("AccessDenied", 403), ("InvalidObjectState", 403), ("SlowDown", 503)])
def test_an_object_that_s3_refuses_is_no_corrupt_one(tmp_path: Path, code: str, status: int) -> None:
    s3 = S3(a=BODY)
    s3.faults["a"] = [client_error(code, status, "GetObject")]
    with pytest.raises(NotRead, match=f"S3 did not give s3://bucket/a: {code}"):
        fetch(s3, raw("a"), tmp_path)


@pytest.mark.parametrize(
    "fault",
    [
        lambda: ReadTimeoutError(endpoint_url="https://s3"),
        lambda: ConnectionClosedError(endpoint_url="https://s3"),
        lambda: BODY[:-4],
        lambda: b"",
    ],
)
def test_a_body_that_breaks_off_is_read_again(tmp_path: Path, fault: Callable[[], Exception | bytes]) -> None:
    s3, time = S3(a=BODY), FakeTime()
    s3.faults["a"] = [fault(), fault(), fault()]
    (found,) = fetch(s3, raw("a"), tmp_path, time)
    assert (found.lines, found.file.read_bytes()) == (2, b"one\ntwo\n")
    assert time.slept == [0.2, 0.4, 0.8]


def test_a_body_that_always_breaks_off_is_not_taken_for_a_corrupt_object(tmp_path: Path) -> None:
    s3 = S3(a=BODY)
    s3.faults["a"] = [BODY[:-4]] * 9
    with pytest.raises(NotRead, match="s3://bucket/a broke off in 4 tries: IncompleteReadError"):
        fetch(s3, raw("a"), tmp_path)


def test_a_failure_ends_the_other_fetches(tmp_path: Path) -> None:
    keys = [f"k{number:03}" for number in range(100)]
    s3 = S3(**dict.fromkeys(keys, BODY))
    s3.faults["k000"] = [client_error("AccessDenied", 403, "GetObject")]
    with pytest.raises(NotRead):
        fetch(s3, raw(*keys), tmp_path)
    assert len(s3.asked) <= PREFETCH
