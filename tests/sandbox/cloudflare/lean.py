"""The Cloudflare of the benchmark: the same answers, made once and sent as they are, so that the client is measured.

No faults, no limits, no record, no simulated time; any query gets the whole zone, and all zones on one page.
"""

import asyncio
import gzip
from dataclasses import dataclass
from datetime import datetime

from .answers import Answer, answering, application, envelope, refusing, usage_row, verified, zone_details
from .calls import BASE_PATH, Call
from .refusals import INVALID_TOKEN, UNKNOWN_ZONE
from .traffic import Traffic
from .truth import usage
from .wire import Reply
from .world import Token, World

_END = b"\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Prepared:
    """An answer ready for the wire, for callers that accept gzip and for those that do not."""

    packed: bytes
    plain: bytes

    @classmethod
    def of(cls, answer: Answer) -> "Prepared":
        """Packs an answer."""
        headers = (
            ("Server", "cloudflare"),
            ("Content-Type", answer.content_type),
            ("Ratelimit", '"default";r=1199;t=1'),
            ("Ratelimit-Policy", '"default";q=1200;w=300'),
        )
        plain = Reply(answer.status, headers, answer.body)
        zipped = gzip.compress(answer.body, mtime=0)
        packed = Reply(answer.status, (*headers, ("Content-Encoding", "gzip")), zipped)
        return cls(packed.head() + packed.body, plain.head() + plain.body)


@dataclass(frozen=True, slots=True)
class Shelf:
    """All the answers there are, by path."""

    token: bytes
    by_path: dict[bytes, Prepared]
    refused: Prepared
    unknown: Prepared

    @classmethod
    def of(cls, world: World, traffic: Traffic, minute: datetime, token: str) -> "Shelf":
        """Makes every answer of a world, as of one minute."""
        by_path = {}
        for zone in world.zones:
            rows = [usage_row(app_id, reading) for app_id, reading in usage(traffic, zone, minute).items()]
            apps = [application(app) for app in zone.applications]
            info = {"page": 1, "per_page": 100, "count": len(apps), "total_count": len(apps)}
            found = {
                Call.USAGE: envelope(rows),
                Call.APPLICATIONS: envelope(apps) | {"result_info": info},
                Call.ZONE: envelope(zone_details(zone)),
            }
            for call, document in found.items():
                path = (BASE_PATH + call.replace("{zone_id}", zone.id)).encode()
                by_path[path] = Prepared.of(answering(document))
        listed = [zone_details(zone) for zone in world.zones]
        info = {"page": 1, "per_page": 50, "count": len(listed), "total_count": len(listed)}
        for call, document in {
            Call.ZONES: envelope(listed) | {"result_info": info},
            Call.VERIFY: verified(Token(token)),
        }.items():
            by_path[(BASE_PATH + call).encode()] = Prepared.of(answering(document))
        return cls(token.encode(), by_path, Prepared.of(refusing(INVALID_TOKEN)), Prepared.of(refusing(UNKNOWN_ZONE)))

    def find(self, head: bytes) -> bytes:
        """The answer to a request, from its head."""
        target = head[: head.index(b"\r\n")].split(b" ", 2)[1]
        known = b"Bearer " + self.token + b"\r\n" in head
        prepared = self.by_path.get(target.partition(b"?")[0], self.unknown) if known else self.refused
        return prepared.packed if b"gzip" in head else prepared.plain


class Connection(asyncio.Protocol):
    """One kept-alive connection of callers that send no body."""

    def __init__(self, shelf: Shelf, latency_s: float) -> None:
        self._shelf, self._latency_s = shelf, latency_s
        self._heard = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keeps the way back."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answers every request that is complete, after the latency."""
        *heads, self._heard = (self._heard + data).split(_END)
        for head in heads:
            answer = self._shelf.find(head + b"\r\n")
            if self._latency_s:
                asyncio.get_running_loop().call_later(self._latency_s, self._send, answer)
            else:
                self._send(answer)

    def _send(self, answer: bytes) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(answer)


async def serve(shelf: Shelf, latency_s: float, port: int = 0) -> tuple[asyncio.Server, str]:
    """Begins to serve on loopback (port 0: one of the system's choice); also gives the base URL."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(shelf, latency_s), "127.0.0.1", port, backlog=512)
    return server, f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}{BASE_PATH}"
