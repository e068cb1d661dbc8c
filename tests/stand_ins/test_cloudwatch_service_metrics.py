"""AWS's own metrics in the sandbox: of functions by their runs, of queues minute by minute while they are awake."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import pytest

from tests.sandbox.cloudwatch.recorded import Entry
from tests.sandbox.cloudwatch.service_metrics.function import of_invocations, of_throttles
from tests.sandbox.cloudwatch.service_metrics.queue import of_queue
from tests.sandbox.function.invocation import Invocation, Outcome
from tests.sandbox.schedule.history import Depths

START = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)


def after(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


def invocation(at: datetime, outcome: Outcome, duration_ms: float = 2500) -> Invocation:
    return Invocation("id", at, outcome, (), "stream", duration_ms, None, None)


def values(entries: Iterable[Entry]) -> dict[str, list[float]]:
    found: dict[str, list[float]] = {}
    for series, datum in entries:
        assert dict(series.dimensions) == {"FunctionName": "f"}
        found.setdefault(series.name, []).append(datum.sum)
    return found


def test_each_run_is_an_invocation_and_an_error_or_none() -> None:
    runs = [
        invocation(after(0), Outcome({})),
        invocation(after(1), Outcome.timed_out("id", 55)),
        invocation(after(2), Outcome.raised(b'{"errorType": "E", "errorMessage": "m"}')),
    ]
    assert values(of_invocations("f", runs)) == {
        "Invocations": [1, 1, 1],
        "Errors": [0, 1, 1],
        "Throttles": [0, 0, 0],
        "Duration": [2500, 2500, 2500],
    }


def test_an_error_is_dated_by_the_start_of_the_run_and_told_when_its_minute_has_ended() -> None:
    crossing = invocation(after(0.9), Outcome.timed_out("id", 55), duration_ms=55_000)
    assert {(datum.timestamp, datum.arrived) for _, datum in of_invocations("f", [crossing])} == {
        (after(0.9), after(2))
    }


def test_a_request_without_room_is_a_throttle_and_no_invocation() -> None:
    assert values(of_throttles("f", [after(0), after(0.1)])) == {"Throttles": [1, 1]}


def visible(history: list[Depths], minutes: int) -> dict[int, float]:
    """By minute, what SQS says."""
    return {
        int((datum.timestamp - START) / timedelta(minutes=1)): datum.maximum
        for _, datum in of_queue("q", history, after(minutes))
    }


def test_a_queue_that_nothing_was_ever_in_says_nothing() -> None:
    assert visible([], 60) == {}
    assert visible([Depths(after(0), {"q": 0}), Depths(after(9), {"q": 0, "other": 3})], 60) == {}


def test_a_queue_tells_its_messages_minute_by_minute() -> None:
    history = [Depths(after(0), {"q": 0}), Depths(after(2.5), {"q": 1}), Depths(after(3.2), {"q": 2})]
    assert visible(history, 6) == {2: 1, 3: 2, 4: 2, 5: 2}


def test_an_empty_queue_says_zero_for_six_hours_and_then_nothing() -> None:
    emptied = visible([Depths(after(0), {"q": 1}), Depths(after(10), {"q": 0})], 600)
    assert emptied == dict.fromkeys(range(10), 1) | dict.fromkeys(range(10, 371), 0)


@pytest.mark.parametrize("again", [30, 500])
def test_the_first_metrics_of_a_queue_that_slept_come_a_quarter_of_an_hour_late(again: int) -> None:
    history = [Depths(after(0), {"q": 1}), Depths(after(10), {"q": 0}), Depths(after(again), {"q": 1})]
    arrived = {datum.timestamp: datum.arrived for _, datum in of_queue("q", history, after(600))}
    assert arrived[after(0)] == arrived[after(14)] == after(15)
    assert arrived[after(15)] == after(16)
    slept = again > 370
    assert arrived[after(again)] == after(again + 15 if slept else again + 1)
