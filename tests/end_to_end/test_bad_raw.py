"""What lies in `raw/` and should not, or is not whole: rejected and told of, never counted, never in the way."""

import gzip
import json
from collections.abc import Callable
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

UNREADABLE: Final[dict[str, bytes]] = {
    "an object cut short": WHOLE[:-20],
    "an empty object": b"",
    "text that is not gzipped": b"minute,zone\n",
    "two objects in one, the second cut": WHOLE + WHOLE[:30],
    "a flipped bit": WHOLE[:40] + bytes([WHOLE[40] ^ 1]) + WHOLE[41:],
}


@pytest.mark.parametrize("body", UNREADABLE.values(), ids=UNREADABLE.keys())
def test_an_unreadable_object_is_rejected_and_the_rest_of_the_day_is_compacted(sandbox: Sandbox, body: bytes) -> None:
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


BAD_LINES: Final[dict[str, Callable[[], Any]]] = {
    "no object": lambda: [1, 2],
    "null": lambda: None,
    "without a minute": lambda: {name: value for name, value in line().items() if name != "minute"},
    "of another minute": lambda: line(minute=f"{DAY} 12:01:00"),
    "of another source": lambda: line(source="edge"),
    "of no zone": lambda: line(zone_id=None),
    "text for a number": lambda: line(apps=[{**line()["apps"][0], "bytes_ingress": "many"}]),
    "a number too large": lambda: line(apps=[{**line()["apps"][0], "bytes_egress": 2**63}]),
    "an application that is no object": lambda: line(apps=["a"]),
    "not a time": lambda: line(observed_at="noon"),
}


@pytest.mark.parametrize("bad", BAD_LINES.values(), ids=BAD_LINES.keys())
def test_a_line_that_is_not_a_row_is_rejected_and_its_neighbours_are_kept(
    sandbox: Sandbox, bad: Callable[[], Any]
) -> None:
    put(sandbox, BROKEN, packed(line(zone_id="1" * 32), bad(), line(zone_id="2" * 32)))
    assert sandbox.compact(FIRST_HOUR).ok
    assert [row["zone_id"] for row in sandbox.history("polls", DAY)] == ["1" * 32, "2" * 32]
    assert [row["bytes_ingress"] for row in sandbox.history("usage", DAY)] == [10**12] * 2
    assert stack_metric(sandbox, "RawLinesRejected") == [1]
    assert sandbox.history_metadata("polls", DAY)[HistoryMetadata.REJECTED] == "1"


def test_a_row_that_is_there_twice_counts_once(sandbox: Sandbox) -> None:
    failed = line(outcome="failed", reason="timeout", apps=[], observed_at=f"{DAY} 12:01:00.000")
    put(sandbox, BROKEN, packed(failed, line(), line(observed_at=f"{DAY} 12:01:09.000"), line(colo="AMS")))
    assert sandbox.compact(FIRST_HOUR).ok
    rows = sandbox.history("polls", DAY)
    assert sorted((row["colo"] or "", row["outcome"]) for row in rows) == [("", "collected"), ("AMS", "collected")]
    assert sum(row["bytes_ingress"] for row in sandbox.history("usage", DAY)) == 2 * 10**12
    assert stack_metric(sandbox, "RawLinesRejected") == [2]


def test_an_application_that_is_in_a_row_twice_counts_once(sandbox: Sandbox) -> None:
    application = line()["apps"][0]
    put(sandbox, BROKEN, packed(line(apps=[application, application])))
    assert sandbox.compact(FIRST_HOUR).ok
    assert [row["bytes_ingress"] for row in sandbox.history("usage", DAY)] == [10**12]


def test_fields_of_the_future_are_left_out_and_those_of_the_past_are_null(sandbox: Sandbox) -> None:
    application = {name: value for name, value in line()["apps"][0].items() if name != "protocol"}
    future = line(zone_id="1" * 32, packets=5, apps=[{**line()["apps"][0], "packets": 5}])
    past = {name: value for name, value in line(apps=[application]).items() if name != "rate_limit_remaining"}
    put(sandbox, BROKEN, packed(future, past))
    assert sandbox.compact(FIRST_HOUR).ok
    new, old = sandbox.history("usage", DAY)
    assert (new["protocol"], old["protocol"]) == ("tcp/22", None)
    assert [row["rate_limit_remaining"] for row in sandbox.history("polls", DAY)] == [1100, None]
    assert stack_metric(sandbox, "RawLinesRejected") == []


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
