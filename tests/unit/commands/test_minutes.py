"""Minutes on the command line."""

from argparse import ArgumentTypeError
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commands._minutes import MINUTE, Span, minute_of, runs_of

TEN = datetime(2026, 11, 23, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-23T10:00",
        "2026-11-23 10:00",
        "2026-11-23T10:00:00Z",
        "2026-11-23T11:00+01:00",
        "2026-11-23T05:00-05:00",
    ],
)
def test_a_minute_is_utc_unless_it_says_otherwise(text: str) -> None:
    assert minute_of(text) == TEN


@pytest.mark.parametrize(
    "text", ["", "yesterday", "10:00", "2026-11-23T10:00:01", "2026-11-23T24:01", "0001-01-01T00:00+23:00"]
)
def test_what_is_no_minute_is_refused(text: str) -> None:
    with pytest.raises(ArgumentTypeError, match="like 2026-11-23T10:00"):
        minute_of(text)


def test_a_span_holds_its_first_and_its_last_minute() -> None:
    span = Span(TEN, TEN + MINUTE)
    assert [minute in span for minute in (TEN - MINUTE, TEN, TEN + MINUTE, TEN + 2 * MINUTE)] == [
        False,
        True,
        True,
        False,
    ]
    assert str(span) == "2026-11-23T10:00 to 2026-11-23T10:01"
    assert str(Span(TEN, TEN)) == "2026-11-23T10:00"
    assert span.options == "--from 2026-11-23T10:00 --to 2026-11-23T10:01"


def test_its_days_are_all_that_it_touches() -> None:
    midnight = datetime(2026, 11, 23, tzinfo=UTC)
    assert list(Span(midnight - MINUTE, midnight).days) == [date(2026, 11, 22), date(2026, 11, 23)]
    assert list(Span(midnight, midnight + timedelta(hours=23)).days) == [date(2026, 11, 23)]


@given(st.sets(st.integers(0, 30)))
def test_the_runs_of_some_minutes_are_exactly_those_minutes_and_do_not_touch(chosen: set[int]) -> None:
    spans = list(runs_of(TEN + number * MINUTE for number in chosen))
    assert {number for number in range(31) for span in spans if TEN + number * MINUTE in span} == chosen
    assert all(other.first - one.last > MINUTE for one, other in pairwise(spans))
