"""Events come twice, late and together, and processes die: a minute is there once all the same, or not at all."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from tests.end_to_end.stack import SOURCES, ZONES
from tests.end_to_end.truth import assert_whole, expected, published
from tests.end_to_end.waiting import wait_until
from tests.sandbox.aws import Fault as AwsFault
from tests.sandbox.cloudflare import Call, Fault
from tests.sandbox.kept import instant
from tests.sandbox.sandbox import Sandbox
from tests.sandbox.schedule.scheduler import Mishaps, deliveries

START = instant("2026-11-23T10:01:00Z")
MINUTES = [f"2026-11-23T10:{minute:02}" for minute in range(6)]


def test_every_event_twice_and_out_of_order_is_collected_once(sandbox: Sandbox) -> None:
    twice = Mishaps(duplicate_every=1, duplicate_after_s=5, delay_every=2, delay_s=65)
    events = list(deliveries([sandbox.schedule()], START, START + timedelta(minutes=len(MINUTES)), twice))
    assert [event.scheduled_time for event in events] != sorted(event.scheduled_time for event in events)
    for event in events:
        processed = sandbox.deliverer.deliver(event).processed
        assert processed is not None
        assert [invocation.ok for invocation in processed.invocations] == [True]
    assert len(events) == 2 * len(MINUTES)
    assert sandbox.keys() == [f"raw/dt=2026-11-23/10{minute[-2:]}-main.json.gz" for minute in MINUTES]
    for minute in MINUTES:
        assert [datum.sum for datum in sandbox.health("Published", minute)] == [1]
        assert [datum.sum for datum in sandbox.health("DuplicatesRefused", minute)] == [1]
        assert [datum.sum for datum in sandbox.health("RowsSaved", minute)] == [len(SOURCES["main"])]
        for zone in ZONES["main"]:
            assert len(sandbox.traffic("BytesIngress", minute, Zone=zone.name)) == 1
    asked = [asked for asked in sandbox.cloudflare.requests if asked.call is Call.USAGE]
    assert len(asked) == len(MINUTES) * len(SOURCES["main"])


def test_two_runs_of_one_minute_at_the_same_time_write_and_publish_it_once(sandbox: Sandbox) -> None:
    first = ZONES["main"][0].id
    sandbox.cloudflare.faults.add(Fault("hang", zone=first, call=Call.USAGE))
    with ThreadPoolExecutor(2) as threads:
        runs = [threads.submit(sandbox.run, "2026-11-23T10:01:00Z") for _ in range(2)]
        # Both have found no object; neither has written one.
        wait_until(lambda: [asked.zone_id for asked in sandbox.cloudflare.requests].count(first) == 2)
        sandbox.cloudflare.release()
    answers = [run.result().outcome.payload for run in runs]
    key = "raw/dt=2026-11-23/1000-main.json.gz"
    assert all(run.result().ok for run in runs)
    assert {"duplicate_of": key} in answers
    assert any(answer.get("saved") == key for answer in answers)
    assert_whole(sandbox, "2026-11-23T10:00")
    assert published(sandbox, "2026-11-23T10:00") == expected(sandbox, "2026-11-23T10:00", first=True)
    assert [datum.sum for datum in sandbox.health("DuplicatesRefused")] == [1]
    assert [datum.sum for datum in sandbox.health("Published")] == [1]


@pytest.mark.parametrize(("fault", "applied"), [("hang", False), ("hang_answer", True)])
def test_killed_between_s3_and_cloudwatch_a_minute_is_in_s3_and_in_cloudwatch_at_most_once(
    sandbox: Sandbox, fault: str, applied: bool
) -> None:
    sandbox.aws.faults.add(AwsFault(fault, operation="PutMetricData", role="?*"))  # type: ignore[arg-type]
    with ThreadPoolExecutor(1) as threads:
        run = threads.submit(sandbox.run, "2026-11-23T10:01:00Z")
        wait_until(lambda: len(list(sandbox.all_traffic())) > 0 if applied else not sandbox.aws.faults.pending())
        sandbox.function.kill()
    assert run.result().killed
    assert sandbox.run("2026-11-23T10:01:00Z", late_s=20).outcome.payload == {
        "duplicate_of": "raw/dt=2026-11-23/1000-main.json.gz"
    }
    assert_whole(sandbox, "2026-11-23T10:00")
    assert published(sandbox, "2026-11-23T10:00") == (
        expected(sandbox, "2026-11-23T10:00", first=True) if applied else {}
    )
    assert sandbox.health("Published") == []
    (record,) = sandbox.queued("FailureQueueUrl")
    assert record["requestPayload"] == {"source": "main", "scheduled_time": "2026-11-23T10:01:00Z"}


def test_killed_before_it_was_saved_a_minute_is_collected_by_the_second_delivery(sandbox: Sandbox) -> None:
    sandbox.aws.faults.add(AwsFault("hang", operation="PutObject", key="raw/*"))
    with ThreadPoolExecutor(1) as threads:
        run = threads.submit(sandbox.run, "2026-11-23T10:01:00Z")
        wait_until(lambda: not sandbox.aws.faults.pending())
        sandbox.function.kill()
    assert run.result().killed
    assert sandbox.keys() == []
    assert sandbox.run("2026-11-23T10:01:00Z", late_s=20).ok
    assert_whole(sandbox, "2026-11-23T10:00")
    assert published(sandbox, "2026-11-23T10:00") == expected(sandbox, "2026-11-23T10:00", first=True)
    assert [datum.sum for datum in sandbox.health("Published")] == [1]
