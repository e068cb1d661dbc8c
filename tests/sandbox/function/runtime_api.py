"""The HTTP API through which a Lambda runtime fetches events and hands back results.

One server stands for one execution environment. Routes, headers and answers are those of version 2018-06-01:
https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
"""

import json
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import SimpleQueue
from typing import Final

_ROOT: Final = "/2018-06-01/runtime/"

MAX_PAYLOAD_BYTES: Final = 6_291_556
"""Largest response that Lambda takes from a function: 6 MB and 100 bytes."""


class Step(StrEnum):
    """What the runtime has just done."""

    TOOK_EVENT = "took the event"
    RESPONDED = "responded"
    FAILED = "reported an error"
    FAILED_TO_START = "reported an initialization error"
    EXITED = "exited"


@dataclass(frozen=True, slots=True)
class Report:
    """One step of the runtime, with what it sent."""

    step: Step
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Event:
    """One event on its way to the runtime. `deadline_ms`: milliseconds since 1970, in simulated time."""

    request_id: str
    payload: bytes
    function_arn: str
    deadline_ms: int
    trace_id: str


class RuntimeApi:
    """Serves one execution environment on a port of the system's choice, until `close`."""

    def __init__(self, notify: Callable[[Report], None]) -> None:
        """`notify` is called, on a thread of the server, for every step of the runtime."""
        self._events: SimpleQueue[Event | None] = SimpleQueue()
        self._server = _Server(self._events, notify)
        threading.Thread(target=self._server.serve_forever, args=(0.05,), name="runtime-api", daemon=True).start()

    @property
    def address(self) -> str:
        """`host:port`, the value of `AWS_LAMBDA_RUNTIME_API`."""
        return f"127.0.0.1:{self._server.server_address[1]}"

    def offer(self, event: Event) -> None:
        """Queue an event for the runtime's next request."""
        self._events.put(event)

    def close(self) -> None:
        """Stop serving; a request that still waits for an event is cut."""
        self._events.put(None)
        self._server.shutdown()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, events: "SimpleQueue[Event | None]", notify: Callable[[Report], None]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.events = events
        self.notify = notify
        self.request_id: str | None = None

    def handle_error(self, request: object, client_address: object) -> None:
        """A killed runtime leaves its connections cut; anything else is a fault of this server."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # The body follows the headers in a second packet: 40 ms lost without this.
    server: _Server

    def do_GET(self) -> None:
        if self.path != f"{_ROOT}invocation/next":
            self._refuse(HTTPStatus.NOT_FOUND, "InvalidRoute", f"no such route: GET {self.path}")
            return
        event = self.server.events.get()
        if event is None:
            self.close_connection = True
            return
        self.server.request_id = event.request_id
        self.server.notify(Report(Step.TOOK_EVENT))
        self._answer(
            HTTPStatus.OK,
            event.payload,
            {
                "Lambda-Runtime-Aws-Request-Id": event.request_id,
                "Lambda-Runtime-Deadline-Ms": str(event.deadline_ms),
                "Lambda-Runtime-Invoked-Function-Arn": event.function_arn,
                "Lambda-Runtime-Trace-Id": event.trace_id,
            },
        )

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        body = self.rfile.read(length)
        match self.path.removeprefix(_ROOT).split("/"):
            case ["init", "error"]:
                self._accept(Step.FAILED_TO_START, body)
            case ["invocation", request_id, "response" | "error"] if request_id != self.server.request_id:
                self._refuse(HTTPStatus.BAD_REQUEST, "InvalidRequestID", f"not the current request: {request_id}")
            case ["invocation", _, "response"] if length > MAX_PAYLOAD_BYTES:
                message = f"Exceeded maximum allowed payload size ({MAX_PAYLOAD_BYTES} bytes)."
                self._refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "RequestEntityTooLarge", message)
            case ["invocation", _, "response"]:
                self._accept(Step.RESPONDED, body)
            case ["invocation", _, "error"]:
                self._accept(Step.FAILED, body)
            case _:
                self._refuse(HTTPStatus.NOT_FOUND, "InvalidRoute", f"no such route: POST {self.path}")

    def _accept(self, step: Step, body: bytes) -> None:
        self.server.request_id = None
        self._answer(HTTPStatus.ACCEPTED, b'{"status":"OK"}\n')
        # After the answer: whoever hears of it may kill the process, and the runtime has then been served.
        self.server.notify(Report(step, body))

    def _refuse(self, status: HTTPStatus, error_type: str, message: str) -> None:
        self._answer(status, json.dumps({"errorType": error_type, "errorMessage": message}).encode())

    def _answer(self, status: HTTPStatus, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        # Without a Content-Type awslambdaric's native client ends with a segmentation fault.
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: what the function does shows in its own log."""
