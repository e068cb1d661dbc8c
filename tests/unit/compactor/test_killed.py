"""Killed at any call of S3, or two at once: the totals are right in the end, every time."""

import contextlib
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from contract.lake import HISTORIES, POLLS, USAGE
from tests.unit.compactor.lake import DAY, MORNING, START, Calls, Hook, Killed, Lake, kill
from tests.unit.examples import application, poll

pytestmark = pytest.mark.filterwarnings("ignore:This metric doesn't meet the requirements")

LATE = START + timedelta(hours=1)


def first_compaction(lake: Lake) -> None:
    """A day of three minutes that was never compacted."""
    lake.delete(*lake.listed())
    lake.save_day(3)


def recompaction(lake: Lake) -> None:
    """A compacted day to which a minute was added."""
    first_compaction(lake)
    lake.run()
    restore(lake)


def half(lake: Lake) -> None:
    """A day whose compaction was killed between its two history objects."""
    first_compaction(lake)
    with pytest.raises(Killed):
        lake.run(before=Calls(2, kill, only="PutObject"))
    assert lake.listed("history/") == [POLLS.key(DAY)]


STATES = pytest.mark.parametrize("state", [first_compaction, recompaction, half])


def restore(lake: Lake) -> None:
    """Put a minute where none was, as `restore` does."""
    lake.save(LATE, poll(apps=[application()]), at=MORNING - timedelta(hours=1))


def at_each_call(lake: Lake, state: Callable[[Lake], None], act: Callable[[], object]) -> Iterator[Hook]:
    """Once for each call that a run makes: the state anew, and a hook that acts before that call.

    To be killed before a call is to be killed after the one before it, whose answer nobody has used yet.
    """
    state(lake)
    counting = Calls()
    lake.run(before=counting)
    assert {"ListObjectsV2", "HeadObject", "GetObject", "PutObject"} == set(counting.made)
    for call in range(len(counting.made)):
        state(lake)
        yield Calls(call, act)


def check(lake: Lake) -> None:
    """History is right, whole, reported, and alone in its folder."""
    check_history(lake)
    rows = {"polls": int(lake.metadata(POLLS)["rows"]), "usage": int(lake.metadata(USAGE)["rows"])}
    assert lake.report()["rows"] == rows


def check_history(lake: Lake) -> None:
    """History is right, whole, and alone in its folder."""
    late = "raw/dt=2026-11-22/0100-main.json.gz" in lake.listed("raw/")
    assert lake.listed("history/") == [history.key(DAY) for history in HISTORIES]
    total = sum(2 * (1000 * n + 10 * z) + 3 for n in range(3) for z in (1, 2)) + 100 * late
    assert lake.rows(USAGE, columns="count(*), sum(bytes_ingress)") == [(12 + late, total)]
    assert lake.rows(POLLS, columns="count(*)") == [(6 + late,)]
    assert lake.metadata(POLLS)["raw-digest"] == lake.metadata(USAGE)["raw-digest"]
    assert (lake.metadata(POLLS)["rows"], lake.metadata(USAGE)["rows"]) == (str(6 + late), str(12 + late))


@STATES
def test_what_is_killed_at_any_call_is_completed_by_the_next_run(lake: Lake, state: Callable[[Lake], None]) -> None:
    for hook in at_each_call(lake, state, kill):
        with pytest.raises(Killed):
            lake.run(before=hook)
        lake.run()
        check(lake)


def test_what_is_killed_at_the_same_call_hour_after_hour_is_completed_by_the_first_that_is_not(lake: Lake) -> None:
    for put in range(3):
        first_compaction(lake)
        for _ in range(3):
            with contextlib.suppress(Killed):
                lake.run(before=Calls(put, kill, only="PutObject"))
        lake.run()
        check(lake)


def test_killed_once_s3_has_the_last_object_everything_is_there(lake: Lake) -> None:
    for put in range(3):
        first_compaction(lake)
        with pytest.raises(Killed):
            lake.run(after=Calls(put, kill, only="PutObject"))
        if put == 2:
            check(lake)
        lake.run()
        check(lake)


@STATES
def test_of_two_at_once_one_wins_and_both_succeed(lake: Lake, state: Callable[[Lake], None]) -> None:
    for hook in at_each_call(lake, state, lake.run):
        lake.run(before=hook)
        check(lake)


def test_the_hour_and_a_person_at_once_both_succeed(lake: Lake) -> None:
    for hook in at_each_call(lake, recompaction, lake.by_hand):
        lake.run(before=hook)
        check(lake)


def test_a_minute_restored_at_any_moment_is_in_history_an_hour_later(lake: Lake) -> None:
    for hook in at_each_call(lake, first_compaction, lambda: restore(lake)):
        lake.run(before=hook)
        lake.run()
        check(lake)
        assert "01:00" in lake.minutes()


def test_a_run_that_saw_fewer_minutes_never_overwrites_one_that_saw_more(lake: Lake) -> None:
    def another_sees_more() -> None:
        restore(lake)
        lake.run()

    for hook in at_each_call(lake, first_compaction, another_sees_more):
        lake.run(before=hook)
        assert "01:00" in lake.minutes()
        lake.run()
        check_history(lake)
        report = lake.report()
        assert (report["rows"]["polls"] == 7) == (report["raw_digest"] == lake.metadata(USAGE)["raw-digest"])


@pytest.mark.parametrize("put", range(3))
def test_a_run_that_dies_while_another_finishes_changes_nothing_of_the_others(lake: Lake, put: int) -> None:
    def another_finishes_and_this_one_dies() -> None:
        lake.run()
        kill()

    first_compaction(lake)
    with pytest.raises(Killed):
        lake.run(before=Calls(put, another_finishes_and_this_one_dies, only="PutObject"))
    check(lake)
