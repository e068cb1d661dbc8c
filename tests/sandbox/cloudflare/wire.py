"""The connection to one caller: how an answer's bytes go out, and how it is seen that the caller has left."""

import select
import socket
import struct
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus

_LOOK_S = 0.01


class Gone(ConnectionError):
    """The caller closed the connection before it had its answer."""


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer that is ready to go: status, headers without a length, body."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def head(self, *framing: tuple[str, str]) -> bytes:
        """The status line and the headers; `framing` stands in place of the true Content-Length."""
        try:
            reason = HTTPStatus(self.status).phrase
        except ValueError:
            reason = "Unknown"
        headers = (*self.headers, *(framing or (("Content-Length", str(len(self.body))),)))
        lines = (f"HTTP/1.1 {self.status} {reason}", *(f"{name}: {value}" for name, value in headers), "", "")
        return "\r\n".join(lines).encode("latin-1")


class Wire:
    """One connection, for one answer. `before_sending` is called once, when its first byte is about to go."""

    def __init__(
        self, connection: socket.socket, released: threading.Event, before_sending: Callable[[], None]
    ) -> None:
        self._connection = connection
        self._released = released
        self._before_sending = before_sending
        self.sending = False

    def send(self, data: bytes) -> None:
        """Sends these bytes. Raises OSError when the caller has left."""
        if not self.sending:
            self.sending = True
            self._before_sending()
        self._connection.sendall(data)

    def wait(self, seconds: float) -> None:
        """Does nothing for so long in real time. Raises Gone as soon as the caller leaves."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self._look(left)

    def hang(self, meanwhile: Callable[[], None] | None = None, every_s: float = 0) -> None:
        """Does nothing until the stand-in is told to release what hangs, or only this, in so many seconds each time.

        Raises Gone as soon as the caller leaves.
        """
        while not self._released.is_set():
            if meanwhile is None:
                self._look(_LOOK_S)
            else:
                self.wait(every_s)
                meanwhile()

    def reset(self) -> None:
        """Ends the connection with a TCP reset."""
        self._connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._connection.close()

    def _look(self, seconds: float) -> None:
        """Waits at most so long for the caller to leave."""
        readable, _, _ = select.select([self._connection], [], [], seconds)
        if not readable:
            return
        if not self._connection.recv(1, socket.MSG_PEEK):
            raise Gone("the caller closed the connection before it had its answer")
        time.sleep(min(seconds, _LOOK_S))  # it sent its next request already; that can wait


Delivery = Callable[[Wire, Reply], bool]
"""Sends a reply in its way, and says whether the connection may serve another request."""


def whole(wire: Wire, reply: Reply) -> bool:
    """The head and the body at once."""
    wire.send(reply.head() + reply.body)
    return True
