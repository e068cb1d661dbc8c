"""The Cloudflare of the benchmark: the same shapes, made once, in a process of its own."""

import asyncio
import gzip
import json
import os
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from tests.sandbox.cloudflare import Call, Traffic, sample_world
from tests.sandbox.cloudflare.caller import Heard, ask
from tests.sandbox.cloudflare.calls import BASE_PATH
from tests.sandbox.cloudflare.lean import Shelf, serve
from tests.sandbox.cloudflare.sample import TOKEN
from tests.sandbox.cloudflare.schema import objections

WORLD = sample_world(zones=2, applications=3)
MINUTE = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
SHELF = Shelf.of(WORLD, Traffic(), MINUTE, TOKEN)
ROOT = Path(__file__).parents[2]


def heard(path: str, *, token: str | None = TOKEN, **headers: str) -> Heard:
    async def session() -> Heard:
        server, base_url = await serve(SHELF, latency_s=0)
        async with server:
            return await asyncio.to_thread(ask, base_url + path, token=token, **headers)

    return asyncio.run(session())


def test_its_answers_are_those_of_the_schema() -> None:
    zone = WORLD.zones[1]
    for call in Call:
        answer = heard(call.replace("{zone_id}", zone.id) + "?page=1&per_page=100")
        assert objections(call, answer.status, answer.document) == []


def test_it_packs_for_those_who_accept_it() -> None:
    path = Call.USAGE.replace("{zone_id}", WORLD.zones[0].id)
    assert gzip.decompress(heard(path, Accept_Encoding="gzip").body) == heard(path).body


def test_it_refuses_other_tokens_and_other_zones() -> None:
    path = Call.USAGE.replace("{zone_id}", WORLD.zones[0].id)
    assert heard(path, token="cfut_Other").status == 401
    assert heard(path, token=None).status == 401
    assert heard(Call.ZONE.replace("{zone_id}", "0" * 32)).status == 404


def test_requests_that_come_in_pieces_or_at_once_are_each_answered() -> None:
    path = BASE_PATH + Call.ZONE.replace("{zone_id}", WORLD.zones[0].id)
    request = f"GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TOKEN}\r\n\r\n".encode()

    async def session() -> bytes:
        server, base_url = await serve(SHELF, latency_s=0.001)
        async with server:
            reader, writer = await asyncio.open_connection("127.0.0.1", int(base_url.split(":")[2].split("/")[0]))
            writer.write(request[:30])
            await writer.drain()
            await asyncio.sleep(0)
            writer.write(request[30:] + request + request)
            came = b""
            while came.count(b'"success":true') < 3:
                came += await reader.read(65536)
            writer.close()
            return came

    assert asyncio.run(session()).count(b"HTTP/1.1 200 OK\r\n") == 3


def test_as_a_process_it_prints_its_address_and_ends_when_told() -> None:
    command = [sys.executable, "-m", "tests.sandbox.cloudflare", "--zones", "2", "--apps", "3", "--token", "cfut_Mine"]
    listed = subprocess.run([*command, "--list-zones"], cwd=ROOT, capture_output=True, text=True, check=True)
    zone_ids = json.loads(listed.stdout)
    assert zone_ids == [zone.id for zone in WORLD.zones]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, env=dict(os.environ)) as process:
        assert process.stdout is not None
        base_url = process.stdout.readline().strip()
        answer = ask(base_url + Call.USAGE.replace("{zone_id}", zone_ids[0]), token="cfut_Mine")
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=10) == 0
    assert len(answer.document["result"]) == 3


def test_as_a_process_it_has_an_address_for_each_latency() -> None:
    command = [sys.executable, "-m", "tests.sandbox.cloudflare", "--zones", "1", "--latency-ms", "0", "1"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, env=dict(os.environ)) as process:
        assert process.stdout is not None
        base_urls = [process.stdout.readline().strip() for _ in range(2)]
        assert len(set(base_urls)) == 2
        path = Call.ZONE.replace("{zone_id}", WORLD.zones[0].id)
        assert [ask(base_url + path).status for base_url in base_urls] == [200, 200]
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=10) == 0
