"""Faults in which the API says no, or something in front of it does: status, codes and headers on the wire."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import pytest

from tests.sandbox.cloudflare import Cloudflare, Fault, edge_faults, refusal_faults, sample_world
from tests.sandbox.cloudflare.caller import Heard, ask, hear

TOO_MUCH = (971, 10429, 10100, 10500)
WORLD = sample_world(zones=2, applications=2)
NOW = datetime(2026, 11, 23, 10, 1, 7, tzinfo=UTC)


@pytest.fixture
def cloudflare() -> Iterator[Cloudflare]:
    with Cloudflare(WORLD, clock=lambda: NOW) as running:
        yield running


REFUSALS: dict[str, tuple[int, list[int | str]]] = {
    "http_429": (429, [971]),
    **{f"rate_limited_{code}": (429, [code]) for code in TOO_MUCH},
    **{f"rate_limited_{code}_in_200": (200, [code]) for code in TOO_MUCH},
    "unauthorized_1000": (401, [1000]),
    "unauthorized_10000": (401, [10000]),
    "malformed_6003_token": (400, [6003]),
    "malformed_6003_key": (400, [6003]),
    "unknown_key_9103": (403, [9103]),
    "missing_credentials_9106": (400, [9106]),
    "locked_out_10502": (403, [10502]),
    "locked_out_10502_in_429": (429, [10502]),
    "forbidden_10000": (403, [10000]),
    "forbidden_10000_in_400": (400, [10000]),
    "forbidden_9109_resource": (403, [9109]),
    "forbidden_9109_token": (403, [9109]),
    "forbidden_9109_location": (403, [9109]),
    "forbidden_10001_method": (403, [10001]),
    "forbidden_10001_internal": (403, [10001]),
    "internal_10001_in_500": (500, [10001]),
    "zone_not_found_7003": (404, [7003]),
    "zone_not_found_7003_7000_in_400": (400, [7003, 7000]),
    "no_route_7000": (400, [7000]),
    "forbidden_10000_as_text": (403, ["10000"]),
    "unauthorized_1000_as_text": (401, ["1000"]),
    "zone_not_found_7003_as_text": (404, ["7003"]),
    "rate_limited_971_as_text": (200, ["971"]),
    "locked_out_10502_as_text": (403, ["10502"]),
}


@pytest.mark.parametrize("kind", sorted(kind.name for kind in refusal_faults.KINDS))
def test_a_refusal_has_its_status_and_codes(cloudflare: Cloudflare, kind: str) -> None:
    heard = hear(cloudflare, Fault(kind))
    assert (heard.status, [error["code"] for error in heard.document["errors"]]) == REFUSALS[kind]
    assert heard.document["success"] is False
    assert "retry-after" not in heard.headers
    assert cloudflare.served == {}


def test_a_refusal_can_have_another_status_and_code(cloudflare: Cloudflare) -> None:
    heard = hear(cloudflare, Fault("http_429", status=200, code=10100))
    assert (heard.status, heard.document["errors"][0]["code"]) == (200, 10100)


def test_a_rate_limit_says_when_to_come_back_as_text_or_as_a_date_of_simulated_time(cloudflare: Cloudflare) -> None:
    assert hear(cloudflare, Fault("http_429", retry_after="30", times=1)).headers["retry-after"] == "30"
    assert hear(cloudflare, Fault("http_429", retry_after="soon", times=1)).headers["retry-after"] == "soon"
    dated = hear(cloudflare, Fault("http_429", retry_after=timedelta(seconds=90)))
    assert parsedate_to_datetime(dated.headers["retry-after"]) == NOW + timedelta(seconds=90)
    assert dated.headers["ratelimit"].startswith('"default";r=0;')


def test_refused_credentials_in_the_script_lock_the_caller_out_too(cloudflare: Cloudflare) -> None:
    cloudflare.api.lockout.failures = 3
    cloudflare.faults.add(Fault("unauthorized_1000", times=3))
    url = f"{cloudflare.base_url}/zones"
    assert [ask(url).status for _ in range(3)] == [401, 401, 401]
    assert ask(url).document["errors"][0]["code"] == 10502


def is_html(heard: Heard) -> bool:
    return heard.headers["content-type"].startswith("text/html") and heard.body.startswith(b"<!DOCTYPE html>")


def is_text(text: str) -> Callable[[Heard], bool]:
    return lambda heard: heard.headers["content-type"].startswith("text/plain") and heard.body == text.encode()


def is_empty(heard: Heard) -> bool:
    return heard.body == b"" and heard.headers["content-length"] == "0"


def leads_elsewhere(heard: Heard) -> bool:
    return is_empty(heard) and "/elsewhere/client/v4/zones/" in heard.headers["location"]


def is_10002(heard: Heard) -> bool:
    return bool(heard.document["errors"][0]["code"] == 10002)


EDGES: dict[str, tuple[int, Callable[[Heard], bool]]] = {
    "http_500_json": (500, is_10002),
    "http_503_json": (503, is_10002),
    **{f"http_{status}_text": (status, is_text(f"error code: {status}")) for status in (502, 503, 504)},
    **{f"http_{status}_html": (status, is_html) for status in (520, 521, 522, 524, 525, 530, 403, 404)},
    **{f"http_{status}_empty": (status, is_empty) for status in (200, 500, 502)},
    **{f"redirect_{status}": (status, leads_elsewhere) for status in (301, 302, 307)},
    **{f"blocked_{code}": (403, is_text(f"error code: {code}")) for code in (1010, 1020)},
    "blocked_html": (403, is_html),
    "blocked_by_proxy": (403, is_html),
    "proxy_wants_a_password": (407, is_html),
    "network_wants_a_login": (511, is_html),
    "portal_302": (302, lambda heard: is_html(heard) and heard.headers["location"] == "https://portal.example/"),
    "http_403_text": (403, is_text("Authorization failed")),
    "http_429_text": (429, is_text("error code: 1015")),
    "http_408": (408, is_empty),
    "http_204": (204, is_empty),
    "http_418_json": (418, lambda heard: heard.body == b"{}"),
    "html_200": (200, is_html),
    "text_200": (200, is_text("OK")),
}


@pytest.mark.parametrize("kind", sorted(kind.name for kind in edge_faults.KINDS))
def test_the_edge_answers_in_place_of_the_api(cloudflare: Cloudflare, kind: str) -> None:
    heard = hear(cloudflare, Fault(kind))
    status, promised = EDGES[kind]
    assert heard.status == status
    assert promised(heard), heard
    assert cloudflare.served == {}


def test_whoever_follows_a_redirect_is_on_record(cloudflare: Cloudflare) -> None:
    heard = hear(cloudflare, Fault("redirect_302", times=1))
    ask(heard.headers["location"])
    assert cloudflare.requests[-1].path.startswith("/elsewhere/")
    assert hear(cloudflare, Fault("redirect_301", location="https://x.example/")).headers["location"][:9] == "https://x"


def test_every_kind_has_its_test() -> None:
    assert set(REFUSALS) == {kind.name for kind in refusal_faults.KINDS}
    assert set(EDGES) == {kind.name for kind in edge_faults.KINDS}
