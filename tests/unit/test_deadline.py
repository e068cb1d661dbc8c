"""How an invocation's time is dealt out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.event import Phases

AWS_CALL_S = 5.0
DEPLOYED_S = 55.0


@given(st.floats(0, 1e6), st.floats(-5, 900))
def test_phases_follow_one_another_within_what_is_left(now: float, remaining: float) -> None:
    phases = Phases.within(now, remaining)
    assert now <= phases.poll <= phases.save <= phases.names <= phases.publish <= now + max(0.0, remaining)


def test_the_deployed_time_leaves_room_for_a_last_call_after_each_phase() -> None:
    phases = Phases.within(0.0, DEPLOYED_S)
    assert phases.save - phases.poll > AWS_CALL_S
    assert phases.publish - phases.save > AWS_CALL_S
    assert phases.save + 2 * AWS_CALL_S < DEPLOYED_S, "a PUT that hangs, and the HEAD after it"
    assert phases.publish + AWS_CALL_S < DEPLOYED_S


@pytest.mark.parametrize("remaining", [0.0, -3.0, 0.5])
def test_without_time_everything_is_over_at_once(remaining: float) -> None:
    phases = Phases.within(100.0, remaining)
    assert {phases.poll, phases.save, phases.names, phases.publish} == {100.0}
