"""Who may ask the simulated API for what: tokens and keys, good, bad, revoked, rotated, and their permissions."""

import json
from dataclasses import replace
from datetime import datetime

import pytest

from tests.sandbox.cloudflare import (
    EVERY_ZONE,
    NO_ZONE,
    GlobalKey,
    Token,
)
from tests.sandbox.cloudflare import refusals as said
from tests.sandbox.cloudflare.api import Api
from tests.sandbox.cloudflare.sample import TOKEN
from tests.stand_ins.asking import APPLICATIONS, NOW, OTHER, USAGE, WORLD, ZONE, api, ask, codes, result

KEY = GlobalKey("user@example.com", "0123456789abcdef0123456789abcdef01234")


@pytest.mark.parametrize(
    ("headers", "refusal"),
    [
        ({}, said.NO_CREDENTIALS),
        ({"x-auth-email": "user@example.com"}, said.NO_CREDENTIALS),
        ({"authorization": TOKEN}, said.MALFORMED_TOKEN),
        ({"authorization": f"bearer {TOKEN}"}, said.MALFORMED_TOKEN),
        ({"authorization": "Bearer two words"}, said.MALFORMED_TOKEN),
        ({"authorization": f"Bearer {KEY.key}"}, said.MALFORMED_TOKEN),
        ({"authorization": "Bearer cfut_Unknown"}, said.INVALID_TOKEN),
        ({"x-auth-email": KEY.email, "x-auth-key": TOKEN}, said.MALFORMED_KEY),
        ({"x-auth-email": "nobody", "x-auth-key": KEY.key}, said.MALFORMED_EMAIL),
        ({"x-auth-email": "other@example.com", "x-auth-key": KEY.key}, said.UNKNOWN_KEY),
    ],
    ids=lambda value: None if isinstance(value, said.Refusal) else ",".join(value) or "none",
)
def test_a_bad_credential_is_refused_as_cloudflare_does(headers: dict[str, str], refusal: said.Refusal) -> None:
    answer = ask(api(replace(WORLD, keys=(KEY,))), USAGE, headers)
    assert (answer.status, json.loads(answer.body)) == (refusal.status, refusal.document())
    assert answer.bad_credential


def test_an_email_and_its_key_are_as_good_as_a_token() -> None:
    headers = {"x-auth-email": KEY.email, "x-auth-key": KEY.key}
    assert ask(api(replace(WORLD, keys=(KEY,))), USAGE, headers).status == 200


@pytest.mark.parametrize("refusal", [said.INVALID_TOKEN, said.INVALID_ACCESS_TOKEN, said.AUTHENTICATION_ERROR])
def test_what_an_unknown_token_is_told_can_be_chosen(refusal: said.Refusal) -> None:
    answer = ask(api(unknown_token=refusal), USAGE, {"authorization": "Bearer cfut_Unknown"})
    assert codes(answer) == (refusal.status, [refusal.problems[0].code])


@pytest.mark.parametrize(
    ("token", "path", "status"),
    [
        (Token(TOKEN, analytics=frozenset({OTHER.id})), USAGE, 403),
        (Token(TOKEN, analytics=frozenset({ZONE.id}), settings=NO_ZONE), USAGE, 200),
        (Token(TOKEN, analytics=EVERY_ZONE, settings=NO_ZONE), APPLICATIONS, 403),
        (Token(TOKEN, analytics=NO_ZONE, settings=EVERY_ZONE), APPLICATIONS, 200),
        (Token(TOKEN, analytics=EVERY_ZONE, settings=NO_ZONE), f"/zones/{ZONE.id}", 200),
        (Token(TOKEN, zone_details=NO_ZONE), f"/zones/{ZONE.id}", 403),
        (Token(TOKEN, analytics=NO_ZONE, settings=NO_ZONE), f"/zones/{ZONE.id}", 403),
    ],
)
def test_each_call_needs_its_own_permission_for_the_zone(token: Token, path: str, status: int) -> None:
    answer = ask(api(replace(WORLD, tokens=(token,))), path)
    assert answer.status == status
    assert not answer.bad_credential
    if status == 403:
        assert codes(answer) == (403, [10000])


def test_zones_without_permission_are_not_listed() -> None:
    token = Token(TOKEN, zone_details=frozenset({OTHER.id}))
    assert [zone["id"] for zone in result(ask(api(replace(WORLD, tokens=(token,))), "/zones"))] == [OTHER.id]


def test_listing_zones_takes_a_permission_of_its_own() -> None:
    there = api(replace(WORLD, tokens=(Token(TOKEN, listed=NO_ZONE),)))
    assert result(ask(there, "/zones")) == []
    assert ask(there, f"/zones/{ZONE.id}").status == 200


def test_a_revoked_token_is_refused_from_that_moment_and_its_successor_is_good_from_its_own() -> None:
    successor = "cfut_Successor"
    world = WORLD.revoked(TOKEN, "2026-11-23 10:01:00").rotated(TOKEN, successor, "2026-11-23 10:03:30")

    def good(secret: str, time: str) -> bool:
        moment = datetime.fromisoformat(f"2026-11-23 {time}+00:00")
        there = Api(world, clock=lambda: moment)
        return ask(there, USAGE, {"authorization": f"Bearer {secret}"}).status == 200

    assert [good(TOKEN, time) for time in ("10:00:59", "10:01:00", "10:03:30")] == [True, False, False]
    assert [good(successor, time) for time in ("10:03:29", "10:03:30", "10:09:00")] == [False, True, True]


def test_a_rotation_alone_ends_the_old_token_and_keeps_its_permissions() -> None:
    world = replace(WORLD, tokens=(Token(TOKEN, analytics=frozenset({ZONE.id})),))
    rotated = world.rotated(TOKEN, "cfut_Successor", NOW)
    assert ask(api(rotated), USAGE).status == 401
    headers = {"authorization": "Bearer cfut_Successor"}
    assert ask(api(rotated), USAGE, headers).status == 200
    assert ask(api(rotated), USAGE.replace(ZONE.id, OTHER.id), headers).status == 403
    with pytest.raises(KeyError, match="no token with that secret"):
        world.revoked("cfut_Nobody", NOW)


def test_a_new_token_may_answer_403_until_it_is_known_everywhere() -> None:
    token = Token(TOKEN, settled_from=NOW.replace(second=8))
    assert codes(ask(api(replace(WORLD, tokens=(token,))), USAGE)) == (403, [10000])
    settled = replace(token, settled_from=NOW)
    assert ask(api(replace(WORLD, tokens=(settled,))), USAGE).status == 200


def test_secrets_do_not_show_in_what_is_printed() -> None:
    shown = repr(replace(WORLD, keys=(KEY,)))
    assert TOKEN not in shown
    assert KEY.key not in shown
