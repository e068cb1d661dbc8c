"""One HTTPS request to Cloudflare, bounded in time and in size.

Every request has a connection of its own. An HTTP/1.1 answer does not say which request it belongs to: on a connection
that is used again, an answer that comes late, or twice, is read as the answer to the next request, for another zone.
TLS is verified, redirects are never followed, nothing is retried here.
"""

import io
import socket
import ssl
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from http.client import HTTPException, HTTPResponse
from typing import TYPE_CHECKING, Final, Self
from urllib.parse import urlsplit

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import (
    DecodeError,
    HeaderParsingError,
    HTTPError,
    InvalidHeader,
    NewConnectionError,
    ProtocolError,
)
from urllib3.exceptions import TimeoutError as Urllib3TimeoutError
from urllib3.util.response import assert_header_parsing

from cloudflare_api.credential import Credential
from contract.raw import Reason

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer


CONNECT_TIMEOUT_S: Final = 3.0
"""What connecting to one address may take, the TLS handshake included."""
ATTEMPT_TIMEOUT_S: Final = 10.0
"""A request that takes longer is given up, and tried again if there is time."""
ADDRESSES_FOR_S: Final = 60.0
"""How long the addresses of the API's host serve before they are looked up again."""

BODY_LIMIT: Final = 4 * 1024 * 1024
"""Decoded bytes. About 30,000 applications; a larger answer is a fault, or a zip bomb."""
HEAD_LIMIT: Final = 64 * 1024
"""Bytes of the status line, the headers and all interim answers together."""

_CHUNK = 64 * 1024
_LEAST_TIMEOUT_S = 0.001
"""A socket's time-out of 0 would mean: do not wait at all."""
_USER_AGENT = "spectrum-meter/0.1.0"
_SWITCHING_PROTOCOLS = 101
_FINAL = 200


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
    """Sends requests to one API. Thread-safe."""

    def __init__(
        self,
        base_url: str,
        clock: Callable[[], datetime] = utc_now,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        parts = urlsplit(base_url)
        self._host = parts.hostname or ""
        self._path = parts.path
        # One context for all connections: loading the machine's certificates takes longer than a handshake.
        self._tls = ssl.create_default_context() if parts.scheme == "https" else None
        self._port = parts.port or (443 if self._tls else 80)
        self._host_header = parts.netloc.rpartition("@")[2]
        self._addresses = _Addresses(self._host, self._port, monotonic)
        self._clock = clock
        self._monotonic = monotonic

    def now(self) -> datetime:
        """The wall clock that replies are dated by."""
        return self._clock()

    def get(self, path: str, credential: Credential, until: float) -> Reply:
        """Ask for `path` (with its query) and read the whole answer, giving up at `until` (monotonic seconds).

        Raises NoReply when there is no complete answer within ATTEMPT_TIMEOUT_S, HEAD_LIMIT and BODY_LIMIT. The
        connection is closed in any case.
        """
        started = self._monotonic()
        until = min(until, started + ATTEMPT_TIMEOUT_S)
        headers = {"Accept-Encoding": "gzip", "User-Agent": _USER_AGENT, "Connection": "close"}
        headers |= {"Host": self._host_header, **dict(credential.headers)}
        try:
            status, answered, body = self._exchange(path, headers, until)
            return Reply(status, answered, body, self._clock(), self._elapsed_ms(started))
        except (_Unacceptable, HTTPError, HTTPException, OSError, ValueError) as error:
            reason, message = self._fault(error)
        # Not inside `except`: the error may quote the answer, and would stay attached to what is raised there.
        raise NoReply(reason, message, self._clock(), self._elapsed_ms(started))

    def _exchange(self, path: str, headers: Mapping[str, str], until: float) -> tuple[int, Mapping[str, str], bytes]:
        connection = self._connected(until)
        reader = _Reader(_Stream(connection.sock, until, self._monotonic))
        try:
            connection.response_class = partial(_Answer, reader)  # type: ignore[assignment]
            connection.timeout = max(_LEAST_TIMEOUT_S, until - self._monotonic())
            connection.request("GET", self._path + path, headers=headers, preload_content=False)
            response = connection.getresponse()
            body = _body_of(response)
            if reader.has_more():
                raise _Unacceptable(Reason.BAD_RESPONSE, "more came on the connection than one answer")
            return response.status, response.headers, body
        finally:
            connection.close()
            reader.end()

    def _connected(self, until: float) -> HTTPConnection:
        """Connect to the first address that answers. Raises what the last one did."""
        addresses = self._addresses.get()
        for tried, address in enumerate(addresses):
            left = until - self._monotonic()
            # Half of the time is the answer's, and no address may use up what the ones behind it need.
            timeout = max(_LEAST_TIMEOUT_S, min(CONNECT_TIMEOUT_S, left / 2 / (len(addresses) - tried)))
            connection = self._connection(address, timeout)
            try:
                connection.connect()
            except (HTTPError, OSError) as error:
                connection.close()
                if isinstance(error, ssl.SSLCertVerificationError) or tried + 1 == len(addresses):
                    raise
            else:
                self._addresses.prefer(address)
                return connection
        raise OSError("the host has no address")

    def _connection(self, address: str, timeout: float) -> HTTPConnection:
        if self._tls is None:
            return HTTPConnection(address, self._port, timeout=timeout)
        return HTTPSConnection(address, self._port, timeout=timeout, ssl_context=self._tls, server_hostname=self._host)

    def _fault(self, error: Exception) -> tuple[Reason, str]:
        """Reason and message for an error. The error's own text is not used: it may quote the answer."""
        match error:
            case _Unacceptable():
                return error.reason, str(error)
            case ssl.SSLCertVerificationError():
                return Reason.NETWORK, (
                    f"the certificate that {self._host} showed is not trusted ({error.verify_message}): if a proxy on "
                    "the way to Cloudflare opens TLS connections, add its CA certificate to the file that the "
                    "environment variable SSL_CERT_FILE names"
                )
            case socket.gaierror():
                return Reason.NETWORK, f"the name {self._host} could not be looked up: check the DNS of the network"
            case NewConnectionError():
                return Reason.NETWORK, f"no connection to {self._host} could be made"
            case TimeoutError() | Urllib3TimeoutError():
                return Reason.TIMEOUT, "Cloudflare did not answer in time"
            case DecodeError():
                return Reason.BAD_RESPONSE, "the answer's compression is broken"
            case InvalidHeader():
                return Reason.BAD_RESPONSE, "the answer's headers contradict each other"
        cause = error.args[1] if isinstance(error, ProtocolError) and len(error.args) > 1 else error
        return Reason.NETWORK, f"the connection broke before the answer was complete ({type(cause).__name__})"

    def _elapsed_ms(self, started: float) -> int:
        return round((self._monotonic() - started) * 1000)


def _body_of(response: urllib3.BaseHTTPResponse) -> bytes:
    body = bytearray()
    while chunk := response.read1(_CHUNK, decode_content=True):
        body += chunk
        if len(body) > BODY_LIMIT:
            raise _Unacceptable(Reason.BAD_RESPONSE, f"the answer is larger than {BODY_LIMIT} bytes")
    return bytes(body)


class _Addresses:
    """The addresses of a host. The one that worked last comes first, so that a dead one costs time once."""

    def __init__(self, host: str, port: int, monotonic: Callable[[], float]) -> None:
        self._host = host
        self._port = port
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._known: tuple[str, ...] = ()
        self._until = 0.0

    def get(self) -> Sequence[str]:
        """Every address. They are looked up again after ADDRESSES_FOR_S; while that fails, the known ones serve.

        Raises socket.gaierror when none is known.
        """
        with self._lock:
            known, fresh = self._known, self._monotonic() < self._until
        if known and fresh:
            return known
        # Not under the lock: a look-up cannot be given a time limit.
        try:
            found = socket.getaddrinfo(self._host, self._port, type=socket.SOCK_STREAM)
        except socket.gaierror:
            if known:
                return known
            raise
        addresses = dict.fromkeys(str(info[4][0]) for info in found)
        with self._lock:
            last = self._known[:1]
            self._known = tuple(sorted(addresses, key=lambda address: address not in last))
            self._until = self._monotonic() + ADDRESSES_FOR_S
            return self._known

    def prefer(self, address: str) -> None:
        """Put an address that has answered before the others."""
        with self._lock:
            if self._known[:1] != (address,):
                self._known = (address, *(other for other in self._known if other != address))


class _Stream(io.RawIOBase):
    """What the peer sends: until a moment, however slowly it comes, and up to a number of bytes."""

    def __init__(self, sock: socket.socket, until: float, monotonic: Callable[[], float]) -> None:
        super().__init__()
        self.limit = HEAD_LIMIT
        """Bytes that may come."""
        self.waits = True
        """Wait for bytes until the moment; otherwise take only what is there."""
        self._socket = sock
        self._file = sock.makefile("rb", buffering=0)
        self._until = until
        self._monotonic = monotonic
        self._came = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        """Read some bytes; 0 at the end. Raises TimeoutError when the time is up, _Unacceptable beyond the limit."""
        left = self._until - self._monotonic()
        if self.waits and left <= 0:
            raise TimeoutError
        self._socket.settimeout(max(_LEAST_TIMEOUT_S, left) if self.waits else 0)
        came = self._file.readinto(buffer) or 0
        self._came += came
        if self._came > self.limit:
            raise _Unacceptable(Reason.BAD_RESPONSE, f"more than {self.limit} bytes came for one answer")
        return came

    def close(self) -> None:
        self._file.close()
        super().close()


class _Reader(io.BufferedReader):
    """What http.client reads from. It closes this behind an answer, but what is left in it has to be seen first."""

    def __init__(self, stream: _Stream) -> None:
        super().__init__(stream)
        self._stream = stream

    def makefile(self, _mode: str) -> Self:
        """This itself, for http.client, which asks a socket for its file."""
        return self

    def close(self) -> None:
        """Nothing: `end` closes."""

    def end(self) -> None:
        """Close it, and its part of the socket."""
        self._stream.close()

    def allow(self, size: int) -> None:
        """Let so many bytes come in all."""
        self._stream.limit = size

    def has_more(self) -> bool:
        """Whether bytes are left, in the buffer or in the socket, without waiting for any."""
        self._stream.waits = False
        try:
            return bool(self.peek(1))
        except OSError:  # TLS has no application data, or the connection broke behind the answer.
            return False


class _Answer(HTTPResponse):
    """The first final answer on a connection. http.client itself takes every interim one but 100 for the final one."""

    def __init__(self, reader: _Reader, _sock: socket.socket, *, method: str) -> None:
        super().__init__(reader, method=method)  # type: ignore[arg-type] # of a socket it uses makefile alone
        self._reader = reader

    def begin(self) -> None:
        """Read up to the end of the final answer's headers. Raises _Unacceptable when they cannot be read."""
        while True:
            super().begin()
            try:
                assert_header_parsing(self.msg)
            except HeaderParsingError:
                # A line without a colon. What stands behind it would be lost, the length of the body with it, and
                # urllib3 would log it as it is.
                message = "the answer has a header line that cannot be read"
            else:
                message = "the answer switches to another protocol" if self.status == _SWITCHING_PROTOCOLS else ""
            if message:
                raise _Unacceptable(Reason.BAD_RESPONSE, message)
            if self.status >= _FINAL:
                self._reader.allow(2 * BODY_LIMIT)
                return
            self.headers = self.msg = None  # type: ignore[assignment] # http.client then reads the next answer


class _Unacceptable(Exception):
    def __init__(self, reason: Reason, message: str) -> None:
        super().__init__(message)
        self.reason = reason
