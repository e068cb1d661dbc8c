"""Which minute an event asks for, and whether it is still to be had."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.errors import RejectedEvent
from collector.event import CLOCK_SKEW, LATE, LIVE, Trigger, read_event

SCHEDULED = datetime(2026, 11, 23, 10, 1, tzinfo=UTC)

moments = st.timedeltas(timedelta(0), timedelta(days=36_000)).map(
    lambda since: datetime(2000, 1, 1, tzinfo=UTC) + since
)


def event(scheduled: str = "2026-11-23T10:01:00Z", source: object = "main") -> dict[str, object]:
    return {"source": source, "scheduled_time": scheduled}


def read(age: timedelta, scheduled: str = "2026-11-23T10:01:00Z") -> Trigger:
    return read_event(event(scheduled), SCHEDULED + age)


def test_the_minute_is_the_one_before_the_schedule() -> None:
    assert read(timedelta(seconds=2.5)) == Trigger("main", SCHEDULED - timedelta(minutes=1), 2500, late=False)


def test_the_live_window_is_75_seconds_and_the_late_one_six_hours() -> None:
    assert (timedelta(seconds=75), timedelta(hours=6)) == (LIVE, LATE)


@pytest.mark.parametrize(
    ("age", "late"),
    [
        (timedelta(0), False),
        (LIVE, False),
        (LIVE + timedelta(milliseconds=1), True),
        (timedelta(hours=1), True),
        (LATE, True),
        (-CLOCK_SKEW, False),
    ],
)
def test_an_event_is_polled_while_it_is_fresh_and_written_down_while_it_is_late(age: timedelta, late: bool) -> None:
    assert read(age).late is late


@pytest.mark.parametrize("age", [LATE + timedelta(milliseconds=1), timedelta(days=400)])
def test_an_older_event_is_rejected(age: timedelta) -> None:
    with pytest.raises(RejectedEvent, match="s old"):
        read(age)


@pytest.mark.parametrize("age", [-CLOCK_SKEW - timedelta(milliseconds=1), timedelta(days=-1)])
def test_an_event_from_the_future_is_rejected(age: timedelta) -> None:
    with pytest.raises(RejectedEvent, match="future"):
        read(age)


def test_a_clock_that_runs_ahead_makes_no_negative_delay() -> None:
    assert read(-CLOCK_SKEW).delay_ms == 0


@pytest.mark.parametrize(
    ("scheduled", "minute"),
    [
        ("2026-11-24T00:00:00Z", datetime(2026, 11, 23, 23, 59, tzinfo=UTC)),
        ("2027-01-01T00:00:00Z", datetime(2026, 12, 31, 23, 59, tzinfo=UTC)),
        ("2028-03-01T00:00:00Z", datetime(2028, 2, 29, 23, 59, tzinfo=UTC)),
        ("2026-11-23T10:01:42.7Z", datetime(2026, 11, 23, 10, 0, tzinfo=UTC)),
        ("2026-11-23T11:01:00+01:00", datetime(2026, 11, 23, 10, 0, tzinfo=UTC)),
    ],
)
def test_the_minute_is_floored_in_utc_across_midnight_and_years(scheduled: str, minute: datetime) -> None:
    now = minute + timedelta(seconds=61)
    assert read_event(event(scheduled), now).minute == minute


@given(moments, st.integers(0, 75_000))
def test_every_fresh_event_names_the_minute_before_its_own(moment: datetime, delay_ms: int) -> None:
    floor = moment.replace(second=0, microsecond=0)
    trigger = read_event(event(moment.isoformat()), floor + timedelta(milliseconds=delay_ms))
    assert trigger == Trigger("main", floor - timedelta(minutes=1), delay_ms, late=False)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["source", "scheduled_time"]), inner),
    )
)
def test_anything_else_is_rejected_as_an_event(garbage: object) -> None:
    with pytest.raises(RejectedEvent):
        read_event(garbage, SCHEDULED)


@given(st.text() | st.none() | st.integers() | moments.map(lambda moment: moment.replace(tzinfo=None).isoformat()))
def test_a_time_that_cannot_be_read_is_rejected_and_shown(scheduled: object) -> None:
    with pytest.raises(RejectedEvent, match="scheduled_time"):
        read_event({"source": "main", "scheduled_time": scheduled}, SCHEDULED)


@pytest.mark.parametrize("scheduled", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_a_time_outside_the_calendar_is_rejected(scheduled: str) -> None:
    with pytest.raises(RejectedEvent, match="not a time like"):
        read_event(event(scheduled), SCHEDULED)


@pytest.mark.parametrize("name", ["", None, 7, ["main"], {"main": 1}])
def test_an_event_without_a_source_is_rejected(name: object) -> None:
    with pytest.raises(RejectedEvent, match="source must be the name of a source, not "):
        read_event(event(source=name), SCHEDULED)
