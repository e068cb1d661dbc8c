"""One try to have a zone's last minute."""

import json
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cloudflare_api.client import Reply, Transport
from cloudflare_api.credential import Credential, read_secret
from cloudflare_api.rate_limit import RateLimit
from cloudflare_api.response import Kind
from cloudflare_api.usage import Attempt, attempt_usage
from contract.raw import Reason
from contract.sources import Request
from tests.unit.examples import FIXTURES, NOW, TOKEN, credential, zone
from tests.unit.loopback import Answer, Loopback, failure, success

ROW = {"appID": "app1", "bytesIngress": 1, "bytesEgress": 2, "connections": 3, "durationAvg": 4}
RATE = {"Ratelimit": '"default";r=7;t=1', "Ratelimit-Policy": '"default";q=1200;w=300', "Retry-After": "9"}


def _failed(*errors: object) -> Any:
    return {"success": False, "errors": list(errors)}


ECHOES: dict[str, Callable[[str], Any]] = {
    "appID": lambda echo: {"success": True, "result": [{**ROW, "appID": echo}]},
    "appID in a list": lambda echo: {"success": True, "result": [{**ROW, "appID": ["\"'", echo]}]},
    "appID twice": lambda echo: {"success": True, "result": [{**ROW, "appID": echo}] * 2},
    "a number": lambda echo: {"success": True, "result": [{**ROW, "bytesIngress": echo}]},
    "result": lambda echo: {"success": True, "result": echo},
    "success": lambda echo: {"success": echo},
    "a key": lambda echo: {echo: True},
    "message": lambda echo: _failed({"code": 10000, "message": echo}),
    "a message in parts": lambda echo: _failed({"code": "10000", "message": {"'\"": [echo]}}),
    "code": lambda echo: _failed({"code": echo, "message": echo}),
    "an error": _failed,
    "errors": lambda echo: {"success": False, "errors": echo},
    "JSON": lambda echo: {"error": echo, "quote": '"'},
    "text": lambda echo: f"denied: {echo}".encode(),
    "a page": lambda echo: f"<html>'\"{echo}</html>".encode(),
    "another encoding": lambda echo: f"<html>{echo}</html>".encode("utf-16"),
    "broken bytes": lambda echo: b"\xff\x00" + echo.encode(),
}
"""Where an answer may quote the credential: the body, from the quotation."""


class Answering(Transport):
    """Gives one reply to everything."""

    def __init__(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        super().__init__("http://localhost", clock=lambda: NOW)
        self._reply = Reply(status, headers, body, NOW, latency_ms=5)

    def get(self, path: str, credential: Credential, until: float) -> Reply:  # noqa: ARG002
        return self._reply


def attempt(cloudflare: Loopback, request: Request | None = None) -> Attempt:
    made = Transport(cloudflare.url, clock=lambda: NOW)
    return attempt_usage(made, request or Request(zone(), None), credential(), time.monotonic() + 20)


def test_a_good_answer_brings_usage_and_what_the_headers_say(cloudflare: Loopback) -> None:
    cloudflare.answer = lambda _path: Answer(200, success([ROW]).body, RATE)
    made = attempt(cloudflare)
    assert (made.kind, made.reason, made.message, made.error_code) == (Kind.GOOD, None, None, None)
    assert [row.app_id for row in made.usage] == ["app1"]
    assert (made.http_status, made.observed_at, made.rate_limit) == (200, NOW, RateLimit(7, 1200, 1))
    assert made.latency_ms is not None


def test_the_documented_example_with_its_errors_is_a_good_answer(cloudflare: Loopback) -> None:
    cloudflare.answer = lambda _path: Answer(body=(FIXTURES / "usage_documented_example.json").read_bytes())
    made = attempt(cloudflare)
    assert (made.kind, len(made.usage)) == (Kind.GOOD, 1)


@pytest.mark.parametrize(
    ("request_of", "query"),
    [
        (Request(zone(), None), {}),
        (Request(zone(app_ids=("app1", "app2")), None), {"appID": ["app1,app2"]}),
        (Request(zone(colos=("LHR",)), "LHR"), {"colo_name": ["LHR"]}),
    ],
)
def test_the_zone_its_applications_and_its_colo_are_asked_for(
    cloudflare: Loopback, request_of: Request, query: dict[str, list[str]]
) -> None:
    attempt(cloudflare, request_of)
    asked = urlsplit(cloudflare.paths[0])
    assert asked.path == f"/zones/{zone().id}/spectrum/analytics/aggregate/current"
    assert parse_qs(asked.query) == query


def test_a_row_that_cannot_be_right_makes_the_zone_s_minute_unknown(cloudflare: Loopback) -> None:
    cloudflare.answer = lambda _path: success([ROW, {**ROW, "appID": "app2", "connections": -1}])
    made = attempt(cloudflare)
    assert (made.kind, made.reason, made.usage) == (Kind.PERMANENT, Reason.BAD_RESPONSE, ())
    assert made.message is not None
    assert "result[1].connections is negative" in made.message


def test_a_failure_keeps_its_status_code_and_wait(cloudflare: Loopback) -> None:
    cloudflare.answer = lambda _path: Answer(503, failure(503, 10002, "Internal").body, RATE)
    made = attempt(cloudflare)
    assert (made.kind, made.reason, made.http_status) == (Kind.TRANSIENT, Reason.SERVER_ERROR, 503)
    assert (made.error_code, made.retry_after_s, made.rate_limit) == (10002, 9.0, RateLimit(7, 1200, 1))


def test_no_answer_is_a_passing_failure_without_a_status(cloudflare: Loopback) -> None:
    cloudflare.answer = lambda _path: Answer(body=b"{", headers={"Content-Length": "100"})
    made = attempt(cloudflare)
    assert (made.kind, made.reason, made.http_status, made.usage) == (Kind.TRANSIENT, Reason.NETWORK, None, ())


@settings(max_examples=150)
@given(
    st.sampled_from(list(ECHOES)),
    st.sampled_from([TOKEN, TOKEN.upper(), f"Bearer {TOKEN}{TOKEN}"]),
    st.integers(0, 100) | st.integers(300, 520) | st.integers(3900, 4120),
    st.sampled_from(["x", "\\", "'", '"', "<", "\n", "é"]),
    st.sampled_from([200, 302, 400, 401, 403, 404, 429, 502]),
)
def test_an_echoed_token_is_taken_out_wherever_the_message_is_cut(
    place: str, quoted: str, padding: int, letter: str, status: int
) -> None:
    echo = letter * padding + quoted
    said = ECHOES[place](echo)
    body = said if isinstance(said, bytes) else json.dumps(said).encode()
    headers = {"Location": echo, "Retry-After": echo, "Ratelimit": f'"{echo}";r=1'}
    made = attempt_usage(Answering(status, body, headers), Request(zone(), None), credential(), time.monotonic() + 20)
    assert made.message is None or len(made.message) <= 500
    pieces = [TOKEN[at : at + 8].lower() for at in range(len(TOKEN) - 7)]
    shown = f"{made} {made.message}".lower().replace("\\x00", "")
    assert [piece for piece in pieces if piece in shown] == []


@pytest.mark.parametrize("app_id", [TOKEN, TOKEN.upper(), f"app-{TOKEN}.1", TOKEN[:20], TOKEN[-8:]])
def test_an_id_that_quotes_the_token_names_no_application(app_id: str) -> None:
    body = json.dumps({"success": True, "result": [{**ROW, "appID": app_id}]}).encode()
    made = attempt_usage(Answering(200, body, {}), Request(zone(), None), credential(), time.monotonic() + 20)
    assert (made.kind, made.reason, made.usage, made.named) == (Kind.PERMANENT, Reason.BAD_RESPONSE, (), frozenset())
    assert made.message is not None
    assert "the id of an application quotes the credential" in made.message


def test_only_the_configured_applications_are_taken_and_all_that_the_answer_named_are_known() -> None:
    body = json.dumps({"success": True, "result": [ROW, {**ROW, "appID": "app2"}]}).encode()
    of = Request(zone(app_ids=("app2", "app3")), None)
    made = attempt_usage(Answering(200, body, {}), of, credential(), time.monotonic() + 20)
    assert ([row.app_id for row in made.usage], made.named) == (["app2"], frozenset({"app1", "app2"}))


def test_an_echoed_key_is_taken_out(cloudflare: Loopback) -> None:
    cloudflare.answer = lambda _path: failure(400, 6003, "X-Auth-Key: 0123456789abcdef is malformed")
    used = read_secret("spectrum/main", '{"email": "me@example.com", "key": "0123456789abcdef"}')
    made = attempt_usage(Transport(cloudflare.url), Request(zone(), None), used, time.monotonic() + 20)
    assert made.message is not None
    assert "X-Auth-Key: [secret] is malformed" in made.message


def test_a_fault_of_ours_is_this_zones_alone_and_quotes_nothing(
    cloudflare: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise KeyError(TOKEN)

    made = Transport(cloudflare.url, clock=lambda: NOW)
    monkeypatch.setattr(made, "get", broken)
    attempt = attempt_usage(made, Request(zone(1), None), credential(), time.monotonic() + 5)
    assert (attempt.kind, attempt.reason, attempt.observed_at) == (Kind.PERMANENT, Reason.BAD_RESPONSE, NOW)
    assert attempt.message is not None
    assert "KeyError" in attempt.message
    assert TOKEN not in attempt.message
