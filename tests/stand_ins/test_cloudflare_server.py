"""The running stand-in: its address, its connections and its knobs."""

import ast
import gzip
import http.client
import json
import socket
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.sandbox import cloudflare as sandbox
from tests.sandbox.cloudflare import Cloudflare, sample_world
from tests.sandbox.cloudflare.caller import ask
from tests.sandbox.cloudflare.sample import TOKEN

WORLD = sample_world(zones=8, applications=3)
ZONE, OTHER = WORLD.zones[:2]
NOW = datetime(2026, 11, 23, 10, 1, 7, tzinfo=UTC)


def running(**knobs: float) -> Cloudflare:
    return Cloudflare(WORLD, clock=lambda: NOW, **knobs)  # type: ignore[arg-type]


def without_a_zone() -> datetime:
    return NOW.replace(tzinfo=None)


def usage_url(cloudflare: Cloudflare, zone_id: str = ZONE.id, query: str = "") -> str:
    return f"{cloudflare.base_url}/zones/{zone_id}/spectrum/analytics/aggregate/current{query}"


def test_its_address_is_on_loopback_and_ends_as_cloudflares_does() -> None:
    with running() as cloudflare:
        assert cloudflare.base_url.startswith("http://127.0.0.1:")
        assert cloudflare.base_url.endswith("/client/v4")
    with pytest.raises(RuntimeError, match="call start"):
        _ = running().base_url


def test_two_of_them_run_side_by_side_and_do_not_share_a_thing() -> None:
    with running(seed=1) as one, running(seed=2) as two:
        assert ask(usage_url(one)).body != ask(usage_url(two)).body
        assert len(one.requests) == len(two.requests) == 1


def test_a_closed_one_answers_nobody() -> None:
    with running() as cloudflare:
        url = usage_url(cloudflare)
        ask(url)
    with pytest.raises(ConnectionError):
        ask(url)


def test_one_connection_serves_many_requests() -> None:
    with running() as cloudflare:
        connection = http.client.HTTPConnection(urlsplit(cloudflare.base_url).netloc, timeout=5)
        with closing(connection):
            sockets = set()
            for zone in WORLD.zones:
                connection.request("GET", urlsplit(usage_url(cloudflare, zone.id)).path)
                sockets.add(id(connection.sock))
                connection.getresponse().read()
    assert len(sockets) == 1
    assert len(cloudflare.requests) == len(WORLD.zones)


def test_json_is_gzipped_for_a_caller_that_accepts_it() -> None:
    with running() as cloudflare:
        plain, packed = ask(usage_url(cloudflare)), ask(usage_url(cloudflare), Accept_Encoding="gzip, deflate")
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert gzip.decompress(packed.body) == plain.body


def test_answers_carry_the_limits_and_the_simulated_date() -> None:
    with running() as cloudflare:
        headers = ask(usage_url(cloudflare)).headers
    assert headers["ratelimit"] == '"default";r=1199;t=300'
    assert headers["ratelimit-policy"] == '"default";q=1200;w=300'
    assert headers["date"] == "Mon, 23 Nov 2026 10:01:07 GMT"


def test_the_clock_and_the_world_can_be_changed_while_it_runs() -> None:
    with running() as cloudflare:
        before = ask(usage_url(cloudflare)).document["result"]
        cloudflare.clock = lambda: NOW + timedelta(minutes=1)
        after = ask(usage_url(cloudflare)).document["result"]
        cloudflare.world = cloudflare.world.revoked(TOKEN, NOW)
        assert ask(usage_url(cloudflare)).status == 401
    assert before != after
    assert {key.minute for key in cloudflare.served} == {"2026-11-23 10:00", "2026-11-23 10:01"}


def test_an_answer_outside_the_schema_is_reported_when_it_closes() -> None:
    cloudflare = Cloudflare(
        WORLD.with_zone(type(ZONE)("f" * 32, "not a domain name", ZONE.applications)), clock=lambda: NOW
    ).start()
    ask(f"{cloudflare.base_url}/zones/{'f' * 32}")
    with pytest.raises(AssertionError, match=r"misbehaved(.|\n)*not a domain name"):
        cloudflare.close()


def test_without_validation_it_says_nothing() -> None:
    odd = WORLD.with_zone(type(ZONE)("f" * 32, "not a domain name"))
    with Cloudflare(odd, clock=lambda: NOW, validate=False) as cloudflare:
        assert ask(f"{cloudflare.base_url}/zones/{'f' * 32}").document["result"]["name"] == "not a domain name"


def test_a_clock_without_a_time_zone_is_reported() -> None:
    cloudflare = Cloudflare(WORLD, clock=without_a_zone).start()
    assert ask(usage_url(cloudflare)).status == 599
    with pytest.raises(AssertionError, match="has no time zone"):
        cloudflare.close()


def test_a_caller_that_leaves_at_once_does_no_harm() -> None:
    with running(latency_s=0.02) as cloudflare:
        parts = urlsplit(usage_url(cloudflare))
        with socket.create_connection((parts.hostname or "", parts.port or 0)) as connection:
            connection.sendall(
                f"GET {parts.path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TOKEN}\r\n\r\n".encode()
            )
        assert ask(usage_url(cloudflare, OTHER.id)).status == 200
    assert {key.zone_id for key in cloudflare.served} == {OTHER.id}


def test_an_error_within_the_context_is_not_hidden_by_a_violation() -> None:
    def fail() -> None:
        with Cloudflare(WORLD, clock=without_a_zone) as cloudflare:
            ask(usage_url(cloudflare))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError) as raised:
        fail()
    assert "has no time zone" in str(raised.value.__notes__)


def test_bodies_are_json_without_spaces_in_utf8() -> None:
    with running() as cloudflare:
        body = ask(usage_url(cloudflare)).body
    assert body == json.dumps(json.loads(body), separators=(",", ":")).encode()


def test_the_stand_in_imports_nothing_of_the_product() -> None:
    folder = Path(sandbox.__file__).parent
    imported = {
        (node.module or "").split(".")[0] if isinstance(node, ast.ImportFrom) else name.name.split(".")[0]
        for file in folder.glob("*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Import) or (isinstance(node, ast.ImportFrom) and node.level == 0)
        for name in node.names
    }
    assert imported - set(sys.stdlib_module_names) == {"openapi_schema_validator", "referencing"}
