"""Rows read back from their lines."""

import gzip
import json
import tracemalloc
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import collector.store as raw_object
from collector.rows import Application, Poll, poll_of_line
from collector.store import body_of, lines_of
from contract.raw import Outcome, Reason
from tests.unit.examples import application, failed_poll, poll

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
wholes = st.integers(0, 2**63 - 1)
numbers = st.floats(0, 1e15)
moments = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1)).map(lambda moment: moment.replace(tzinfo=UTC))  # noqa: DTZ001
applications = st.builds(
    Application,
    app_id=texts,
    app_name=st.none() | texts,
    protocol=st.none() | texts,
    bytes_ingress=wholes,
    bytes_egress=wholes,
    connections=numbers,
    duration_avg_ms=st.none() | numbers,
    reported=st.booleans(),
)
polls = st.builds(
    Poll,
    minute=moments.map(lambda moment: moment.replace(second=0, microsecond=0)),
    observed_at=moments.map(lambda moment: moment.replace(microsecond=moment.microsecond // 1000 * 1000)),
    source=texts,
    zone_id=texts,
    zone_name=st.none() | texts,
    colo=st.none() | texts,
    outcome=st.sampled_from(Outcome),
    reason=st.none() | st.sampled_from(Reason),
    http_status=st.none() | st.integers(100, 599),
    error_code=st.none() | st.integers(0, 2**31 - 1),
    error_message=st.none() | texts,
    attempts=st.integers(0, 9),
    latency_ms=st.none() | wholes,
    rate_limit_remaining=st.none() | wholes,
    apps=st.lists(applications, max_size=3).map(tuple),
)


@given(polls)
def test_a_row_comes_back_from_its_line_as_it_was(row: Poll) -> None:
    back = poll_of_line(row.to_line())
    assert back == row
    assert back.to_line() == row.to_line()


@given(st.lists(polls, max_size=4))
def test_the_lines_of_an_object_are_those_that_it_was_made_of(rows: list[Poll]) -> None:
    assert lines_of(body_of(rows)) == [row.to_line() for row in rows]


def changed(**columns: Any) -> str:
    """The line of a row with other values in it."""
    return json.dumps({**json.loads(poll(apps=[application()]).to_line()), **columns})


def of_application(**columns: Any) -> str:
    line = json.loads(changed())
    return json.dumps({**line, "apps": [{**line["apps"][0], **columns}]})


@pytest.mark.parametrize(
    "line",
    [
        "",
        "{",
        "[]",
        "null",
        '"text"',
        "[" * 100_000,
        changed(minute=None),
        changed(minute="2026-11-23"),
        changed(observed_at="2026-11-23T10:01:03Z"),
        changed(source=7),
        changed(zone_id=None),
        changed(outcome="lost"),
        changed(reason="unheard_of"),
        changed(attempts="1"),
        changed(attempts=True),
        changed(http_status=200.5),
        changed(apps=None),
        changed(apps=[7]),
        of_application(bytes_ingress=1.5),
        of_application(bytes_ingress=None),
        of_application(connections="2"),
        of_application(connections=True),
        of_application(reported=1),
        of_application(connections=10**400),
        of_application().replace('"connections": 2.0', '"connections": NaN'),
        of_application().replace('"connections": 2.0', '"connections": 1e999'),
    ],
)
def test_anything_else_is_an_error(line: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        poll_of_line(line)


def test_a_field_of_a_later_version_is_passed_over_and_one_that_may_be_null_may_be_absent() -> None:
    row = failed_poll()
    line = json.loads(row.to_line())
    kept = {name: value for name, value in line.items() if value is not None}
    assert len(kept) < len(line)
    assert poll_of_line(json.dumps({**kept, "of_tomorrow": {"deep": [1]}})) == row


@pytest.mark.parametrize("spoiled", [b"", b"{}", b"\x1f\x8b", body_of([poll()])[:-9], body_of([poll()])[:20] + b"junk"])
def test_an_object_that_is_cut_short_or_alien_is_an_error(spoiled: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        lines_of(spoiled)


def test_an_object_that_inflates_without_end_is_an_error_and_is_not_inflated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(raw_object, "LARGEST_BYTES", 2**20)
    bomb = gzip.compress(b"\n" * 2**26)
    tracemalloc.start()
    try:
        with pytest.raises(ValueError, match="larger than 1048576 bytes when inflated"):
            lines_of(bomb)
        assert tracemalloc.get_traced_memory()[1] < 2**24
    finally:
        tracemalloc.stop()
    assert len(lines_of(gzip.compress(b"\n" * 2**20))) == 2**20


def test_an_object_without_its_last_line_break_is_an_error() -> None:
    with pytest.raises(ValueError, match="no end"):
        lines_of(gzip.compress(b"{}"))


def test_times_are_utc() -> None:
    assert poll_of_line(changed()).minute.utcoffset() == timedelta(0)
