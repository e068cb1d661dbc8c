"""A minute's requests from the first canary to the last retry."""

import threading
import time
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import collector.poller as round_module
from cloudflare_api.rate_limit import RequestBudget
from cloudflare_api.response import Kind
from cloudflare_api.usage import Attempt
from collector.errors import SecretUnavailable
from collector.poller import CANARIES, MAX_CONCURRENCY, AppLists, PollerResult, SourceState, other_zones_answers
from contract.raw import Reason
from tests.unit.examples import (
    FORBIDDEN,
    LIMITED,
    LOCKED_OUT,
    MINUTE,
    NO_ZONE,
    REVOKED,
    TIMED_OUT,
    TOKEN,
    UNAVAILABLE,
    good,
    source,
    usage,
    zone,
    zones,
)
from tests.unit.scripted import Script, Shelf, ask, held, warm

FRESH = "cfut_rotated"
SHORT_S = 0.3


IDS = {number: zone(number).id for number in range(10)}


def naming(*app_ids: str) -> Attempt:
    """An answer with these applications."""
    return replace(good(*map(usage, app_ids)), named=frozenset(app_ids))


def reasons(result: PollerResult) -> list[Reason | None]:
    return [asked.reason for asked in result.asked]


@pytest.mark.parametrize("memory", [SourceState(), warm()])
@pytest.mark.parametrize("minutes", range(4))
def test_a_forbidden_zone_first_in_the_list_costs_no_other_its_minute(memory: SourceState, minutes: int) -> None:
    script = Script(lambda number, _token, _before: FORBIDDEN if number == 1 else good())
    at = MINUTE + timedelta(minutes=minutes)
    result = ask(source(*zones(30)), script, memory=memory, spare=RequestBudget(0), minute=at)
    assert reasons(result) == [Reason.FORBIDDEN] + [None] * 29
    assert (result.memory.good, result.refused, result.quiet) == (True, False, False)


def test_outcomes_come_in_configured_order_whoever_was_asked_first() -> None:
    script = Script(lambda _number, _token, _before: good())
    of = source(zone(5), zone(2, colos=("LHR", "AMS")), zone(9))
    memory = SourceState(good=True, failed=frozenset(of.requests[:1]))
    assert [asked.request for asked in ask(of, script, memory=memory).asked] == list(of.requests)


def test_a_cold_process_sends_one_canary_before_all_others() -> None:
    first_done = threading.Event()

    def answer(number: int, _token: str, _before: int) -> Attempt:
        if number == 1:
            assert not first_done.wait(0.05), "another request began before the canary had its answer"
            return good()
        first_done.set()
        return good()

    memory = SourceState(failed=frozenset(source(*zones(10)).requests[1:]))
    script = Script(answer)
    assert reasons(ask(source(*zones(10)), script, memory=memory)) == [None] * 10
    assert script.asked[0] == 1


def test_a_revoked_token_costs_a_cold_process_three_requests() -> None:
    script, shelf = Script(lambda _number, _token, _before: REVOKED), Shelf()
    result = ask(source(*zones(50)), script, shelf=shelf)
    assert len(script.calls) == CANARIES
    assert Counter(reasons(result)) == {Reason.UNAUTHORIZED: CANARIES, Reason.AUTH_LOCKOUT_GUARD: 50 - CANARIES}
    assert (result.refused, result.quiet, result.memory.good) == (True, True, False)
    assert shelf.fetched_afresh == 1


def test_a_token_that_is_forbidden_everywhere_counts_as_refused() -> None:
    script = Script(lambda _number, _token, _before: FORBIDDEN)
    result = ask(source(*zones(50)), script)
    assert len(script.calls) == CANARIES
    assert Counter(reasons(result)) == {Reason.UNAUTHORIZED: CANARIES, Reason.AUTH_LOCKOUT_GUARD: 50 - CANARIES}


@pytest.mark.parametrize("refusal", [REVOKED, FORBIDDEN])
def test_a_token_revoked_between_two_minutes_costs_a_warm_process_one_width_and_three_canaries(
    refusal: Attempt,
) -> None:
    script = Script(lambda _number, _token, _before: refusal)
    result = ask(source(*zones(100)), script, memory=warm())
    assert len(script.calls) <= MAX_CONCURRENCY + CANARIES
    assert set(reasons(result)) == {Reason.UNAUTHORIZED, Reason.AUTH_LOCKOUT_GUARD}
    assert not result.memory.good


@pytest.mark.parametrize("memory", [SourceState(), warm()])
@pytest.mark.parametrize("refusal", [REVOKED, FORBIDDEN])
def test_after_a_rotation_every_zone_is_collected_in_the_same_run(memory: SourceState, refusal: Attempt) -> None:
    script = Script(lambda _number, token, _before: good() if token == FRESH else refusal)
    shelf = Shelf(fresh=FRESH)
    result = ask(source(*zones(60)), script, memory=memory, shelf=shelf)
    assert reasons(result) == [None] * 60
    assert shelf.fetched_afresh == 1
    assert result.credential is not None
    assert result.credential.secrets == (FRESH,)
    assert result.memory.credential == result.credential


def test_a_rotation_is_noticed_though_only_two_zones_are_there_to_refuse() -> None:
    script = Script(lambda _number, token, _before: good() if token == FRESH else FORBIDDEN)
    assert reasons(ask(source(*zones(2)), script, memory=warm(), shelf=Shelf(fresh=FRESH))) == [None, None]


@pytest.mark.parametrize("memory", [SourceState(), warm()])
def test_the_secret_is_fetched_afresh_at_most_once_a_run(memory: SourceState) -> None:
    script, shelf = Script(lambda _number, _token, _before: REVOKED), Shelf(fresh=FRESH)
    result = ask(source(*zones(100)), script, memory=memory, shelf=shelf)
    assert shelf.fetched_afresh == 1
    assert len(script.calls) <= MAX_CONCURRENCY + CANARIES
    assert set(reasons(result)) == {Reason.UNAUTHORIZED, Reason.AUTH_LOCKOUT_GUARD}


def test_a_lock_out_stops_a_cold_process_at_its_first_request() -> None:
    script = Script(lambda _number, _token, _before: LOCKED_OUT)
    result = ask(source(*zones(20)), script)
    assert len(script.calls) == 1
    assert Counter(reasons(result)) == {Reason.UNAUTHORIZED: 1, Reason.AUTH_LOCKOUT_GUARD: 19}


def test_a_lock_out_stops_a_warm_process_with_what_is_under_way() -> None:
    script = Script(lambda _number, _token, _before: LOCKED_OUT)
    ask(source(*zones(100)), script, memory=warm())
    assert len(script.calls) <= MAX_CONCURRENCY


def test_one_definite_refusal_among_good_zones_costs_no_other_its_minute() -> None:
    script = Script(lambda number, _token, _before: REVOKED if number == 40 else good())
    result = ask(source(*zones(80)), script, memory=warm())
    assert reasons(result) == [Reason.UNAUTHORIZED if number == 40 else None for number in range(1, 81)]


def test_three_zones_that_are_always_refused_do_not_stop_a_process_for_ever() -> None:
    of, memory, minute = source(*zones(9)), SourceState(), MINUTE.replace(hour=0)
    script = Script(lambda number, _token, _before: FORBIDDEN if number <= 3 else good())
    collected = []
    for _ in range(4):
        result = ask(of, script, memory=memory, minute=minute)
        memory, minute = result.memory, minute + timedelta(minutes=1)
        collected.append(reasons(result).count(None))
    assert collected[1:] == [6, 6, 6]


@pytest.mark.parametrize("forbidden", [range(1, 4), range(1, 7), range(4, 9)])
@pytest.mark.parametrize("start", range(4))
def test_after_an_outage_of_the_token_some_zone_that_works_becomes_a_canary(forbidden: range, start: int) -> None:
    of, memory, minute = source(*zones(10)), SourceState(), MINUTE + timedelta(minutes=start)
    revoked = Script(lambda _number, _token, _before: REVOKED)
    restored = Script(lambda number, _token, _before: FORBIDDEN if number in forbidden else good())
    for script in [revoked] * 6 + [restored] * 5:
        result = ask(of, script, memory=memory, minute=minute)
        memory, minute = result.memory, minute + timedelta(minutes=1)
    assert reasons(result).count(None) == 10 - len(forbidden)


def test_who_was_in_trouble_goes_last() -> None:
    of = source(*zones(30))
    memory = SourceState(good=True, failed=frozenset(of.requests[:2]))
    script = Script(lambda _number, _token, _before: good())
    ask(of, script, memory=memory)
    assert {1, 2} <= set(script.asked[-MAX_CONCURRENCY:])
    assert not {1, 2} & set(script.asked[:12])


def test_a_used_up_rate_limit_skips_the_rest_and_the_next_run_sends_one_canary() -> None:
    of = source(*zones(60))
    limited = Script(lambda _number, _token, _before: LIMITED)
    first = ask(of, limited, memory=warm())
    assert len(limited.calls) <= MAX_CONCURRENCY
    assert set(reasons(first)) == {Reason.RATE_LIMITED}
    assert [asked.attempts for asked in first.asked].count(0) >= 60 - MAX_CONCURRENCY
    canary = Script(lambda _number, _token, _before: LIMITED)
    second = ask(of, canary, memory=first.memory)
    assert len(canary.calls) == 1
    assert set(reasons(second)) == {Reason.RATE_LIMITED}
    assert (first.quiet, second.quiet) == (True, True)


@pytest.mark.parametrize("refusal", [LIMITED, LOCKED_OUT])
def test_a_run_that_began_well_and_was_stopped_is_followed_by_a_canary(refusal: Attempt) -> None:
    of = source(*zones(60))
    first = ask(of, Script(lambda number, _token, _before: refusal if number == 40 else good()), memory=warm())
    assert None in reasons(first)
    assert not first.memory.good
    canary = Script(lambda _number, _token, _before: refusal)
    ask(of, canary, memory=first.memory)
    assert len(canary.calls) == 1


def test_a_limited_run_is_over_when_its_canary_answers() -> None:
    of = source(*zones(60))
    memory = ask(of, Script(lambda _number, _token, _before: LIMITED)).memory
    assert reasons(ask(of, Script(lambda _number, _token, _before: good()), memory=memory)) == [None] * 60


def test_an_answer_that_used_up_the_limit_counts_and_stops_the_rest() -> None:
    result = ask(source(*zones(5)), Script(lambda _number, _token, _before: good(remaining=0)))
    assert Counter(reasons(result)) == {None: 1, Reason.RATE_LIMITED: 4}


def test_passing_failures_are_tried_again_while_the_purse_lasts() -> None:
    script = Script(lambda _number, _token, before: UNAVAILABLE if before < 2 else good())
    result = ask(source(*zones(10)), script, spare=RequestBudget(20))
    assert reasons(result) == [None] * 10
    assert [asked.attempts for asked in result.asked] == [3] * 10


@pytest.mark.parametrize("count", [0, 1, 7])
def test_an_outage_costs_no_more_than_the_purse(count: int) -> None:
    script = Script(lambda _number, _token, _before: UNAVAILABLE)
    result = ask(source(*zones(30)), script, spare=RequestBudget(count))
    assert len(script.calls) == 30 + count
    assert set(reasons(result)) == {Reason.SERVER_ERROR}


def test_a_zone_that_does_not_exist_is_asked_once_and_says_nothing_about_the_rest() -> None:
    script = Script(lambda number, _token, _before: NO_ZONE if number == 1 else good())
    assert reasons(ask(source(*zones(5)), script)) == [Reason.ZONE_NOT_FOUND] + [None] * 4
    assert Counter(script.asked) == dict.fromkeys(range(1, 6), 1)


def test_a_hanging_zone_costs_no_other_its_minute_and_the_run_ends_in_time(gate: threading.Event) -> None:
    script = Script(lambda number, _token, _before: held(gate, good()) if number == 3 else good())
    result = ask(source(*zones(40)), script, memory=warm(), run_s=SHORT_S)
    assert reasons(result) == [Reason.TIMEOUT if number == 3 else None for number in range(1, 41)]
    assert result.quiet


def test_when_everything_hangs_what_was_not_sent_says_so(gate: threading.Event) -> None:
    script = Script(lambda _number, _token, _before: held(gate, good()))
    result = ask(source(*zones(40)), script, memory=warm(), run_s=SHORT_S)
    assert Counter((asked.attempts, asked.reason) for asked in result.asked) == {
        (1, Reason.TIMEOUT): MAX_CONCURRENCY,
        (0, Reason.DEADLINE): 40 - MAX_CONCURRENCY,
    }


def test_a_canary_that_hangs_says_nothing_and_the_others_go(
    gate: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(round_module, "CANARY_S", SHORT_S)
    script = Script(lambda number, _token, before: held(gate, good()) if (number, before) == (1, 0) else good())
    of = source(*zones(10))
    result = ask(of, script, memory=SourceState(failed=frozenset(of.requests[1:])))
    assert reasons(result) == [None] * 10
    assert script.asked[0] == 1


def test_a_refusal_from_before_a_rotation_is_not_held_against_a_canary_that_hangs() -> None:
    answers = {TOKEN: REVOKED, FRESH: TIMED_OUT}
    script = Script(lambda _number, token, before: answers[token] if before < 2 else good())
    result = ask(source(*zones(8)), script, shelf=Shelf(fresh=FRESH))
    assert Reason.AUTH_LOCKOUT_GUARD not in reasons(result)


def test_no_time_left_means_nothing_is_sent() -> None:
    script = Script(lambda _number, _token, _before: good())
    result = ask(source(*zones(3)), script, run_s=-1.0)
    assert script.calls == []
    assert [(asked.attempts, asked.reason) for asked in result.asked] == [(0, Reason.DEADLINE)] * 3


@pytest.mark.parametrize(
    ("text", "reason"), [("", Reason.SECRET_INVALID), (SecretUnavailable("no secret"), Reason.SECRET_UNAVAILABLE)]
)
def test_without_a_credential_every_zone_has_a_reason_and_nothing_is_sent(
    text: str | Exception, reason: Reason
) -> None:
    script, shelf = Script(lambda _number, _token, _before: good()), Shelf("" if isinstance(text, str) else TOKEN)
    shelf.failure = text if isinstance(text, Exception) else None
    of = source(*zones(3))
    result = ask(of, script, shelf=shelf, memory=SourceState(good=True, failed=frozenset(of.requests[:1])))
    assert [(asked.attempts, asked.reason) for asked in result.asked] == [(0, reason)] * 3
    assert all(asked.message for asked in result.asked)
    assert (script.calls, result.credential, result.quiet) == ([], None, True)
    assert result.memory == SourceState(failed=frozenset(of.requests[:1]))


def test_an_answer_with_an_application_that_is_listed_in_another_zone_is_tried_again() -> None:
    answers = {1: naming("a"), 2: naming("b", "new"), 3: naming("c")}
    script = Script(lambda number, _token, before: naming("b") if (number, before) == (1, 0) else answers[number])
    lists = {IDS[1]: ["a"], IDS[2]: ["b"], IDS[3]: []}
    result = ask(source(*zones(3)), script, lists=lambda: lists)
    assert reasons(result) == [None] * 3
    assert [(asked.attempts, asked.last and asked.last.named) for asked in result.asked] == [
        (2, frozenset({"a"})),
        (1, frozenset({"b", "new"})),
        (1, frozenset({"c"})),
    ]


@pytest.mark.parametrize("spare", [0, 20])
def test_an_answer_that_stays_another_zones_is_a_failure_that_names_both(spare: int) -> None:
    script = Script(lambda number, _token, _before: naming("b") if number < 3 else naming("c"))
    of = source(*zones(3))
    result = ask(of, script, lists=lambda: {IDS[2]: ["b"], IDS[9]: ["z"]}, spare=RequestBudget(spare))
    assert reasons(result) == [Reason.BAD_RESPONSE, None, None]
    (failed, *_) = result.asked
    assert failed.last is not None
    assert (failed.attempts, failed.last.usage, failed.last.http_status) == (4 if spare else 1, (), 200)
    assert failed.message == (
        f"Cloudflare's answer cannot be used: zone {IDS[1]} was answered with application b, which is listed in zone "
        f"{IDS[2]}"
    )
    assert (result.memory.good, result.memory.failed, result.refused) == (True, frozenset({of.requests[0]}), False)


def test_of_two_zones_that_answer_with_one_application_neither_counts_while_both_do() -> None:
    script = Script(lambda number, _token, _before: naming("a", "b") if number < 3 else naming(f"c{number}"))
    result = ask(source(*zones(4)), script)
    assert reasons(result) == [Reason.BAD_RESPONSE, Reason.BAD_RESPONSE, None, None]
    assert f"zones {IDS[1]} and {IDS[2]} were both answered with application a" in str(result.asked[0].message)
    assert f"zones {IDS[2]} and {IDS[1]} were both answered with application a" in str(result.asked[1].message)
    right = Script(lambda number, _token, before: naming(f"c{number}" if before or number > 1 else "c2"))
    result = ask(source(*zones(4)), right)
    assert reasons(result) == [None] * 4
    assert [asked.attempts for asked in result.asked] == [2, 2, 1, 1]


def test_data_centres_of_one_zone_share_its_applications() -> None:
    script = Script(lambda number, _token, _before: naming(f"a{number}"))
    of = source(zone(1, colos=("LHR", "AMS")), zone(2, colos=("LHR",)))
    assert reasons(ask(of, script)) == [None] * 3
    lists = {IDS[2]: ["a1"]}
    assert reasons(ask(of, script, lists=lambda: lists)) == [Reason.BAD_RESPONSE, Reason.BAD_RESPONSE, None]


def test_no_poll_waits_for_the_lists() -> None:
    script = Script(lambda number, _token, _before: naming(f"a{number}"))
    asked: list[int] = []

    def lists() -> AppLists:
        asked.append(len(script.calls))
        return {}

    ask(source(*zones(40)), script, lists=lists)
    assert asked == [40]


app_ids = st.sampled_from("abcdefgh")
by_zone = st.dictionaries(st.sampled_from([IDS[number] for number in range(1, 5)]), st.frozensets(app_ids, max_size=4))


@given(st.lists(st.tuples(st.sampled_from([IDS[number] for number in range(1, 5)]), st.frozensets(app_ids))), by_zone)
def test_no_application_is_left_in_two_zones_and_none_where_another_is_listed_with_it(
    answers: list[tuple[str, frozenset[str]]], lists: dict[str, frozenset[str]]
) -> None:
    faults = other_zones_answers(answers, lists)
    in_zones: dict[str, set[str]] = {}
    for (zone_id, named), fault in zip(answers, faults, strict=True):
        others = {other for other, each in answers if other != zone_id and each & named}
        owners = {owner for owner, listed in lists.items() if owner != zone_id and listed & named}
        if fault is None:
            for app_id in named:
                in_zones.setdefault(app_id, set()).add(zone_id)
                assert app_id in lists.get(zone_id, ()) or not any(app_id in listed for listed in lists.values())
        else:
            assert zone_id in fault
            assert any(other in fault for other in others | owners)
    assert all(len(zones_of) == 1 for zones_of in in_zones.values())


def test_the_applications_of_many_zones_are_compared_in_no_time() -> None:
    answers = [(zone(number).id, frozenset(f"{number}/{app}" for app in range(100))) for number in range(240)]
    began = time.monotonic()
    assert other_zones_answers(answers, dict(answers)) == other_zones_answers(answers, {}) == [None] * 240
    assert time.monotonic() - began < 1


KINDS = [good(), good(remaining=0), LIMITED, REVOKED, FORBIDDEN, LOCKED_OUT, UNAVAILABLE, TIMED_OUT, NO_ZONE]


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.lists(st.sampled_from([good()] * 6 + KINDS), min_size=1, max_size=5), min_size=1, max_size=24),
    st.integers(0, 12),
    st.sampled_from([None, FRESH]),
    st.booleans(),
    st.integers(0, 5),
)
def test_whatever_cloudflare_does_every_request_has_one_outcome_within_the_budget(
    script_of: list[list[Attempt]], spare: int, fresh: str | None, is_warm: bool, minutes: int
) -> None:
    of = source(*zones(len(script_of)))
    script = Script(lambda number, _token, before: script_of[number - 1][min(before, len(script_of[number - 1]) - 1)])
    result = ask(
        of,
        script,
        memory=warm() if is_warm else SourceState(),
        shelf=Shelf(fresh=fresh),
        spare=RequestBudget(spare),
        minute=MINUTE + timedelta(minutes=minutes),
    )
    assert [asked.request for asked in result.asked] == list(of.requests)
    assert len(script.calls) <= len(script_of) + spare
    assert sum(asked.attempts for asked in result.asked) == len(script.calls)
    assert all((asked.attempts == 0) <= (asked.last is None) for asked in result.asked)
    assert all((asked.reason is None) == bool(asked.last and asked.last.kind is Kind.GOOD) for asked in result.asked)
    assert reasons(result).count(None) == sum(attempt.kind is Kind.GOOD for attempt in script.brought)
    assert Reason.DEADLINE not in reasons(result)
    never_sent_for = {Reason.RATE_LIMITED, Reason.AUTH_LOCKOUT_GUARD}
    assert all(asked.reason in never_sent_for for asked in result.asked if not asked.attempts)
