"""What lies in `raw/` and should not, or is not whole: rejected and told of, never counted, never in the way."""

import gzip
import json
from typing import Any, Final

import pytest

from contract.lake import HistoryMetadata
from tests.end_to_end.closed_day import (
    DAY,
    FIRST_HOUR,
    MINUTES,
    NEXT_HOUR,
    assert_true,
    collect,
    history_objects,
    kept,
    served,
    stack_metric,
)
from tests.sandbox.sandbox import Sandbox

FOLDER: Final = f"raw/dt={DAY}"
BROKEN: Final = f"{FOLDER}/1200-main.json.gz"


def put(sandbox: Sandbox, key: str, body: bytes) -> None:
    """As somebody with access to the bucket would."""
    sandbox.s3.put_object(Bucket=sandbox.bucket, Key=key, Body=body)


def line(**changes: Any) -> dict[str, Any]:
    """A raw line for 12:00 with one application, as the collector writes it, with changes."""
    application = {
        "app_id": "a" * 32,
        "app_name": "ssh.example.com",
        "protocol": "tcp/22",
        "bytes_ingress": 10**12,
        "bytes_egress": 7,
        "connections": 2.5,
        "duration_avg_ms": 12.25,
        "reported": True,
    }
    whole: dict[str, Any] = {
        "minute": f"{DAY} 12:00:00",
        "observed_at": f"{DAY} 12:01:01.250",
        "source": "main",
        "zone_id": "f" * 32,
        "zone_name": None,
        "colo": None,
        "outcome": "collected",
        "reason": None,
        "http_status": 200,
        "error_code": None,
        "error_message": None,
        "attempts": 1,
        "latency_ms": 90,
        "rate_limit_remaining": 1100,
        "apps": [application],
    }
    return whole | changes


def packed(*lines: Any) -> bytes:
    """Lines as a raw object."""
    return gzip.compress("".join(f"{json.dumps(each)}\n" for each in lines).encode())


WHOLE: Final = packed(line())

REJECTED: Final[dict[str, bytes]] = {
    "an object cut short": WHOLE[:-20],
    "an empty object": b"",
    "text that is not gzipped": b"minute,zone\n",
    "two objects in one, the second cut": WHOLE + WHOLE[:30],
    "a flipped bit": WHOLE[:40] + bytes([WHOLE[40] ^ 1]) + WHOLE[41:],
    "a line that is no object": packed(line(zone_id="1" * 32), [1, 2], line(zone_id="2" * 32)),
    "text for a number": packed(line(zone_id="1" * 32), line(http_status="many")),
    "a row of another minute": packed(line(zone_id="1" * 32), line(minute=f"{DAY} 12:01:00")),
    "a zone twice": packed(line(), line(observed_at=f"{DAY} 12:01:09.000")),
    "an application twice": packed(line(apps=line()["apps"] * 2)),
}


@pytest.mark.parametrize("body", REJECTED.values(), ids=REJECTED.keys())
def test_a_bad_object_is_rejected_as_a_whole_and_the_rest_of_the_day_is_compacted(
    sandbox: Sandbox, body: bytes
) -> None:
    collect(sandbox, MINUTES[:2])
    put(sandbox, BROKEN, body)
    assert sandbox.compact(FIRST_HOUR).ok
    assert kept(sandbox) == served(sandbox)
    assert stack_metric(sandbox, "RawObjectsRejected") == [1]
    assert BROKEN in json.dumps(sandbox.report(DAY))
    assert sandbox.history_metadata("usage", DAY)[HistoryMetadata.REJECTED] == "1"
    assert set(sandbox.keys()) >= {BROKEN}


ALIEN: Final = ("notes.txt", "2359-main.json.gz.bak", "2460-main.json.gz", "deeper/2359-main.json.gz", "part-0.parquet")


def test_alien_files_are_rejected_once_an_hour_tells_of_them_and_none_is_touched(sandbox: Sandbox) -> None:
    collect(sandbox, MINUTES[:2])
    aliens = [*(f"{FOLDER}/{name}" for name in ALIEN), "raw/dt=2026-13-01/1200-main.json.gz", "raw/readme.txt"]
    for key in aliens:
        put(sandbox, key, WHOLE)
    put(sandbox, f"{FOLDER}/", b"")
    assert sandbox.compact(FIRST_HOUR).ok
    assert_history_is_only_what_was_served(sandbox)
    assert sum(stack_metric(sandbox, "RawObjectsRejected")) == len(aliens)
    report = json.dumps(sandbox.report(DAY))
    assert [name for name in ALIEN if name not in report] == []
    before = history_objects(sandbox)
    assert sandbox.compact(NEXT_HOUR).ok
    assert history_objects(sandbox) == before
    assert set(sandbox.keys()) >= set(aliens)


def assert_history_is_only_what_was_served(sandbox: Sandbox) -> None:
    """Nothing of what a test put there has got in."""
    assert kept(sandbox) == served(sandbox)


def test_fields_of_the_future_are_left_out_and_those_of_the_past_are_null(sandbox: Sandbox) -> None:
    application = {name: value for name, value in line()["apps"][0].items() if name != "protocol"}
    future = line(zone_id="1" * 32, packets=5, apps=[{**line()["apps"][0], "packets": 5}])
    past = {name: value for name, value in line(apps=[application]).items() if name != "rate_limit_remaining"}
    put(sandbox, BROKEN, packed(future, past))
    assert sandbox.compact(FIRST_HOUR).ok
    new, old = sandbox.history("usage", DAY)
    assert (new["protocol"], old["protocol"]) == ("tcp/22", None)
    assert [row["rate_limit_remaining"] for row in sandbox.history("polls", DAY)] == [1100, None]
    assert stack_metric(sandbox, "RawObjectsRejected") == []


def test_a_day_of_which_nothing_can_be_read_is_settled_with_no_row(sandbox: Sandbox) -> None:
    put(sandbox, BROKEN, b"")
    assert sandbox.compact(FIRST_HOUR).ok
    assert (sandbox.history("polls", DAY), sandbox.history("usage", DAY)) == ([], [])
    before = history_objects(sandbox)
    assert sandbox.compact(NEXT_HOUR).ok
    assert history_objects(sandbox) == before


def test_a_broken_object_that_is_put_right_is_in_history_an_hour_later(sandbox: Sandbox) -> None:
    put(sandbox, BROKEN, WHOLE[:-20])
    sandbox.compact(FIRST_HOUR)
    put(sandbox, BROKEN, WHOLE)
    assert sandbox.compact(NEXT_HOUR).ok
    assert [row["bytes_ingress"] for row in sandbox.history("usage", DAY)] == [10**12]
    assert sandbox.history_metadata("usage", DAY)[HistoryMetadata.REJECTED] == "0"


def test_a_day_of_one_object_and_a_minute_of_ten_thousand_applications(sandbox: Sandbox) -> None:
    application = line()["apps"][0]
    apps = [{**application, "app_id": f"{number:032x}"} for number in range(10_000)]
    put(sandbox, BROKEN, packed(line(apps=apps)))
    assert sandbox.compact(FIRST_HOUR).ok
    rows = sandbox.history("usage", DAY)
    assert len(rows) == len({row["app_id"] for row in rows}) == 10_000
    assert sum(row["bytes_ingress"] for row in rows) == 10**16
    assert_bounded(sandbox)


def assert_bounded(sandbox: Sandbox) -> None:
    """The compactor has stayed within its memory."""
    used = sandbox.compactions[-1].max_memory_mb
    assert used is not None
    assert used < sandbox.compacting.deployment.memory_mb


def test_good_days_beside_a_bad_one_are_whole(sandbox: Sandbox) -> None:
    put(sandbox, "raw/dt=2026-11-21/1200-main.json.gz", b"no")
    collect(sandbox)
    assert sandbox.compact(FIRST_HOUR).ok
    assert_true(sandbox)
