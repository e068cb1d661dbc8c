"""Two at once, at any call of S3: the totals are right in the end, every time."""

from collections.abc import Callable

import pytest

from contract.lake import USAGE
from tests.unit.compactor.disturbed import (
    STATES,
    at_each_call,
    check,
    check_history,
    first_compaction,
    recompaction,
    restore,
)
from tests.unit.compactor.lake import Calls, Killed, Lake, kill

pytestmark = pytest.mark.filterwarnings("ignore:This metric doesn't meet the requirements")


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
