"""What Cloudflare's headers say, how starts are spread, and the purse for extra requests."""

import itertools
import math
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudflare_api.rate_limit import Pacer, RateLimit, RequestBudget, read_rate_limit, read_retry_after
from tests.unit.examples import NOW
from tests.unit.fake_time import FakeTime

_POLICIES = '"default";q=1200;w=300, "burst";q=200;w=1'

header_text = st.text(st.characters(max_codepoint=255), max_size=60)


@given(st.integers(0, 10**6), st.integers(1, 10**6), st.sampled_from(["", " "]))
def test_the_documented_headers_are_read(remaining: int, quota: int, space: str) -> None:
    headers = {
        "Ratelimit": f'"default";{space}r={remaining};{space}t=1',
        "Ratelimit-Policy": f'"default";{space}q={quota};w=300',
    }
    assert read_rate_limit(headers) == RateLimit(remaining, quota, 1)


@dataclass(frozen=True)
class Told:
    """One limit, as the two headers tell it."""

    name: str
    remaining: int
    quota: int | None
    """None: its policy is not told."""
    reset_s: int

    @property
    def left(self) -> float:
        """The share that is left, or more than all when that is not known."""
        return 0.0 if not self.remaining else self.remaining / self.quota if self.quota else math.inf


names = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=8)
told_limits = st.lists(
    st.builds(Told, names, st.integers(0, 5), st.none() | st.integers(1, 2000), st.integers(0, 400)),
    min_size=1,
    max_size=4,
    unique_by=lambda told: told.name,
)
others = st.lists(
    st.sampled_from(
        ["pk=:c2VjcmV0OnI9MA==:", 'note="a, b;r=0;q=1"', 'note="\\";r=0"', "on", "off=?0", "at=1.5", "kind=x/y"]
    ),
    unique=True,
    max_size=2,
)
between = st.sampled_from([",", ", ", " ,\t"])


@given(told_limits, st.data())
def test_of_several_limits_the_one_with_the_least_share_left_decides(told: list[Told], data: st.DataObject) -> None:
    def item(name: str, **numbers: int) -> str:
        quoted = name.replace("\\", "\\\\").replace('"', '\\"')
        parameters = data.draw(
            st.permutations([*(f"{key}={value}" for key, value in numbers.items()), *data.draw(others)])
        )
        return data.draw(st.sampled_from([";", "; "])).join([f'"{quoted}"', *parameters])

    limits = data.draw(between).join(item(each.name, r=each.remaining, t=each.reset_s) for each in told)
    policies = [item(each.name, q=each.quota, w=300) for each in data.draw(st.permutations(told)) if each.quota]
    found = read_rate_limit({"Ratelimit": limits, "Ratelimit-Policy": data.draw(between).join(policies)})
    least = min(told, key=lambda each: (each.left, each.remaining, -each.reset_s))
    assert found == RateLimit(least.remaining, least.quota, least.reset_s)


@pytest.mark.parametrize(
    ("limits", "policies", "expected"),
    [
        ('"burst";r=0;t=300, "default";r=1199;t=1', _POLICIES, RateLimit(0, 200, 300)),
        ('"default";r=1199;t=1, "burst";r=0;t=300', _POLICIES, RateLimit(0, 200, 300)),
        ('"burst";r=100;t=1, "default";r=300;t=9', _POLICIES, RateLimit(300, 1200, 9)),
        ("default;t=1;r=7", 'burst;q=200, "default";q=1200', RateLimit(7, 1200, 1)),
        ('"a";r=0;t=1, "default";r=0;t=200', _POLICIES, RateLimit(0, 1200, 200)),
        ('"a";r=0, "default";r=0;t=200', _POLICIES, RateLimit(0, None)),
        ('"a";r=1;t=1, "default";r=900;t=9', _POLICIES, RateLimit(900, 1200, 9)),
        ('"a";r=5, "b";r=3', None, RateLimit(3, None)),
        ('"default";r=?1, "burst";r="0", "c";r=-1, "d";r=2.9;t=0.1', _POLICIES, RateLimit(2, None, 1)),
        ('"default";r=10', '"default";q=20, "default";q=1000, "default";q=200', RateLimit(10, 1000)),
        ('"x\\";r=0;t=300, y";r=9;t=1', '"x\\";r=0;t=300, y";q=10', RateLimit(9, 10, 1)),
        (',;,"default";r=9;;t=1,;=,"', "?", RateLimit(9, None, 1)),
    ],
)
def test_a_list_of_limits_is_read(limits: str, policies: str | None, expected: RateLimit) -> None:
    headers = {"Ratelimit": limits, **({} if policies is None else {"Ratelimit-Policy": policies})}
    assert read_rate_limit(headers) == expected


def test_a_header_without_end_is_read_in_no_time() -> None:
    began = time.monotonic()
    for text in ('"' * 60_000, '\\"' * 30_000, '"\\' * 30_000, ";" * 60_000, '",' * 30_000, ' "a";r=1' * 6_000):
        read_rate_limit({"Ratelimit": text, "Ratelimit-Policy": text})
        read_retry_after({"Retry-After": text}, NOW)
    assert time.monotonic() - began < 2


@pytest.mark.parametrize(
    ("limit", "used_up"),
    [
        (RateLimit(1, 1200, 300), False),
        (RateLimit(0, 1200, 1), False),
        (RateLimit(0, 1200, 30), True),
        (RateLimit(0, 1200), True),
    ],
)
def test_a_limit_is_used_up_when_waiting_is_of_no_use(limit: RateLimit, *, used_up: bool) -> None:
    assert limit.used_up(left_s=30) == used_up


@given(header_text, header_text)
def test_headers_of_any_kind_are_read_or_ignored(ratelimit: str, policy: str) -> None:
    limit = read_rate_limit({"Ratelimit": ratelimit, "Ratelimit-Policy": policy})
    assert limit is None or (limit.remaining >= 0 and (limit.quota is None or limit.quota >= 0))


@pytest.mark.parametrize("header", [None, "", '"default"', '"default";r=-1;t=1', '"default";r=;t=1', "garbage"])
def test_no_readable_remainder_means_nothing_is_known(header: str | None) -> None:
    assert read_rate_limit({} if header is None else {"Ratelimit": header}) is None


@pytest.mark.parametrize(
    ("limit", "percent"),
    [
        (RateLimit(1200, 1200), 0.0),
        (RateLimit(300, 1200), 75.0),
        (RateLimit(0, 1200), 100.0),
        (RateLimit(1300, 1200), 0.0),
        (RateLimit(1, None), None),
        (RateLimit(0, None), 100.0),
        (RateLimit(1, 0), None),
    ],
)
def test_the_used_share_is_a_percentage_or_unknown(limit: RateLimit, percent: float | None) -> None:
    assert limit.used_percent == percent


@given(st.integers(0, 86_400))
def test_retry_after_is_read_as_seconds_and_as_a_date(seconds: int) -> None:
    now = NOW.replace(microsecond=0)
    date = format_datetime(now + timedelta(seconds=seconds), usegmt=True)
    assert read_retry_after({"Retry-After": f" {seconds} "}, now) == seconds
    assert read_retry_after({"Retry-After": date}, now) == seconds


@given(header_text | st.from_regex(r"\d{1,40}", fullmatch=True))
def test_retry_after_of_any_kind_is_a_wait_of_at_most_a_day_or_nothing(text: str) -> None:
    seconds = read_retry_after({"Retry-After": text}, NOW)
    assert seconds is None or 0 <= seconds <= 86_400


@pytest.mark.parametrize(
    "text", ["", " ", "soon", "-5", "-1.5", "4,3", "1e3", "٣", "Wed, 21 Oct 2026 07:28:00 +9999", "Foo, 99 Bar 2026"]
)
def test_an_unreadable_retry_after_is_as_good_as_none(text: str) -> None:
    assert read_retry_after({"Retry-After": text}, NOW) is None


@pytest.mark.parametrize(
    ("text", "seconds"), [("4.3", 5), ("4.0", 4), ("4.", 4), ("0.01", 1), ("0.0", 0), (f"{'9' * 400}.5", 86_400)]
)
def test_a_fraction_in_retry_after_is_rounded_up(text: str, seconds: int) -> None:
    assert read_retry_after({"Retry-After": text}, NOW) == seconds


def test_a_retry_date_in_the_past_means_now() -> None:
    past = format_datetime(datetime(2020, 1, 1, tzinfo=UTC), usegmt=True)
    assert read_retry_after({"Retry-After": past}, NOW) == 0


@given(st.lists(st.floats(0, 0.1), max_size=50))
def test_starts_are_never_closer_than_the_rate_allows(pauses: list[float]) -> None:
    time = FakeTime()
    pacer = Pacer(150, time.monotonic, time.sleep)
    starts = []
    for pause in pauses:
        time.now += pause
        pacer.wait()
        starts.append(time.now)
    assert all(later - earlier >= 1 / 150 - 1e-9 for earlier, later in itertools.pairwise(starts))


def test_idle_time_is_not_saved_up_for_a_burst() -> None:
    time = FakeTime()
    pacer = Pacer(10, time.monotonic, time.sleep)
    pacer.wait()
    time.now += 60
    for _ in range(4):
        pacer.wait()
    assert time.slept == pytest.approx([0.1, 0.1, 0.1])


def test_threads_that_wait_together_are_spread_too() -> None:
    waits: list[float] = []
    pacer = Pacer(10, lambda: 1000.0, waits.append)
    at_once(20, pacer.wait)
    assert sorted(waits) == pytest.approx([number / 10 for number in range(1, 20)])


def test_a_purse_never_gives_more_than_it_has_whoever_asks() -> None:
    purse = RequestBudget(50)
    taken: list[bool] = []
    at_once(8, lambda: taken.extend([purse.take() for _ in range(40)]))
    assert sum(taken) == 50
    assert not purse.take()


@pytest.mark.parametrize("count", [0, -3])
def test_an_empty_purse_gives_nothing(count: int) -> None:
    assert not RequestBudget(count).take()


def at_once(threads: int, action: Callable[[], object]) -> None:
    """Run an action in many threads that begin together."""
    barrier = threading.Barrier(threads)

    def begin() -> None:
        barrier.wait()
        action()

    with ThreadPoolExecutor(threads) as pool:
        for future in [pool.submit(begin) for _ in range(threads)]:
            future.result()
