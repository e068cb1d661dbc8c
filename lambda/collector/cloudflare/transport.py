"""One HTTPS request to Cloudflare, bounded in time and in size.

TLS is verified, redirects are never followed, nothing is retried here. Connections are kept alive.
"""

import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from urllib.parse import urlsplit

import urllib3
from urllib3.exceptions import DecodeError, HTTPError, NewConnectionError, ProtocolError, TimeoutError

from collector.secret import Credential
from contract.raw import Reason

CONNECT_TIMEOUT_S: Final = 3.0
ATTEMPT_TIMEOUT_S: Final = 10.0
"""A request that takes longer is given up, and tried again if there is time."""

BODY_LIMIT: Final = 4 * 1024 * 1024
"""Decoded bytes. About 30,000 applications; a larger answer is a fault, or a zip bomb."""

_CHUNK = 64 * 1024
_USER_AGENT = "spectrum-meter/1.0"


@dataclass(frozen=True, slots=True)
class Reply:
    """A complete HTTP answer."""

    status: int
    headers: Mapping[str, str]
    """Case-insensitive."""
    body: bytes
    observed_at: datetime
    latency_ms: int


class NoReply(Exception):
    """No complete answer came. `reason` is timeout, network or bad_response."""

    def __init__(self, reason: Reason, message: str, observed_at: datetime, latency_ms: int) -> None:
        super().__init__(message)
        self.reason = reason
        self.observed_at = observed_at
        self.latency_ms = latency_ms


def utc_now() -> datetime:
    """The wall clock, UTC."""
    return datetime.now(UTC)


class Transport:
    """The keep-alive pool to one API."""

    def __init__(
        self,
        base_url: str,
        connections: int,
        clock: Callable[[], datetime] = utc_now,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._path = urlsplit(base_url).path
        # One context for all connections: loading the machine's certificates takes longer than a handshake.
        tls = {"ssl_context": ssl.create_default_context()} if base_url.startswith("https:") else {}
        self._pool = urllib3.connection_from_url(base_url, maxsize=connections, retries=False, **tls)
        self._clock = clock
        self._monotonic = monotonic

    def now(self) -> datetime:
        """The wall clock that replies are dated by."""
        return self._clock()

    def get(self, path: str, credential: Credential, until: float) -> Reply:
        """Ask for `path` (with its query) and read the whole answer, giving up at `until` (monotonic seconds).

        Raises NoReply when there is no complete answer within ATTEMPT_TIMEOUT_S or BODY_LIMIT.
        """
        started = self._monotonic()
        until = min(until, started + ATTEMPT_TIMEOUT_S)
        try:
            status, headers, body = self._exchange(path, credential, until)
        except _Unacceptable as fault:
            raise self._no_reply(fault.reason, str(fault), started) from None
        except NewConnectionError as error:
            raise self._no_reply(Reason.NETWORK, "no connection to Cloudflare could be made", started) from error
        except TimeoutError as error:
            raise self._no_reply(Reason.TIMEOUT, "Cloudflare did not answer in time", started) from error
        except DecodeError as error:
            raise self._no_reply(Reason.BAD_RESPONSE, "the answer's compression is broken", started) from error
        except (ProtocolError, HTTPError, OSError, ValueError) as error:
            message = f"the connection broke before the answer was complete ({type(error).__name__})"
            raise self._no_reply(Reason.NETWORK, message, started) from error
        return Reply(status, headers, body, self._clock(), self._elapsed_ms(started))

    def _exchange(self, path: str, credential: Credential, until: float) -> tuple[int, Mapping[str, str], bytes]:
        left = max(0.05, until - self._monotonic())
        response = self._pool.urlopen(
            "GET",
            self._path + path,
            headers={"Accept-Encoding": "gzip", "User-Agent": _USER_AGENT, **dict(credential.headers)},
            timeout=urllib3.Timeout(connect=min(CONNECT_TIMEOUT_S, left), read=left),
            redirect=False,
            retries=False,
            preload_content=False,
        )
        complete = False
        try:
            body = self._body(response, until)
            complete = True
        finally:
            if not complete:
                response.close()
        return response.status, response.headers, body

    def _body(self, response: urllib3.BaseHTTPResponse, until: float) -> bytes:
        body = bytearray()
        while chunk := response.read1(_CHUNK, decode_content=True):
            body += chunk
            if len(body) > BODY_LIMIT:
                raise _Unacceptable(Reason.BAD_RESPONSE, f"the answer is larger than {BODY_LIMIT} bytes")
            if self._monotonic() > until:
                raise _Unacceptable(Reason.TIMEOUT, "the answer came too slowly to be complete in time")
        return bytes(body)

    def _no_reply(self, reason: Reason, message: str, started: float) -> NoReply:
        return NoReply(reason, message, self._clock(), self._elapsed_ms(started))

    def _elapsed_ms(self, started: float) -> int:
        return round((self._monotonic() - started) * 1000)


class _Unacceptable(Exception):
    def __init__(self, reason: Reason, message: str) -> None:
        super().__init__(message)
        self.reason = reason
