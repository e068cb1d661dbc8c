"""The HTTP/1.1 side: a port of the system's choice on loopback, one thread for each connection."""

import contextlib
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Protocol

from .calls import Request


class Responder(Protocol):
    """Whoever answers what the listener hears."""

    def respond(self, connection: socket.socket, request: Request) -> bool:
        """Answers a request on its connection, and says whether another may follow."""


class Listener:
    """Listens, and hands each request to the responder. `port` is where."""

    def __init__(self, responder: Responder) -> None:
        self.responder = responder
        self.connections: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._server = _Server(self)
        self.port = self._server.server_port
        self._closing = False
        self._thread = threading.Thread(target=self._listen, name="cloudflare", daemon=True)

    def start(self) -> None:
        """Begins to listen."""
        self._thread.start()

    def close(self) -> None:
        """Stops listening and ends every connection, also those that wait."""
        self._closing = True
        with contextlib.suppress(OSError):  # one last caller, so that the thread looks up at once
            socket.create_connection(("127.0.0.1", self.port)).close()
        self._thread.join()
        self._server.server_close()
        with self._lock:
            connections = list(self.connections)
        for connection in connections:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def _listen(self) -> None:
        while not self._closing:
            self._server.handle_request()

    def opened(self, connection: socket.socket) -> None:
        """Notes a connection."""
        with self._lock:
            self.connections.add(connection)

    def ended(self, connection: socket.socket) -> None:
        """Forgets a connection."""
        with self._lock:
            self.connections.discard(connection)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 512

    def __init__(self, listener: Listener) -> None:
        self.listener = listener
        super().__init__(("127.0.0.1", 0), _Handler)

    def handle_error(self, request: object, client_address: object) -> None:
        """A caller that leaves early is no error here; the responder keeps its own."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def setup(self) -> None:
        self.server.listener.opened(self.request)
        super().setup()

    def do_GET(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.rfile.read(int(headers.get("content-length", "0")))
        request = Request(self.command, self.path, headers, str(self.client_address[0]))
        keep = self.server.listener.responder.respond(self.connection, request)
        self.close_connection = self.close_connection or not keep

    def do_POST(self) -> None:
        self.do_GET()

    def do_PUT(self) -> None:
        self.do_GET()

    def do_PATCH(self) -> None:
        self.do_GET()

    def do_DELETE(self) -> None:
        self.do_GET()

    def finish(self) -> None:
        self.server.listener.ended(self.request)
        with contextlib.suppress(OSError, ValueError):
            super().finish()

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: the record has it."""
