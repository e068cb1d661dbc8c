"""The compactor is killed at each of its steps, run twice at once, and out of time: no total is ever wrong."""

from concurrent.futures import ThreadPoolExecutor
from typing import Final

import pytest

from tests.end_to_end.closed_day import (
    DAY,
    FIRST_HOUR,
    MINUTES,
    NEXT_HOUR,
    assert_true,
    collect,
    history_objects,
)
from tests.end_to_end.waiting import wait_until
from tests.sandbox.aws import Call, Fault
from tests.sandbox.aws.faults import Kind
from tests.sandbox.sandbox import Sandbox

_WRITES: Final = frozenset({"PutObject", "DeleteObjects"})
_WITHIN_S: Final = 50.0
"""Less than the compactor waits for an answer."""


def steps(sandbox: Sandbox) -> list[Call]:
    """The calls that a compaction makes, in their order; of the raw objects' downloads three stand for all."""
    calls = list(sandbox.aws.calls.of(role=sandbox.compacting.role))
    downloads = [call for call in calls if call.operation == "GetObject" and call.key.startswith("raw/")]
    chosen = {downloads[0].number, downloads[len(downloads) // 2].number, downloads[-1].number}
    return [call for call in calls if call not in downloads or call.number in chosen]


def kill_at(sandbox: Sandbox, step: Call, kind: Kind) -> None:
    """Start a compaction and kill it when it makes this call: before it is applied (`hang`), or after."""
    fault = Fault(kind, service=step.service, operation=step.operation, key=step.key, role=sandbox.compacting.role)
    kill_when(sandbox, fault, FIRST_HOUR)


def kill_when(sandbox: Sandbox, fault: Fault, at: str) -> None:
    """Start a compaction, and kill it when it meets this fault, at which it would hang."""
    sandbox.aws.faults.add(fault)
    with ThreadPoolExecutor(1) as threads:
        run = threads.submit(sandbox.compact, at)
        wait_until(lambda: not sandbox.aws.faults.pending() or run.done())
        sandbox.compactor.kill()
    assert sandbox.aws.faults.pending() == ()
    assert run.result().killed
    sandbox.aws.faults.clear()


def test_killed_at_each_of_its_steps_the_next_run_completes_the_day(sandbox: Sandbox) -> None:
    collect(sandbox)
    assert sandbox.compact(FIRST_HOUR).ok
    sequence = steps(sandbox)
    assert {"ListObjectsV2", "GetObject", "PutObject", "GetMetricData"} <= {step.operation for step in sequence}
    for step in sequence:
        for kind in ("hang", "hang_answer") if step.operation in _WRITES else ("hang",):
            for key in sandbox.keys("history/") + sandbox.keys("reports/"):
                sandbox.s3.delete_object(Bucket=sandbox.bucket, Key=key)
            kill_at(sandbox, step, kind)
            assert sandbox.compact(NEXT_HOUR).ok, (step.operation, step.key, kind)
            assert_true(sandbox)
            assert len(history_objects(sandbox)) == 2


def test_killed_while_a_day_is_compacted_again_the_next_run_completes_it(sandbox: Sandbox) -> None:
    collect(sandbox)
    assert sandbox.compact(FIRST_HOUR).ok
    minute = iter(range(40, 50))
    for kind in ("hang", "hang_answer"):
        for key in (f"history/polls/dt={DAY}/polls.parquet", f"history/usage/dt={DAY}/usage.parquet"):
            before = len(sandbox.history("polls", DAY))
            collect(sandbox, [f"{DAY}T23:{next(minute)}"], ("main",))
            fault = Fault(kind, operation="PutObject", key=key, role=sandbox.compacting.role)
            kill_when(sandbox, fault, NEXT_HOUR)
            assert len(sandbox.history("polls", DAY)) >= before
            assert len(history_objects(sandbox)) == 2
    assert sandbox.compact("2026-11-23T02:20:00Z").ok
    assert_true(sandbox)


@pytest.mark.parametrize("again", [False, True])
def test_two_at_once_both_succeed_and_the_day_is_there_once(sandbox: Sandbox, again: bool) -> None:
    collect(sandbox, MINUTES[:-1])
    if again:
        sandbox.compact(FIRST_HOUR)
    collect(sandbox, MINUTES[-1:])
    # Each has read the day before either has written it: the first write waits for the second run's.
    sandbox.aws.faults.add(Fault("slow", operation="PutObject", key="history/polls/*", times=2, seconds=_WITHIN_S))
    with ThreadPoolExecutor(2) as threads:
        runs = [threads.submit(sandbox.compact, NEXT_HOUR) for _ in range(2)]
        wait_until(lambda: not sandbox.aws.faults.pending() or any(run.done() for run in runs))
        met = not sandbox.aws.faults.pending()
        sandbox.aws.faults.clear()
        results = [run.result() for run in runs]
    assert met, "one run was over before the other wrote"
    assert [result.ok for result in results] == [True, True]
    assert_true(sandbox)
    assert len(history_objects(sandbox)) == 2


@pytest.mark.slow
def test_out_of_time_it_fails_and_the_next_run_completes_the_day(sandbox: Sandbox) -> None:
    # With less than a minute left no day is begun.
    sandbox.reset(compactor_timeout_s=63)
    collect(sandbox)
    with sandbox.aws.faults.active(Fault("hang", operation="GetObject", key="raw/*", times=None)):
        assert not sandbox.compact(FIRST_HOUR).ok
    sandbox.aws.faults.clear()
    assert history_objects(sandbox) == {}
    assert len(sandbox.queued("FailureQueueUrl")) == 1
    assert sandbox.compact(NEXT_HOUR).ok
    assert_true(sandbox)


@pytest.mark.parametrize("kind", ["drop_answer", "fail_answer"])
def test_an_answer_that_is_lost_does_not_make_a_run_fail_or_write_twice(sandbox: Sandbox, kind: Kind) -> None:
    collect(sandbox)
    sandbox.aws.faults.add(Fault(kind, operation="PutObject", key="history/*", times=2))
    assert sandbox.compact(FIRST_HOUR).ok
    assert_true(sandbox)
