"""How every kind of answer is taken."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudflare_api.client import Reply
from cloudflare_api.response import LOCKED_OUT_CODE, Kind, judge
from contract.raw import Reason
from tests.unit.examples import FIXTURES, NOW

LIMITED = (Kind.LIMITED, Reason.RATE_LIMITED)
REFUSED_CREDENTIAL = (Kind.CREDENTIAL, Reason.UNAUTHORIZED)
AMBIGUOUS = (Kind.AMBIGUOUS, Reason.FORBIDDEN)
SERVER_ERROR = (Kind.TRANSIENT, Reason.SERVER_ERROR)
INTERCEPTED = (Kind.TRANSIENT, Reason.REFUSED)
NO_ZONE = (Kind.PERMANENT, Reason.ZONE_NOT_FOUND)
REFUSED = (Kind.PERMANENT, Reason.REFUSED)
GOOD = (Kind.GOOD, None)
MEANINGFUL = [971, 10429, 10100, 10500, 10000, 9109, 6003, 9103, 9106, 1000, 10502, 7003, 7000, 10001, 10002]

codes = st.sampled_from(MEANINGFUL) | st.integers(0, 99_999)


def reply(status: int, body: bytes) -> Reply:
    return Reply(status=status, headers={}, body=body, observed_at=NOW, latency_ms=5)


def failure(*found: int, message: str = "no", **fields: Any) -> bytes:
    errors = [{"code": code, "message": message} for code in found]
    return json.dumps({"success": False, "errors": errors, **fields}).encode()


def taken(status: int, body: bytes) -> tuple[Kind, Reason | None]:
    verdict = judge(reply(status, body))
    return verdict.kind, verdict.reason


@pytest.mark.parametrize(
    ("code", "statuses", "expected"),
    [
        (971, [429, 200], LIMITED),
        (10429, [429, 200], LIMITED),
        (10100, [429, 200], LIMITED),
        (10500, [429, 200], LIMITED),
        (10000, [403, 400], AMBIGUOUS),
        (10000, [401], REFUSED_CREDENTIAL),
        (9109, [403, 400], AMBIGUOUS),
        (6003, [400, 403], REFUSED_CREDENTIAL),
        (9103, [400, 403], REFUSED_CREDENTIAL),
        (9106, [400, 403], REFUSED_CREDENTIAL),
        (1000, [401, 200], REFUSED_CREDENTIAL),
        (LOCKED_OUT_CODE, [400, 401, 403, 429, 503], REFUSED_CREDENTIAL),
        (7003, [400, 404], NO_ZONE),
        (7000, [400, 404], NO_ZONE),
        (10001, [403, 400], AMBIGUOUS),
        (10002, [500, 503, 200], SERVER_ERROR),
        (8000, [400, 200, 409, 422], REFUSED),
    ],
)
def test_each_code_is_taken_for_what_it_means(
    code: int, statuses: list[int], expected: tuple[Kind, Reason | None]
) -> None:
    assert {status: taken(status, failure(code)) for status in statuses} == dict.fromkeys(statuses, expected)


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (429, b"", LIMITED),
        (401, b"", REFUSED_CREDENTIAL),
        (403, b"", AMBIGUOUS),
        (404, b"", NO_ZONE),
        (408, b"", (Kind.TRANSIENT, Reason.TIMEOUT)),
        (500, b"", SERVER_ERROR),
        (502, b"error code: 502", SERVER_ERROR),
        (522, b"<html></html>", SERVER_ERROR),
        (200, b"", (Kind.TRANSIENT, Reason.BAD_RESPONSE)),
        (200, b'{"success": true, "result": [', (Kind.TRANSIENT, Reason.BAD_RESPONSE)),
        (200, failure(), REFUSED),
        (204, b"", REFUSED),
    ],
)
def test_without_a_code_the_status_decides(status: int, body: bytes, expected: tuple[Kind, Reason | None]) -> None:
    assert taken(status, body) == expected


PAGE = b"\n<!DOCTYPE html><title>Attention Required!</title><p>Sorry, you have been blocked, unauthorized</p>"
NOT_THE_APIS = [
    *((status, PAGE) for status in (400, 401, 403, 404, 407, 451, 511)),
    *((status, b"error code: 1010") for status in (401, 403)),
    *((status, b"") for status in (301, 302, 303, 307, 308, 407, 511)),
    (302, b'<a href="https://portal.example/login">Found</a>'),
    (403, b"Host not in allowlist"),
    (401, b'{"error": "invalid token"}'),
    (403, b'["unauthorized"]'),
    (403, b"auth " * 41),
    (407, b"Proxy authentication required"),
]
THE_APIS = [
    *((401, text, REFUSED_CREDENTIAL) for text in (b"", b"Authorization failed", b"authentication error\n")),
    *((403, text, AMBIGUOUS) for text in (b"", b"Authorization failed", b"Forbidden", b"403 Forbidden\n")),
    (401, failure(message="<html>"), REFUSED_CREDENTIAL),
    (403, failure(1010), AMBIGUOUS),
    (429, PAGE, LIMITED),
    (502, PAGE, SERVER_ERROR),
    (200, PAGE, (Kind.TRANSIENT, Reason.BAD_RESPONSE)),
]


@pytest.mark.parametrize(("status", "body"), NOT_THE_APIS)
def test_what_answers_in_place_of_the_api_says_nothing_about_credential_or_zone(status: int, body: bytes) -> None:
    verdict = judge(reply(status, body))
    assert (verdict.kind, verdict.reason) == INTERCEPTED
    assert verdict.message is not None
    assert verdict.message.startswith("not Cloudflare's API but something in front of it answered")
    assert f"(HTTP {status}: the body " in verdict.message


@pytest.mark.parametrize(("status", "body", "expected"), THE_APIS)
def test_what_the_api_refuses_limits_or_fails_is_that_with_or_without_its_envelope(
    status: int, body: bytes, expected: tuple[Kind, Reason | None]
) -> None:
    assert taken(status, body) == expected


@pytest.mark.parametrize(
    ("fixture", "status", "expected"),
    [
        ("usage_success.json", 200, GOOD),
        ("usage_absent.json", 200, GOOD),
        ("usage_documented_example.json", 200, GOOD),
        ("verify_success.json", 200, GOOD),
        ("failure_documented_example.json", 404, NO_ZONE),
        ("failure_10002.json", 200, SERVER_ERROR),
        ("refused_6003_token.json", 400, REFUSED_CREDENTIAL),
        ("refused_6003_key.json", 400, REFUSED_CREDENTIAL),
        ("refused_9106.json", 400, REFUSED_CREDENTIAL),
        ("refused_9103.json", 403, REFUSED_CREDENTIAL),
        ("refused_1000.json", 401, REFUSED_CREDENTIAL),
        ("refused_10000.json", 403, AMBIGUOUS),
        ("refused_9109.json", 403, AMBIGUOUS),
        ("locked_out_10502.json", 403, REFUSED_CREDENTIAL),
        ("zone_not_found_7003.json", 404, NO_ZONE),
        ("rate_limited_971.json", 429, LIMITED),
        ("rate_limited_10429.json", 429, LIMITED),
        ("gateway_502.txt", 502, SERVER_ERROR),
    ],
)
def test_the_recorded_answers_are_taken_for_what_they_are(
    fixture: str, status: int, expected: tuple[Kind, Reason | None]
) -> None:
    assert taken(status, (FIXTURES / fixture).read_bytes()) == expected


def test_an_internal_error_under_10001_passes_and_a_forbidden_method_does_not() -> None:
    assert taken(403, failure(10001, message="Internal error, please retry")) == SERVER_ERROR
    assert taken(403, failure(10001, message="Method not allowed for this authentication scheme")) == AMBIGUOUS


@given(st.integers(100, 599), st.binary() | st.lists(codes).map(lambda found: failure(*found)))
def test_every_answer_has_a_verdict_and_only_a_good_one_has_no_reason(status: int, body: bytes) -> None:
    verdict = judge(reply(status, body))
    assert (verdict.kind is Kind.GOOD) == (verdict.reason is None) == (verdict.message is None)
    assert verdict.kind is not Kind.GOOD or (status == 200 and verdict.envelope and verdict.envelope.success)


@given(st.lists(codes, min_size=1))
def test_a_code_in_messages_never_counts(found: list[int]) -> None:
    messages = [{"code": code, "message": "m"} for code in found]
    assert taken(200, json.dumps({"success": True, "messages": messages}).encode()) == GOOD
    assert taken(200, failure(messages=messages)) == REFUSED


@given(st.lists(codes))
def test_a_code_in_errors_beside_success_is_not_an_error(found: list[int]) -> None:
    errors = [{"code": code, "message": "m"} for code in found]
    assert taken(200, json.dumps({"success": True, "errors": errors, "result": None}).encode()) == GOOD


@given(st.lists(st.integers(20_000, 99_999)), st.sampled_from(MEANINGFUL), st.lists(st.integers(20_000, 99_999)))
def test_the_code_that_decided_stands_in_the_row(before: list[int], code: int, after: list[int]) -> None:
    verdict = judge(reply(400, failure(*before, code, *after)))
    assert verdict.error is not None
    assert verdict.error.code == code


@given(st.permutations(MEANINGFUL))
def test_a_lock_out_is_never_hidden_behind_another_code(found: list[int]) -> None:
    verdict = judge(reply(400, failure(*found)))
    assert verdict.error is not None
    assert verdict.error.code == LOCKED_OUT_CODE


def test_the_message_says_what_to_do_and_what_cloudflare_said() -> None:
    message = judge(reply(403, failure(9109, message="Unauthorized to access requested resource"))).message
    assert message == (
        "the token may not read this zone: give it Analytics Read on it "
        "(HTTP 403: 9109 Unauthorized to access requested resource)"
    )


@pytest.mark.parametrize(
    ("errors", "said"),
    [
        ([{"code": "10000", "message": "Authentication error"}], "HTTP 400: 10000 Authentication error"),
        ([{"code": None, "message": "Try later"}], "HTTP 400: Try later"),
        ("internal error", "HTTP 400: internal error"),
        ([{"message": "m"}, {"code": 8000}], "HTTP 400: 8000"),
        ([{"message": "m"}, {"code": 8000}, {"code": "9109", "message": "n"}], "HTTP 400: 9109 n"),
        ([], "HTTP 400: no reason given"),
    ],
)
def test_what_cloudflare_said_is_told_whatever_shape_its_errors_have(errors: object, said: str) -> None:
    verdict = judge(reply(400, json.dumps({"success": False, "errors": errors}).encode()))
    assert verdict.said == said
    assert verdict.message is not None
    assert verdict.message.endswith(f" ({said})")


@pytest.mark.parametrize(("code", "expected"), [("10000", AMBIGUOUS), ("1000", REFUSED_CREDENTIAL), ("971", LIMITED)])
def test_a_code_that_comes_as_text_means_the_same(code: str, expected: tuple[Kind, Reason | None]) -> None:
    assert taken(400, json.dumps({"success": False, "errors": [{"code": code}]}).encode()) == expected
