"""What does not belong into raw: what Trino reads all the same, what it stops at, and that compaction ends it."""

import gzip
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any, Final

import pytest

from contract.lake import USAGE
from contract.raw import day_prefix
from tests.athena.days import DAY
from tests.athena.lake import OPEN_DAYS, Lake
from tests.athena.trino import QueryError

pytestmark = pytest.mark.athena

_KEY: Final = "1100-main.json.gz"
"""Of a minute at which nobody ran."""


def _line(day: date, **changes: Any) -> dict[str, Any]:
    app = {
        "app_id": "a1",
        "app_name": "one",
        "protocol": "tcp/22",
        "bytes_ingress": 10**12 + 1,
        "bytes_egress": 2,
        "connections": 3,
        "duration_avg_ms": 1.5,
        "reported": True,
    }
    line = {
        "minute": f"{day} 11:00:00",
        "observed_at": f"{day} 11:01:02.345",
        "source": "main",
        "zone_id": "z1",
        "zone_name": "one.example",
        "colo": None,
        "outcome": "collected",
        "reason": None,
        "http_status": 200,
        "error_code": None,
        "error_message": None,
        "attempts": 1,
        "latency_ms": 12,
        "rate_limit_remaining": 1199,
        "apps": [app],
    }
    return line | changes


def _packed(*lines: Any) -> bytes:
    return gzip.compress("".join(json.dumps(line) + "\n" for line in lines).encode(), mtime=0)


@contextmanager
def _put(lake: Lake, day: date, body: bytes, name: str = _KEY) -> Iterator[None]:
    """This object lies among the day's raw objects within the block."""
    key = day_prefix(day) + name
    lake.sandbox.s3.put_object(Bucket=lake.sandbox.bucket, Key=key, Body=body)
    try:
        yield
    finally:
        lake.sandbox.s3.delete_object(Bucket=lake.sandbox.bucket, Key=key)


def test_lines_of_another_version_of_the_collector_are_read(lake: Lake) -> None:
    day = lake.script.days.day(1)
    (app,) = _line(day)["apps"]
    future = _line(day, zone_id="z1", edge="AMS", nested={"a": [1]}, apps=[{**app, "packets": 7}])
    past = _line(day, zone_id="z2", apps=[{name: app[name] for name in app if name != "protocol"}])
    del past["latency_ms"]
    with _put(lake, day, _packed(future, past, _line(day, zone_id="z3", apps=None), _line(day, zone_id="z4", apps=[]))):
        where = f"WHERE dt = '{day}' AND minute = TIMESTAMP '{day} 11:00:00' ORDER BY zone_id"
        polls = lake.trino.query(f"SELECT zone_id, latency_ms, cardinality(apps) FROM polls_raw {where}").rows
        usage = lake.trino.query(f"SELECT zone_id, protocol, bytes_ingress FROM usage {where}").rows
    assert polls == [("z1", 12, 1), ("z2", None, 1), ("z3", 12, None), ("z4", 12, 0)]
    assert usage == [("z1", "tcp/22", 10**12 + 1), ("z2", None, 10**12 + 1)]


HARMLESS: Final = {
    "an empty object": (b"", _KEY),
    "gzip of nothing": (gzip.compress(b"", mtime=0), _KEY),
    "a name that begins with an underscore": (b"what is this", "_SUCCESS"),
    "a name that begins with a dot": (b"what is this", ".part"),
}


@pytest.mark.parametrize("what", HARMLESS)
def test_of_an_open_day_trino_passes_over(lake: Lake, what: str) -> None:
    day = lake.script.days.day(1)
    sql = f"SELECT count(*), sum(attempts) FROM polls WHERE dt = '{day}'"
    before = lake.trino.query(sql).rows
    with _put(lake, day, *HARMLESS[what]):
        assert lake.trino.query(sql).rows == before


ALIEN: Final = {
    "gzip that is cut short": (_packed(*(_line(date(2026, 1, 1), zone_id=f"z{n}") for n in range(999)))[:-500], _KEY),
    "a line that is cut short": (gzip.compress(b'{"minute":"2026-11-22 11:00:00","source":"ma', mtime=0), _KEY),
    "text that is called gzip": (b"what is this\n", _KEY),
    "a foreign text file": (b"what is this\n", "notes.txt"),
    "a blank line": (gzip.compress(b"\n", mtime=0), _KEY),
}
ERRORS: Final = {"text that is called gzip": "HIVE_CANNOT_OPEN_SPLIT"}
"""All others end in HIVE_CURSOR_ERROR."""


@pytest.mark.parametrize("what", ALIEN)
@pytest.mark.parametrize("view", ["polls", "usage"])
def test_of_an_open_day_trino_stops_at(lake: Lake, what: str, view: str) -> None:
    day = lake.script.days.day(1)
    body, name = ALIEN[what]
    with _put(lake, day, body, name), pytest.raises(QueryError) as stopped:
        lake.trino.query(f"SELECT count(*), max(zone_id), max(observed_at) FROM {view} WHERE dt = '{day}'")
    assert stopped.value.name == ERRORS.get(what, "HIVE_CURSOR_ERROR")
    assert name in str(stopped.value), "it says which object it is"


@pytest.mark.parametrize("days_ago", [1, 2], ids=["open", "closed"])
def test_once_a_day_is_compacted_its_good_rows_are_in_history(lake: Lake, days_ago: int) -> None:
    day = lake.script.days.day(days_ago)
    sums = "SELECT count(*), sum(bytes_ingress), sum(bytes_egress) FROM {} WHERE dt = '{}'"
    before = lake.trino.query(sums.format(USAGE.table.name, day)).rows
    (cut, _), (foreign, name) = ALIEN["gzip that is cut short"], ALIEN["a foreign text file"]
    with _put(lake, day, cut), _put(lake, day, foreign, name):
        told = lake.compact(day, by_hand=True)["rejected"]["listed"]
        assert {each["key"] for each in told} == {day_prefix(day) + _KEY, day_prefix(day) + name}
        assert lake.trino.query(sums.format(USAGE.table.name, day)).rows == before
        if day < lake.today() - OPEN_DAYS * DAY:
            assert lake.trino.query(sums.format(USAGE.name, day)).rows == before
        else:  # until the day is older than the view's border
            with pytest.raises(QueryError):
                lake.trino.query(sums.format(USAGE.name, day))
    assert lake.compact(day, by_hand=True)["rejected"]["listed"] == []
    assert lake.trino.query(sums.format(USAGE.name, day)).rows == before
    assert before[0][0] > 0
