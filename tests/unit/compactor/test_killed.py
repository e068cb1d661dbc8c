"""Killed at any call of S3: the totals are right in the end, every time."""

import contextlib
from collections.abc import Callable

import pytest

from tests.unit.compactor.disturbed import STATES, at_each_call, check, first_compaction
from tests.unit.compactor.lake import Calls, Killed, Lake, kill

pytestmark = pytest.mark.filterwarnings("ignore:This metric doesn't meet the requirements")


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
