"""A plain caller, for tests of the stand-in: it shows what came over the wire and forgives nothing."""

import http.client
import json
import socket
from contextlib import closing
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from .faults import Fault
from .kinds import KINDS
from .list_faults import is_of_a_list
from .row_faults import is_page
from .sample import TOKEN
from .server import Cloudflare

_DOCUMENT = '{"success":'


@dataclass(frozen=True, slots=True)
class Heard:
    """An answer that came whole. Header names are in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def document(self) -> Any:
        """The body, read as JSON."""
        return json.loads(self.body)


@dataclass(frozen=True, slots=True)
class Raw:
    """The bytes that came, and how it ended: `closed`, `reset`, or `silent` when the caller gave up waiting."""

    data: bytes
    ended: str


def ask(url: str, *, token: str | None = TOKEN, method: str = "GET", **headers: str) -> Heard:
    """Asks once. Underscores in header names become dashes. Raises what http.client raises when the wire is bad."""
    parts = urlsplit(url)
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    if token is not None:
        sent["Authorization"] = f"Bearer {token}"
    connection = http.client.HTTPConnection(parts.netloc, timeout=5)
    with closing(connection):
        connection.request(method, url.removeprefix(f"http://{parts.netloc}"), headers=sent)
        answer = connection.getresponse()
        heard = {name.lower(): value for name, value in answer.getheaders()}
        return Heard(answer.status, heard, answer.read())


def listen(url: str, *, patience_s: float = 5, most_bytes: int | None = None) -> Raw:
    """Asks once, says that it will close, and keeps every byte until the end, or for so long as nothing comes.

    `most_bytes`: so many are enough, and the caller leaves.
    """
    parts = urlsplit(url)
    target = url.removeprefix(f"http://{parts.netloc}")
    lines = (f"GET {target} HTTP/1.1", f"Host: {parts.netloc}", f"Authorization: Bearer {TOKEN}", "Connection: close")
    data = b""
    with socket.create_connection((parts.hostname or "", parts.port or 80), timeout=patience_s) as connection:
        connection.sendall("\r\n".join((*lines, "", "")).encode())
        try:
            while (most_bytes is None or len(data) < most_bytes) and (piece := connection.recv(65536)):
                data += piece
        except TimeoutError:
            return Raw(data, "silent")
        except ConnectionResetError:
            return Raw(data, "reset")
    return Raw(data, "closed")


def documents(data: bytes) -> list[Any]:
    """Cloudflare's documents in what came over the wire, in their order, whatever stands around them."""
    text, decoder, found = data.decode("latin-1"), json.JSONDecoder(), []
    at = text.find(_DOCUMENT)
    while at >= 0:
        document, end = decoder.raw_decode(text, at)
        found.append(document)
        at = text.find(_DOCUMENT, end)
    return found


def hear(cloudflare: Cloudflare, fault: Fault, **headers: str) -> Heard:
    """Adds a fault, asks the first zone for something that it befalls, and makes sure that it did."""
    cloudflare.faults.add(fault)
    zone = f"{cloudflare.base_url}/zones/{cloudflare.world.zones[0].id}/spectrum"
    paged = KINDS[fault.kind].befalls in (is_page, is_of_a_list)
    heard = ask(f"{zone}/apps?page=2&per_page=1" if paged else f"{zone}/analytics/aggregate/current", **headers)
    asked = cloudflare.requests[-1]
    assert (asked.fault, asked.status) == (fault.kind, heard.status)
    return heard
