"""Events come late, twice, from nowhere: a minute is asked for only while Cloudflare can still tell."""

import json
from datetime import timedelta
from typing import Any

import pytest

from tests.end_to_end.stack import SOURCES
from tests.end_to_end.truth import assert_whole, published
from tests.sandbox.kept import instant
from tests.sandbox.sandbox import Sandbox
from tests.sandbox.schedule.asynchronous import Condition

EVENT, MINUTE = "2026-11-23T10:01:00Z", "2026-11-23T10:00"
NOW = instant("2026-11-23T10:01:01Z")


def test_seventy_seconds_late_it_is_polled_and_the_row_says_when(sandbox: Sandbox) -> None:
    assert sandbox.run(EVENT, late_s=70).ok
    assert_whole(sandbox, MINUTE, served="2026-11-23T10:01")
    assert {line["observed_at"][:17] for line in sandbox.rows(MINUTE)} == {"2026-11-23 10:02:"}
    (delay,) = sandbox.health("ScheduleDelay", MINUTE)
    assert 70_000 <= delay.sum < 75_000
    assert len(sandbox.health("Published", MINUTE)) == 1


@pytest.mark.parametrize("late_s", [80, 5 * 3600])
def test_too_late_to_ask_it_is_written_down_as_skipped(sandbox: Sandbox, late_s: float) -> None:
    assert sandbox.run(EVENT, late_s=late_s).ok
    assert sandbox.cloudflare.requests == ()
    lines = sandbox.rows(MINUTE)
    assert [line["zone_id"] for line in lines] == [polled.zone.id for polled in SOURCES["main"]]
    for line in lines:
        assert (line["outcome"], line["reason"], line["apps"]) == ("skipped", "late_event", [])
        assert "s after its minute" in line["error_message"]
        assert (line["attempts"], line["http_status"], line["latency_ms"]) == (0, None, None)
    assert published(sandbox, MINUTE) == {}
    assert [datum.sum for datum in sandbox.health("Published", MINUTE)] == [1]
    assert [datum.sum for datum in sandbox.health("RequestsSkipped", MINUTE)] == [len(SOURCES["main"])]
    failures = sandbox.health("Failures", MINUTE, Source="main", Reason="late_event")
    assert [datum.sum for datum in failures] == [len(SOURCES["main"])]


def test_a_minute_that_was_collected_in_time_stays_when_its_event_comes_again_hours_later(sandbox: Sandbox) -> None:
    sandbox.run(EVENT)
    again = sandbox.run(EVENT, late_s=3 * 3600)
    assert again.outcome.payload == {"duplicate_of": "raw/dt=2026-11-23/1000-main.json.gz"}
    assert_whole(sandbox, MINUTE)


REJECTED: dict[str, tuple[Any, str]] = {
    "six hours and a minute old": ({"source": "main", "scheduled_time": "2026-11-23T04:00:00Z"}, "older than 21600 s"),
    "a minute in the future": ({"source": "main", "scheduled_time": "2026-11-23T10:02:00Z"}, "lies in the future"),
    "no source": ({"scheduled_time": EVENT}, "source must be the name of a source, not None"),
    "no time": ({"source": "main"}, "must be a text like"),
    "a time that is none": ({"source": "main", "scheduled_time": "<aws.scheduler.scheduled-time>"}, "is not a time"),
    "a time without a zone": ({"source": "main", "scheduled_time": "2026-11-23T10:01:00"}, "must end in Z"),
    "a time beyond the calendar": ({"source": "main", "scheduled_time": "0001-01-01T00:00:00+23:00"}, "is not a time"),
    "no object": (["main", EVENT], "must be an object"),
}


def test_an_event_that_names_no_minute_is_an_error_and_writes_nothing(sandbox: Sandbox) -> None:
    for name, (event, said) in REJECTED.items():
        rejected = sandbox.invoke(json.dumps(event), NOW)
        assert rejected.outcome.error_type == "RejectedEvent", name
        assert said in str(rejected.outcome.error_message), name
    assert sandbox.cloudflare.requests == ()
    assert sandbox.keys("") == []
    assert sandbox.aws.calls.of(role=sandbox.role) == ()
    known = [name for name, (event, _) in REJECTED.items() if isinstance(event, dict) and event.get("source") == "main"]
    assert sum(datum.sum for datum in sandbox.health("EventsRejected")) == len(known)
    unknown = sandbox.health("EventsRejected", Source="unknown")
    assert sum(datum.sum for datum in unknown) == len(REJECTED) - len(known)


def test_the_last_events_of_a_source_that_was_removed_are_no_failed_runs(sandbox: Sandbox) -> None:
    removed = sandbox.invoke(json.dumps({"source": "removed", "scheduled_time": EVENT}), NOW)
    assert (removed.ok, removed.outcome.payload) == (True, {"not_configured": "removed"})
    assert sandbox.keys("") == []
    assert [datum.sum for datum in sandbox.health("EventsRejected", Source="unknown")] == [1]


def test_after_a_rejected_event_the_next_is_served(sandbox: Sandbox) -> None:
    sandbox.invoke(json.dumps({"source": "main"}), NOW)
    assert sandbox.run(EVENT).ok
    assert_whole(sandbox, MINUTE)


def test_an_event_that_waited_too_long_in_lambdas_queue_goes_to_the_failure_queue(sandbox: Sandbox) -> None:
    processed = sandbox.deliver(EVENT, waits_s=61)
    assert processed.condition is Condition.EVENT_AGE_EXCEEDED
    assert processed.invocations == ()
    (record,) = sandbox.queued("FailureQueueUrl")
    assert record["requestPayload"] == {"source": "main", "scheduled_time": EVENT}
    assert sandbox.keys() == []


def test_every_source_has_a_schedule_that_names_it_and_its_minute(sandbox: Sandbox) -> None:
    inputs = [json.loads(schedule.input_template) for schedule in sandbox.polling_schedules]
    assert sorted(each["source"] for each in inputs) == sorted(SOURCES)
    assert {tuple(each) for each in inputs} == {("source", "scheduled_time")}
    assert {each["scheduled_time"] for each in inputs} == {"<aws.scheduler.scheduled-time>"}
    for schedule in sandbox.polling_schedules:
        assert schedule.enabled
        assert schedule.window_minutes == 0
        assert list(schedule.cron.occurrences(NOW, NOW + timedelta(minutes=3))) == [
            instant(f"2026-11-23T10:0{minute}:00Z") for minute in (2, 3, 4)
        ]
