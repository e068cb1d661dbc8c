"""A Cloudflare on this machine, over real HTTP, that answers each path as a test says."""

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer. A `Content-Length` of its own makes it one that is cut short, or never ends."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


def success(result: Any, **fields: Any) -> Answer:
    """Cloudflare's envelope around a result."""
    return Answer(body=json.dumps({"success": True, "errors": [], "messages": [], "result": result, **fields}).encode())


def failure(status: int, code: int, message: str = "no") -> Answer:
    """Cloudflare's envelope around an error."""
    body = {"success": False, "errors": [{"code": code, "message": message}], "messages": [], "result": None}
    return Answer(status, json.dumps(body).encode())


@dataclass(slots=True)
class Loopback:
    """The server: where it is, what it was asked, and how it answers."""

    url: str
    answer: Callable[[str], Answer] = lambda _path: Answer(404)
    """Gets the path with its query, without the base path."""
    hang: threading.Event | None = None
    """When it is there, no answer comes before it is set."""
    paths: list[str] = field(default_factory=list)
    headers: list[Mapping[str, str]] = field(default_factory=list)
    connections: int = 0


@contextmanager
def loopback() -> Iterator[Loopback]:
    """Serve on a free port until the test ends."""
    server = _Server(("127.0.0.1", 0), _Handler)
    served = Loopback(f"http://127.0.0.1:{server.server_port}/client/v4")
    server.RequestHandlerClass = type("Bound", (_Handler,), {"served": served})
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield served
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """Say nothing: who asked may have gone."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # Head and body in one packet: two would wait for each other.
    served: Loopback

    def setup(self) -> None:
        super().setup()
        self.served.connections += 1

    def do_GET(self) -> None:
        path = self.path.removeprefix("/client/v4")
        self.served.paths.append(path)
        self.served.headers.append(dict(self.headers.items()))
        if self.served.hang:
            self.served.hang.wait(30)
        answer = self.served.answer(path)
        self.send_response(answer.status)
        for name, value in {"Content-Length": str(len(answer.body)), **answer.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(answer.body)
        self.close_connection = "Content-Length" in answer.headers

    def log_message(self, *_: object) -> None:
        """Say nothing."""
