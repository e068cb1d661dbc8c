"""Many minutes in few words."""

from datetime import UTC, datetime, timedelta

from compactor.days import spans, spans_by_source

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def at(*minutes: int) -> list[datetime]:
    return [NOON + timedelta(minutes=number) for number in minutes]


def test_neighbouring_minutes_become_one_span_whatever_their_order() -> None:
    assert spans(at(2, 0, 1, 5, 0)) == ["2026-11-22 12:00 to 12:02", "2026-11-22 12:05"]


def test_a_span_ends_at_midnight() -> None:
    assert spans(at(719, 720)) == ["2026-11-22 23:59", "2026-11-23 00:00"]


def test_too_many_spans_are_counted() -> None:
    assert spans(at(0, 2, 4, 6), most=2) == ["2026-11-22 12:00", "2026-11-22 12:02", "and 2 spans more"]


def test_no_minute_is_no_span() -> None:
    assert spans([]) == []


def test_each_source_has_its_own_spans() -> None:
    minutes = [(NOON, "b"), (NOON, "a"), (NOON + timedelta(minutes=1), "b")]
    assert spans_by_source(minutes) == {"a": ["2026-11-22 12:00"], "b": ["2026-11-22 12:00 to 12:01"]}
