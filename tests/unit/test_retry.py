"""When a request is tried again."""

import random

from hypothesis import given
from hypothesis import strategies as st

from collector.retry import BASE_S, CAP_S, MOST_ATTEMPTS, RetryPolicy

attempts = st.integers(1, MOST_ATTEMPTS - 1)
seconds = st.floats(0, 100)


@given(attempts, st.none() | seconds, st.floats(-10, 100), st.randoms(use_true_random=False))
def test_a_retry_never_begins_past_the_deadline(
    tries: int, retry_after: float | None, left: float, chance: random.Random
) -> None:
    delay = RetryPolicy(chance.uniform).delay(tries, retry_after, left)
    assert delay is None or 0 <= delay < left


@given(attempts, seconds, st.floats(-10, 100), st.randoms(use_true_random=False))
def test_a_retry_waits_as_long_as_cloudflare_asked_or_is_not_made(
    tries: int, retry_after: float, left: float, chance: random.Random
) -> None:
    delay = RetryPolicy(chance.uniform).delay(tries, retry_after, left)
    assert delay is None if retry_after >= left else delay is None or delay >= retry_after


@given(attempts, st.randoms(use_true_random=False))
def test_the_wait_is_drawn_from_nothing_to_a_doubling_bound(tries: int, chance: random.Random) -> None:
    delay = RetryPolicy(chance.uniform).delay(tries, None, 1000)
    assert delay is not None
    assert 0 <= delay <= min(CAP_S, BASE_S * 2 ** (tries - 1))


def test_the_jitter_is_full() -> None:
    bounds: list[tuple[float, float]] = []

    def draw(low: float, high: float) -> float:
        bounds.append((low, high))
        return high

    for tries in range(1, MOST_ATTEMPTS):
        RetryPolicy(draw).delay(tries, None, 1000)
    assert bounds == [(0.0, 0.5), (0.0, 1.0), (0.0, 2.0)]


@given(st.integers(MOST_ATTEMPTS, 50), st.none() | seconds)
def test_after_four_attempts_there_is_no_other(tries: int, retry_after: float | None) -> None:
    assert RetryPolicy().delay(tries, retry_after, 1000) is None
