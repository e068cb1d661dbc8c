"""How much calling the simulated Cloudflare bears: the rate limit and the lock-out, in simulated time."""

import time
from datetime import UTC, datetime, timedelta

import pytest

from tests.sandbox.cloudflare import GlobalKey, Token, World, sample_world
from tests.sandbox.cloudflare.answers import Answer
from tests.sandbox.cloudflare.api import Api
from tests.sandbox.cloudflare.calls import BASE_PATH, Request, circumstances
from tests.sandbox.cloudflare.limits import Lockout, RateLimit, RatelimitHeaders
from tests.sandbox.cloudflare.sample import TOKEN

START = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
ZONES = sample_world(zones=1).zones
KEY = GlobalKey("user@example.com", "0123456789abcdef0123456789abcdef01234")


class Caller:
    """Calls one API at a time that it sets itself."""

    def __init__(self, world: World, **knobs: object) -> None:
        self.now = START
        self.api = Api(world, clock=lambda: self.now)
        for name, value in knobs.items():
            setattr(self.api, name, value)

    def at(self, seconds: float, secret: str = TOKEN, address: str = "127.0.0.1") -> Answer:
        self.now = START + timedelta(seconds=seconds)
        headers = {"authorization": f"Bearer {secret}"}
        return self.ask(headers, address)

    def ask(self, headers: dict[str, str], address: str = "127.0.0.1") -> Answer:
        target = f"{BASE_PATH}/zones/{ZONES[0].id}"
        exchange = circumstances(Request("GET", target, headers, address), self.now)
        answer = self.api.answer(exchange)
        if answer.bad_credential:
            self.api.failed_authentication(exchange)
        return answer


def caller(**knobs: object) -> Caller:
    tokens = (Token(TOKEN), Token("cfut_Second"), Token("cfat_Account", owner="account"))
    return Caller(World(ZONES, tokens, (KEY,)), **knobs)


def ratelimit(answer: Answer) -> str:
    return dict(answer.headers)["Ratelimit"]


def test_1200_requests_in_five_minutes_pass_and_the_next_is_refused() -> None:
    there = caller()
    statuses = [there.at(n * 0.2).status for n in range(1201)]
    assert statuses == [200] * 1200 + [429]


def test_past_the_limit_every_call_is_refused_for_five_minutes_and_then_passes() -> None:
    there = caller(rate_limit=RateLimit(quota=10))
    for n in range(10):
        assert there.at(n).status == 200
    refused = there.at(20)
    assert (refused.status, dict(refused.headers)["Retry-After"]) == (429, "300")
    later = there.at(319.5)
    assert (later.status, dict(later.headers)["Retry-After"]) == (429, "1")
    assert there.at(320).status == 200


def test_refused_calls_do_not_prolong_the_block_unless_told_so() -> None:
    patient, strict = caller(rate_limit=RateLimit(quota=1)), caller(rate_limit=RateLimit(quota=1, prolonged=True))
    for there in (patient, strict):
        assert [there.at(second).status for second in (0, 1, 200)] == [200, 429, 429]
    assert patient.at(301).status == 200
    assert strict.at(301).status == 429


def test_the_window_slides() -> None:
    there = caller(rate_limit=RateLimit(quota=2))
    assert [there.at(second).status for second in (0, 200, 300, 499, 600)] == [200, 200, 200, 429, 429]


def test_all_credentials_of_a_user_share_one_budget_and_an_account_has_its_own() -> None:
    there = caller(rate_limit=RateLimit(quota=3))
    assert there.at(0).status == 200
    assert there.at(1, "cfut_Second").status == 200
    assert there.ask({"x-auth-email": KEY.email, "x-auth-key": KEY.key}).status == 200
    assert there.at(2, "cfut_Second").status == 429
    assert there.at(3, "cfat_Account").status == 200


def test_headers_tell_what_is_left_and_when_more_comes() -> None:
    there = caller()
    assert ratelimit(there.at(0)) == '"default";r=1199;t=300'
    second = there.at(120.5)
    assert ratelimit(second) == '"default";r=1198;t=180'
    assert dict(second.headers)["Ratelimit-Policy"] == '"default";q=1200;w=300'
    assert "Retry-After" not in dict(second.headers)


def test_headers_can_be_as_others_saw_them_or_absent() -> None:
    seen = caller(rate_limit=RateLimit(headers=RatelimitHeaders.AS_SEEN))
    assert {ratelimit(seen.at(n)) for n in range(5)} == {'"default";r=1199;t=1'}
    absent = caller(rate_limit=RateLimit(headers=RatelimitHeaders.ABSENT))
    assert absent.at(0).headers == ()


def test_a_refused_credential_is_not_counted_towards_anybodys_budget() -> None:
    there = caller(rate_limit=RateLimit(quota=1))
    assert there.at(0, "cfut_Unknown").status == 401
    assert there.at(0).status == 200


def test_too_many_refused_credentials_lock_the_address_out_whatever_it_sends() -> None:
    there = caller(lockout=Lockout(failures=3, window_s=60, locked_s=600))
    assert [there.at(n, "cfut_Unknown").status for n in range(3)] == [401, 401, 401]
    locked = there.at(4)
    assert b'"code":10502' in locked.body
    assert there.at(4, address="192.0.2.9").status == 200
    assert b'"code":10502' in there.at(601).body
    assert there.at(602).status == 200


def test_failures_that_are_far_apart_lock_nobody_out() -> None:
    there = caller(lockout=Lockout(failures=3, window_s=60))
    assert [there.at(n * 40, "cfut_Unknown").status for n in range(10)] == [401] * 10


def test_a_missing_permission_is_no_failed_authentication() -> None:
    there = Caller(World(ZONES, (Token(TOKEN, zone_details=frozenset()),)), lockout=Lockout(failures=2))
    assert [there.at(n).status for n in range(5)] == [403] * 5


def test_one_address_may_be_limited_to_so_many_requests_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    there = caller(address_limit_per_s=20)
    monkeypatch.setattr(time, "monotonic", lambda: 1000.0)
    statuses = [there.at(0).status for _ in range(25)]
    assert statuses == [200] * 20 + [429] * 5
    assert there.at(0, address="192.0.2.9").status == 200
    monkeypatch.setattr(time, "monotonic", lambda: 1001.0)
    assert there.at(0).status == 200
