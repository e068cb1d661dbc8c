"""Many requests, few threads, one end."""

import threading
import time
from dataclasses import replace

import pytest

from cloudflare_api.usage import Attempt
from collector.poller import BatchEnd, LockoutGuard
from tests.unit.examples import FORBIDDEN, LIMITED, NO_ZONE, REVOKED, UNAVAILABLE, good, source, zones
from tests.unit.scripted import Script, held, stage, tasks

SHORT_S = 0.3


def test_every_task_is_sent_once_and_keeps_its_answer() -> None:
    script = Script(lambda number, _token, _before: NO_ZONE if number == 3 else good())
    sent = tasks(source(*zones(20)))
    assert stage(script).run(sent, 4) is BatchEnd.DONE
    assert sorted(script.asked) == list(range(1, 21))
    assert [task.last for task in sent] == [NO_ZONE if number == 3 else good() for number in range(1, 21)]


def test_a_stage_is_over_with_its_last_answer_however_much_time_is_left() -> None:
    """Else every run would take, and pay for, all of its time: the end would come at the deadline."""
    ends: list[BatchEnd] = []
    waits = threading.Event()

    def monotonic() -> float:
        if threading.current_thread() is thread:
            waits.set()  # It holds the stage's lock until it waits.
        return time.monotonic()

    script = Script(lambda _number, _token, _before: held(waits, good()))
    running = replace(stage(script, run_s=86_400.0), monotonic=monotonic)
    thread = threading.Thread(target=lambda: ends.append(running.run(tasks(source(*zones(4))), 4)), daemon=True)
    thread.start()
    thread.join(30)
    assert ends == [BatchEnd.DONE]


def test_no_more_requests_are_under_way_than_the_stage_is_wide() -> None:
    lock, barrier, under_way, most = threading.Lock(), threading.Barrier(4), 0, 0

    def answer(_number: int, _token: str, _before: int) -> Attempt:
        nonlocal under_way, most
        with lock:
            under_way += 1
            most = max(most, under_way)
        barrier.wait(10)  # Passes only when four are under way at once.
        with lock:
            under_way -= 1
        return good()

    assert stage(Script(answer)).run(tasks(source(*zones(12))), 4) is BatchEnd.DONE
    assert most == 4


def test_a_retry_waits_in_the_queue_and_lets_the_others_go_first() -> None:
    script = Script(lambda number, _token, before: UNAVAILABLE if number == 1 and before < 2 else good())
    sent = tasks(source(*zones(3)))
    assert stage(script).run(sent, 1) is BatchEnd.DONE
    assert script.asked == [1, 2, 3, 1, 1]
    assert [task.last and task.last.kind for task in sent] == ["good", "good", "good"]


def test_retries_end_with_the_purse() -> None:
    script = Script(lambda _number, _token, _before: UNAVAILABLE)
    assert stage(script, spare=2).run(tasks(source(*zones(5))), 2) is BatchEnd.DONE
    assert len(script.calls) == 5 + 2


@pytest.mark.parametrize("last", [LIMITED, good(remaining=0)])
def test_a_used_up_rate_limit_stops_sending(last: Attempt) -> None:
    script = Script(lambda number, _token, _before: last if number == 3 else good())
    sent = tasks(source(*zones(10)))
    assert stage(script).run(sent, 1) is BatchEnd.LIMITED
    assert script.asked == [1, 2, 3]
    assert [task.attempts for task in sent] == [1, 1, 1] + [0] * 7


def test_a_refused_credential_stops_sending_and_is_left_to_the_round() -> None:
    script = Script(lambda number, _token, _before: REVOKED if number == 2 else good())
    assert stage(script).run(tasks(source(*zones(10))), 1) is BatchEnd.SUSPECT
    assert script.asked == [1, 2]


def test_forbidden_zones_stop_nothing_once_a_zone_has_answered() -> None:
    script = Script(lambda number, _token, _before: good() if number == 1 else FORBIDDEN)
    guard = LockoutGuard(worked_last_run=False)
    assert stage(script, guard=guard).run(tasks(source(*zones(10))), 1) is BatchEnd.DONE


def test_what_is_under_way_when_sending_stops_still_brings_its_minute() -> None:
    begun, stopped, awaited = threading.Event(), threading.Event(), threading.Event()

    class Watched(LockoutGuard):
        def record(self, attempt: Attempt) -> bool:
            if attempt is LIMITED:
                stopped.set()
            return super().record(attempt)

    def monotonic() -> float:
        if stopped.is_set() and threading.current_thread() is threading.main_thread():
            awaited.set()
        return time.monotonic()

    def answer(number: int, _token: str, _before: int) -> Attempt:
        if number == 1:
            return held(begun, LIMITED)
        begun.set()
        return held(awaited, good())

    sent = tasks(source(*zones(2)))
    watched = replace(stage(Script(answer), guard=Watched(worked_last_run=True)), monotonic=monotonic)
    end = watched.run(sent, 2)
    awaited.set()
    assert end is BatchEnd.LIMITED
    assert [task.last for task in sent] == [LIMITED, good()]


def test_a_hanging_request_costs_no_other_its_minute_and_the_stage_ends_in_time(gate: threading.Event) -> None:
    script = Script(lambda number, _token, _before: held(gate, good()) if number == 1 else good())
    sent = tasks(source(*zones(40)))
    started = time.monotonic()
    assert stage(script, run_s=SHORT_S).run(sent, 4) is BatchEnd.DEADLINE
    assert time.monotonic() - started < 10 * SHORT_S
    assert [task.last for task in sent] == [None] + [good()] * 39


def test_an_answer_that_comes_after_the_end_is_not_taken(gate: threading.Event) -> None:
    before = set(threading.enumerate())
    script = Script(lambda _number, _token, _before: held(gate, good()))
    sent = tasks(source(*zones(3)))
    assert stage(script, run_s=SHORT_S).run(sent, 3) is BatchEnd.DEADLINE
    gate.set()
    left_behind = set(threading.enumerate()) - before
    for thread in left_behind:
        thread.join(10)
    assert len(script.brought) == 3
    assert [(task.attempts, task.last) for task in sent] == [(1, None)] * 3


def test_no_thread_outlives_a_stage_in_which_nothing_hangs() -> None:
    before = set(threading.enumerate())
    script = Script(lambda number, _token, before: LIMITED if number == 7 else UNAVAILABLE if before == 0 else good())
    stage(script).run(tasks(source(*zones(20))), 8)
    for thread in set(threading.enumerate()) - before:
        thread.join(10)
    assert set(threading.enumerate()) <= before
