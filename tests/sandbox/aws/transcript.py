"""Everything that went over the wire, to be searched for what must not have gone there."""

import gzip
import zlib
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from threading import Lock
from typing import Final
from urllib.parse import quote

_LIMIT: Final = 20_000


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and its answer."""

    call: int
    """`Call.number`."""
    label: str
    """`s3 PutObject raw/…`."""
    request: bytes
    """Method, URL, headers and body."""
    response: bytes
    """Status, headers and body; empty when no answer was sent."""


@dataclass(frozen=True, slots=True)
class Found:
    """Where a text was found."""

    exchange: Exchange
    part: str
    """`request` or `response`."""


class Transcript:
    """The last 20,000 exchanges, kept while `recording` is on."""

    def __init__(self) -> None:
        self.recording = True
        self._lock = Lock()
        self._exchanges: deque[Exchange] = deque(maxlen=_LIMIT)

    def __iter__(self) -> Iterator[Exchange]:
        with self._lock:
            return iter(tuple(self._exchanges))

    def add(self, exchange: Exchange) -> None:
        """Keeps this exchange if recording is on."""
        if self.recording:
            with self._lock:
                self._exchanges.append(exchange)

    def clear(self) -> None:
        """Forgets all."""
        with self._lock:
            self._exchanges.clear()

    def find(self, secret: str) -> tuple[Found, ...]:
        """Where this text stands, as it is or URL-encoded, also inside gzip."""
        needles = (secret.encode(), quote(secret, safe="").encode())
        return tuple(
            Found(exchange, part)
            for exchange in self
            for part, content in (("request", exchange.request), ("response", exchange.response))
            if any(needle in text for text in _readings(content) for needle in needles)
        )


def _readings(content: bytes) -> Iterator[bytes]:
    yield content
    start = content.find(b"\x1f\x8b\x08")
    if start >= 0:
        try:
            yield gzip.decompress(content[start:])
        except (OSError, EOFError, zlib.error):  # three bytes of something else
            return
