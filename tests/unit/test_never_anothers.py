"""Whatever bytes come, in whatever pieces: no zone is given an answer that was meant for another request."""

import json
import random
import socket
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
import urllib3.util.connection

from cloudflare_api.client import Transport
from cloudflare_api.response import Kind
from cloudflare_api.usage import attempt_usage
from contract.sources import Request, Zone
from tests.unit.examples import credential

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

RUNS = 10_000
THIS, NEXT = 700_007, 800_008
"""Bytes of the minute that is asked for, and of another one. No single wrong byte makes one of the other."""
BLOCK = 500
"""Runs of one test, so that they spread over processes."""


class Scripted(socket.socket):
    """The client's end of a connection: each request that is sent makes the next part of a script arrive."""

    def __init__(self, script: Sequence[bytes], ends: bool, sizes: Iterator[int]) -> None:
        ours, self._theirs = socket.socketpair()
        super().__init__(fileno=ours.detach())
        self._script = list(script)
        self._ends = ends
        self._sizes = sizes

    def sendall(self, data: object, flags: int = 0) -> None:
        """Take the request, and answer it."""
        del data, flags
        if self._script:
            self._theirs.sendall(self._script.pop(0))
        if self._ends and not self._script:
            self._theirs.shutdown(socket.SHUT_WR)

    def recv_into(self, buffer: "WriteableBuffer", nbytes: int = 0, flags: int = 0) -> int:
        """Give at most a piece of what came."""
        whole = memoryview(buffer)
        return super().recv_into(whole[: min(nbytes or len(whole), next(self._sizes))], 0, flags)

    def close(self) -> None:
        """Close both ends."""
        self._theirs.close()
        super().close()


def rows(zone: str, minute: int) -> bytes:
    """The envelope of one minute of one zone."""
    row = {"appID": zone * 32, "bytesIngress": minute, "bytesEgress": minute, "connections": 1, "durationAvg": 1}
    return json.dumps({"success": True, "errors": [], "messages": [], "result": [row]}).encode()


def final(draw: random.Random, zone: str, minute: int) -> bytes:
    """A whole answer for a zone, in one of the ways that HTTP has."""
    body = rows(zone, minute)
    cut = draw.randrange(1, len(body))
    chunks = b"".join(
        b"%x%s\r\n%s\r\n" % (len(part), draw.choice([b"", b";x=y"]), part) for part in (body[:cut], body[cut:])
    )
    return b"HTTP/1.1 200 OK\r\n" + draw.choice(
        [
            b"Content-Length: %d\r\n\r\n%s" % (len(body), body),
            b"Content-Length: %d\r\nConnection: close\r\n\r\n%s" % (len(body), body),
            b"Transfer-Encoding: chunked\r\n\r\n%s0\r\n%s\r\n" % (chunks, draw.choice([b"", b"X-Trailer: 1\r\n"])),
        ]
    )


def interim(draw: random.Random) -> bytes:
    """An answer that is not the final one."""
    return b"HTTP/1.1 %d Wait\r\n%s\r\n" % (
        draw.choice([100, 101, 102, 103, 150]),
        draw.choice([b"", b"Link: </a>\r\n"]),
    )


def spoilt(draw: random.Random, said: bytes) -> bytes:
    """The same with something wrong in it."""
    at = draw.randrange(len(said))
    return draw.choice(
        [
            said[:at],
            said[:at] + bytes([draw.randrange(256)]) + said[at + 1 :],
            said[:at] + b"\r\n" + said[at:],
            said[at:],
        ]
    )


def conversation(draw: random.Random, zone: str) -> list[bytes]:
    """What one connection sends for a request for `zone`, in parts: the second when it carries another request."""
    said = [interim(draw) for _ in range(draw.choice([0, 0, 1, 1, 2]))] + [final(draw, zone, THIS)]
    if draw.random() < 0.3:
        said += [draw.choice([interim(draw), final(draw, zone, NEXT), b"\r\n", b"garbage"])]
    if draw.random() < 0.3:
        at = draw.randrange(len(said))
        said[at] = spoilt(draw, said[at])
    cut = draw.randint(1, len(said))
    return [b"".join(said[:cut]), b"".join(said[cut:])]


@pytest.fixture
def dial(monkeypatch: pytest.MonkeyPatch) -> Callable[[Iterator[Scripted]], None]:
    """Makes every new connection the next of some scripted ones."""

    def made(sockets: Iterator[Scripted]) -> None:
        monkeypatch.setattr(urllib3.util.connection, "create_connection", lambda *_, **__: next(sockets))

    return made


@pytest.mark.parametrize("seed", range(RUNS // BLOCK))
def test_no_row_of_another_zone_or_request(seed: int, dial: Callable[[Iterator[Scripted]], None]) -> None:
    draw = random.Random(seed)
    right = 0
    for run in range(BLOCK):
        sizes = iter(lambda: draw.choice([1, 40, 300, 9000, 9000]), 0)
        dial(Scripted(conversation(draw, zone), draw.random() < 0.7, sizes) for zone in "ab")
        # Time stands still: a machine that is busy changes nothing. Each wait for bytes that do not come takes 1 ms.
        transport = Transport(
            "http://127.0.0.1:1", clock=lambda: datetime(2026, 1, 1, tzinfo=UTC), monotonic=lambda: 0.0
        )
        for zone in "ab":
            attempt = attempt_usage(transport, Request(Zone(zone * 32, None, (), ()), None), credential(), 0.001)
            if attempt.kind is Kind.GOOD:
                got = {value for usage in attempt.usage for value in (usage.app_id, usage.bytes_ingress)}
                assert not got & {NEXT, "b" * 32 if zone == "a" else "a" * 32}, f"seed {seed}, run {run}, {zone}"
                right += got == {zone * 32, THIS}
    assert right > BLOCK / 2
