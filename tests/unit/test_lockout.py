"""When a run stops asking before Cloudflare stops listening."""

import pytest

from cloudflare_api.usage import Attempt
from collector.poller import CANARIES, LockoutGuard
from tests.unit.examples import FORBIDDEN, LIMITED, LOCKED_OUT, NO_ZONE, REVOKED, TIMED_OUT, UNAVAILABLE, good


def guard(*attempts: Attempt, worked_last_run: bool = False) -> LockoutGuard:
    made = LockoutGuard(worked_last_run=worked_last_run)
    for attempt in attempts:
        made.record(attempt)
    return made


@pytest.mark.parametrize("attempt", [good(), LIMITED, NO_ZONE, TIMED_OUT, UNAVAILABLE])
def test_what_says_nothing_about_the_credential_stops_nothing(attempt: Attempt) -> None:
    made = guard()
    assert not any(made.record(attempt) for _ in range(10))
    assert not made.should_stop


def test_a_definite_refusal_pauses_at_once_and_the_third_ends_the_run() -> None:
    made = guard(good(), worked_last_run=True)
    seen = [(made.record(REVOKED), made.should_stop) for _ in range(CANARIES)]
    assert seen == [(True, False), (True, False), (True, True)]


def test_a_lock_out_ends_the_run_at_once() -> None:
    assert guard(LOCKED_OUT).should_stop


def test_forbidden_zones_pause_a_run_only_while_no_zone_has_worked() -> None:
    made = guard(worked_last_run=True)
    assert [made.record(FORBIDDEN) for _ in range(CANARIES)] == [False, False, True]
    made.record(good())
    assert not made.record(FORBIDDEN)
    assert not made.should_stop


def test_the_last_run_vouches_for_a_credential_but_only_this_run_shows_that_it_works_now() -> None:
    before, now, neither = guard(worked_last_run=True), guard(good()), guard(UNAVAILABLE)
    assert [made.worked for made in (before, now, neither)] == [True, True, False]
    assert [made.worked_in_this_run for made in (before, now, neither)] == [False, True, False]
