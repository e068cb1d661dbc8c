"""What an event asks for."""

import re
from datetime import date

import pytest

from compactor.days import RejectedEvent
from compactor.handler import day_of


@pytest.mark.parametrize("event", [{"scheduled_time": "2026-11-23T08:20:00Z"}, {}])
def test_the_schedule_asks_for_the_hours_work(event: object) -> None:
    assert day_of(event) is None


def test_a_person_asks_for_a_day() -> None:
    assert day_of({"day": "2026-11-22"}) == date(2026, 11, 22)


@pytest.mark.parametrize(
    "event",
    [
        None,
        [],
        "2026-11-22",
        {"dya": "2026-11-22"},
        {"day": "2026-11-22", "force": True},
        {"day": "2026-11-22", "scheduled_time": "2026-11-23T08:20:00Z"},
        {"day": "20261122"},
        {"day": "2026-W47-7"},
        {"day": "2026-11-31"},
        {"day": "2026-11-22T00:00:00"},
        {"day": " 2026-11-22"},
        {"day": 20261122},
        {"day": None},
        {"day": ["2026-11-22"]},
    ],
)
def test_anything_else_is_refused_rather_than_taken_for_the_hours_work(event: object) -> None:
    with pytest.raises(RejectedEvent, match=re.escape('{"scheduled_time": …}, {} or {"day": "2026-11-22"}')):
        day_of(event)
