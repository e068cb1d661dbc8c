"""Which days are over, and what is due for them."""

from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from compactor.days import Calendar

DAY = date(2026, 11, 22)
MIDNIGHT = datetime(2026, 11, 23, tzinfo=UTC)
MOMENTS = st.datetimes(datetime(2026, 2, 1), datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


def at(**after: int) -> Calendar:
    return Calendar(MIDNIGHT + timedelta(**after), 90)


def test_a_day_is_closed_a_quarter_of_an_hour_after_its_end() -> None:
    assert not at(minutes=14, seconds=59).closed(DAY)
    assert at(minutes=15).closed(DAY)


def test_a_day_is_overdue_when_it_has_been_closed_for_more_than_six_hours() -> None:
    assert not at(hours=6, minutes=15).overdue(DAY)
    assert at(hours=6, minutes=15, seconds=1).overdue(DAY)


def test_a_day_is_retained_until_it_is_older_than_the_retention() -> None:
    calendar = at()
    assert calendar.retained(date(2026, 11, 23) - timedelta(days=90))
    assert not calendar.retained(date(2026, 11, 23) - timedelta(days=91))


def test_the_seven_days_before_today_are_compared_once_yesterday_is_closed() -> None:
    assert at(minutes=15).compared() == tuple(date(2026, 11, 16) + timedelta(days=n) for n in range(7))
    assert at(minutes=14).compared() == tuple(date(2026, 11, 15) + timedelta(days=n) for n in range(7))


def test_the_open_days_are_watched_with_the_compared_ones() -> None:
    assert at(minutes=15).watched()[-1] == date(2026, 11, 23)
    assert at(minutes=14).watched() == tuple(date(2026, 11, 15) + timedelta(days=n) for n in range(9))


@given(MOMENTS, st.integers(8, 100))
def test_at_any_moment_seven_closed_and_retained_days_are_compared(now: datetime, retention_days: int) -> None:
    calendar = Calendar(now, retention_days)
    assert len(calendar.compared()) == 7
    assert all(calendar.closed(day) and calendar.retained(day) for day in calendar.compared())
    assert [day for day in calendar.watched() if calendar.closed(day)] == list(calendar.compared())
    assert calendar.watched()[-1] == now.date()
