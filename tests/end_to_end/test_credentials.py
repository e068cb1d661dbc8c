"""Tokens that are new, wrong, revoked, not there: no minute is lost that could be had, and nobody is locked out."""

import json
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.end_to_end.stack import KEY, NEXT_TOKEN, SOURCES, TOKENS, ZONES, secret_of, world
from tests.end_to_end.truth import Line, assert_collected, assert_whole, by_request, expected, published
from tests.sandbox.aws import Fault as AwsFault
from tests.sandbox.cloudflare import refusals
from tests.sandbox.kept import instant
from tests.sandbox.sandbox import Sandbox

EVENT, MINUTE = "2026-11-23T10:01:00Z", "2026-11-23T10:00"
NEXT_EVENT, NEXT_MINUTE = "2026-11-23T10:02:00Z", "2026-11-23T10:01"

REFUSALS = {
    "401 1000": refusals.INVALID_TOKEN,
    "403 9109": refusals.INVALID_ACCESS_TOKEN,
    "403 10000": refusals.AUTHENTICATION_ERROR,
}


def of_secrets(kind: str, **more: Any) -> AwsFault:
    """A fault of the function's own reading of its secret."""
    return AwsFault(kind, operation="GetSecretValue", role="?*", times=None, **more)  # type: ignore[arg-type]


def reads(sandbox: Sandbox) -> int:
    """How often the function has read a secret."""
    return len(sandbox.aws.calls.of("GetSecretValue", role=sandbox.role))


def outcomes(lines: list[Line]) -> Counter[tuple[str, str | None]]:
    """How many lines came to which outcome and reason."""
    return Counter((line["outcome"], line["reason"]) for line in lines)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(TOKENS["main"], id="a bare token"),
        pytest.param(f"{TOKENS['main']}\n", id="a pasted line"),
        pytest.param(json.dumps({"token": TOKENS["main"]}), id="a token in JSON"),
        pytest.param(json.dumps({"email": KEY.email, "key": KEY.key}), id="the older global key"),
    ],
)
def test_every_form_of_a_credential_serves(sandbox: Sandbox, text: str) -> None:
    sandbox.put_secret(secret_of("main"), text)
    assert sandbox.run(EVENT).ok
    assert_whole(sandbox, MINUTE)
    assert reads(sandbox) == 1


@pytest.mark.parametrize("text", ['{"token": ', '{"tokn": "cfut_misspelt"}', "two words", "\n"])
def test_a_text_that_is_no_credential_is_named_in_every_row_and_never_shown(sandbox: Sandbox, text: str) -> None:
    sandbox.put_secret(secret_of("main"), text)
    assert sandbox.run(EVENT).ok
    assert sandbox.cloudflare.requests == ()
    lines = sandbox.rows(MINUTE)
    assert outcomes(lines) == {("skipped", "secret_invalid"): len(SOURCES["main"])}
    for line in lines:
        assert line["error_message"].startswith("secret cloudflare-spectrum/main")
        assert 'put a bare API token, {"token": "..."} or {"email": ' in line["error_message"]
    sandbox.put_secret(secret_of("main"), TOKENS["main"])
    assert sandbox.run(NEXT_EVENT).ok
    assert_whole(sandbox, NEXT_MINUTE)


def test_a_secret_that_nobody_has_filled_is_named_with_the_command_that_fills_it(sandbox: Sandbox) -> None:
    assert sandbox.run(EVENT, source="new").ok
    (line,) = sandbox.rows(MINUTE, "new")
    assert (line["outcome"], line["reason"]) == ("skipped", "secret_unavailable")
    assert "aws secretsmanager put-secret-value --secret-id cloudflare-spectrum/new" in line["error_message"]
    assert sandbox.deployment.outputs["PutSecret4"].startswith("aws secretsmanager put-secret-value")


def test_a_secret_that_is_gone_is_named(sandbox: Sandbox) -> None:
    secrets = sandbox.aws.client("secretsmanager")
    secrets.delete_secret(SecretId=secret_of("edge"), RecoveryWindowInDays=7)
    try:
        assert sandbox.run(EVENT, source="edge").ok
    finally:
        secrets.restore_secret(SecretId=secret_of("edge"))
    lines = sandbox.rows(MINUTE, "edge")
    assert outcomes(lines) == {("skipped", "secret_unavailable"): 3}
    assert all("secret cloudflare-spectrum/edge" in line["error_message"] for line in lines)


@pytest.mark.parametrize("code", ["InternalServiceError", "AccessDeniedException"])
def test_a_new_process_that_cannot_read_its_secret_says_so_and_tries_again(sandbox: Sandbox, code: str) -> None:
    fault = of_secrets("refuse" if code.startswith("Access") else "fail", code=code)
    with sandbox.aws.faults.active(fault):
        assert sandbox.run(EVENT).ok
    lines = sandbox.rows(MINUTE)
    assert outcomes(lines) == {("skipped", "secret_unavailable"): len(SOURCES["main"])}
    assert all("secret cloudflare-spectrum/main" in line["error_message"] for line in lines)
    assert all(code in line["error_message"] for line in lines)
    assert published(sandbox, MINUTE) == {}
    assert sandbox.run(NEXT_EVENT).ok
    assert_whole(sandbox, NEXT_MINUTE)


def test_a_warm_process_goes_on_with_the_credential_it_has(sandbox: Sandbox) -> None:
    sandbox.run(EVENT)
    sandbox.aws.faults.add(of_secrets("fail"))
    for minutes in (1, 6, 11):  # A secret is kept for five minutes, then read again.
        moment = instant(EVENT) + timedelta(minutes=minutes)
        invocation = sandbox.run(f"{moment:%Y-%m-%dT%H:%M:%SZ}")
        assert invocation.ok
        assert_whole(sandbox, f"{moment - timedelta(minutes=1):%Y-%m-%dT%H:%M}")
    told = [line for line in sandbox.logged(invocation) if line.get("level") == "ERROR"]
    assert "going on with the last good credential" in [line["message"] for line in told]
    assert reads(sandbox) > 1


@pytest.mark.parametrize("warm", [False, True])
@pytest.mark.parametrize("forbidden", [1, 2])
def test_forbidden_zones_first_in_the_list_cost_no_other_zone_its_minute(
    sandbox: Sandbox, warm: bool, forbidden: int
) -> None:
    denied = {zone.id for zone in ZONES["main"][:forbidden]}
    allowed = frozenset(zone.id for zone in ZONES["main"]) - denied
    token = sandbox.cloudflare.world.token(TOKENS["main"])
    assert token is not None
    if warm:
        sandbox.run(EVENT)
    sandbox.cloudflare.world = sandbox.cloudflare.world.with_token(replace(token, analytics=allowed))
    for minute in (2, 3):
        assert sandbox.run(f"2026-11-23T10:0{minute}:00Z").ok
        described = f"2026-11-23T10:0{minute - 1}"
        lines = by_request(sandbox.rows(described))
        for polled in SOURCES["main"]:
            line = lines[polled.zone.id, None]
            if polled.zone.id in denied:
                assert (line["outcome"], line["reason"]) == ("failed", "forbidden")
                assert "give it Analytics Read" in line["error_message"]
            else:
                assert_collected(sandbox, line, polled, None, described)
        unlisted = set() if warm else denied
        first = not warm and minute == 2
        whole = expected(sandbox, described, without=denied, unlisted=unlisted, first=first)
        assert published(sandbox, described) == whole
    assert sandbox.health("CredentialRefused") == []


@pytest.mark.parametrize(
    ("refusal", "at_first"),
    [
        # Sixteen are under way when the first refusal comes; all are refused.
        pytest.param("401 1000", 16, id="401 1000"),
        # It may be the zone's: two more begin before the third refusal, then three canaries look for a better zone.
        pytest.param("403 10000", 16 + 2 + 3, id="403 10000"),
    ],
)
def test_a_revoked_token_is_tried_a_few_times_and_nobody_is_locked_out(
    sandbox: Sandbox, refusal: str, at_first: int
) -> None:
    sandbox.cloudflare.api.unknown_token = REFUSALS[refusal]
    sandbox.run(EVENT, source="wide")
    sandbox.cloudflare.world = world().revoked(TOKENS["wide"], EVENT)
    tried = []
    sandbox.cloudflare.latency_s = 0.15  # Long enough for all threads to be under way when the first refusal comes.
    for minute in range(2, 12):
        before = len(sandbox.cloudflare.requests)
        assert sandbox.run(f"2026-11-23T10:{minute:02}:00Z", source="wide").ok
        tried.append(len(sandbox.cloudflare.requests) - before)
        sandbox.cloudflare.latency_s = 0
        lines = sandbox.rows(f"2026-11-23T10:{minute - 1:02}", "wide")
        assert outcomes(lines) == {
            ("failed", "unauthorized"): tried[-1],
            ("skipped", "auth_lockout_guard"): len(SOURCES["wide"]) - tried[-1],
        }
        refused = [line for line in lines if line["outcome"] == "failed"]
        assert all("put a valid token into the secret" in line["error_message"] for line in refused)
        assert [datum.sum for datum in sandbox.health("CredentialRefused", lines[0]["minute"], Source="wide")] == [1]
    assert 16 <= tried[0] <= at_first
    assert max(tried[1:]) <= 1
    assert not [line for key in sandbox.keys("raw/") for line in sandbox.read(key) if line["error_code"] == 10502]
    # A process that starts now knows nothing yet.
    before = len(sandbox.cloudflare.requests)
    sandbox.function.recycle()
    assert sandbox.run("2026-11-23T10:20:00Z", source="wide").ok
    assert len(sandbox.cloudflare.requests) - before <= 3


def test_a_rotated_token_costs_no_minute_and_no_deploy(sandbox: Sandbox) -> None:
    sandbox.run(EVENT)
    sandbox.cloudflare.world = world().rotated(TOKENS["main"], NEXT_TOKEN, "2026-11-23 10:01:30")
    sandbox.put_secret(secret_of("main"), NEXT_TOKEN)
    before = reads(sandbox)
    assert sandbox.run(NEXT_EVENT).ok
    assert_whole(sandbox, NEXT_MINUTE)
    assert published(sandbox, NEXT_MINUTE) == expected(sandbox, NEXT_MINUTE)
    assert reads(sandbox) - before <= 2
    assert sandbox.health("CredentialRefused") == []


@pytest.mark.parametrize("refusal", ["401 1000", "403 9109"])
def test_after_minutes_without_a_valid_token_the_first_with_one_is_whole(sandbox: Sandbox, refusal: str) -> None:
    sandbox.cloudflare.api.unknown_token = REFUSALS[refusal]
    sandbox.cloudflare.world = world().revoked(TOKENS["main"], "2026-11-23 10:00")
    for minute in (1, 2):
        before = reads(sandbox)
        sandbox.run(f"2026-11-23T10:0{minute}:00Z")
        assert reads(sandbox) - before <= 2
        lines = sandbox.rows(f"2026-11-23T10:0{minute - 1}")
        assert {line["reason"] for line in lines} <= {"unauthorized", "auth_lockout_guard"}
    sandbox.cloudflare.world = sandbox.cloudflare.world.rotated(TOKENS["main"], NEXT_TOKEN, "2026-11-23 10:02:30")
    sandbox.put_secret(secret_of("main"), NEXT_TOKEN)
    before = reads(sandbox)
    assert sandbox.run("2026-11-23T10:03:00Z").ok
    assert_whole(sandbox, "2026-11-23T10:02")
    assert reads(sandbox) - before <= 2


def test_an_answer_that_quotes_the_token_does_not_get_it_into_a_row(sandbox: Sandbox) -> None:
    problem = refusals.Problem(7003, f"no route for {TOKENS['main']}, sorry")
    sandbox.cloudflare.api.unknown_zone = refusals.Refusal(404, (problem,))
    zones = tuple(zone for zone in world().zones if zone != ZONES["main"][0])
    sandbox.cloudflare.world = replace(world(), zones=zones)
    assert sandbox.run(EVENT).ok
    (line,) = (line for line in sandbox.rows(MINUTE) if line["outcome"] == "failed")
    assert (line["zone_id"], line["reason"]) == (ZONES["main"][0].id, "zone_not_found")
    assert "no route for [secret], sorry" in line["error_message"]
