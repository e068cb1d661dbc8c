"""The Runtime API stand-in, spoken to as https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html says."""

import json
import threading
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPResponse, RemoteDisconnected
from queue import SimpleQueue

import pytest

from tests.sandbox.function.runtime_api import MAX_PAYLOAD_BYTES, Event, Report, RuntimeApi, Step

REQUEST_ID = "8476a536-e9f4-11e8-9739-2dfe598c3fcd"
EVENT = Event(
    request_id=REQUEST_ID,
    payload=b'{"source": "main"}',
    function_arn="arn:aws:lambda:us-east-2:123456789012:function:custom-runtime",
    deadline_ms=1542409706888,
    trace_id="Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=1",
)


class Runtime:
    """A runtime that speaks to the API, and what the API told about it."""

    def __init__(self) -> None:
        self.reports: SimpleQueue[Report] = SimpleQueue()
        self.api = RuntimeApi(self.reports.put)

    def request(self, method: str, route: str, body: bytes | None = None) -> tuple[HTTPResponse, bytes]:
        connection = HTTPConnection(self.api.address, timeout=10)
        connection.request(method, f"/2018-06-01/runtime/{route}", body)
        response = connection.getresponse()
        content = response.read()
        connection.close()
        return response, content

    def take_event(self) -> None:
        self.api.offer(EVENT)
        self.request("GET", "invocation/next")
        assert self.reports.get(timeout=10).step is Step.TOOK_EVENT


@pytest.fixture
def runtime() -> Iterator[Runtime]:
    runtime = Runtime()
    yield runtime
    runtime.api.close()


def test_the_next_event_comes_with_every_header_that_a_runtime_relies_on(runtime: Runtime) -> None:
    runtime.api.offer(EVENT)
    response, content = runtime.request("GET", "invocation/next")
    assert response.status == 200
    assert content == EVENT.payload
    assert response.headers["Lambda-Runtime-Aws-Request-Id"] == REQUEST_ID
    assert response.headers["Lambda-Runtime-Deadline-Ms"] == "1542409706888"
    assert response.headers["Lambda-Runtime-Invoked-Function-Arn"] == EVENT.function_arn
    assert response.headers["Lambda-Runtime-Trace-Id"] == EVENT.trace_id
    assert response.headers["Content-Type"] == "application/json"


@pytest.mark.parametrize(
    ("route", "step"),
    [
        (f"invocation/{REQUEST_ID}/response", Step.RESPONDED),
        (f"invocation/{REQUEST_ID}/error", Step.FAILED),
        ("init/error", Step.FAILED_TO_START),
    ],
)
def test_what_the_runtime_posts_is_accepted_and_reported(runtime: Runtime, route: str, step: Step) -> None:
    runtime.take_event()
    response, content = runtime.request("POST", route, b'{"errorType": "E"}')
    assert (response.status, json.loads(content)) == (202, {"status": "OK"})
    assert runtime.reports.get(timeout=10) == Report(step, b'{"errorType": "E"}')


def test_an_answer_to_another_request_is_refused(runtime: Runtime) -> None:
    runtime.take_event()
    response, content = runtime.request("POST", "invocation/another/response", b"{}")
    assert (response.status, json.loads(content)["errorType"]) == (400, "InvalidRequestID")
    assert runtime.reports.empty()


def test_a_second_answer_to_the_same_request_is_refused(runtime: Runtime) -> None:
    runtime.take_event()
    runtime.request("POST", f"invocation/{REQUEST_ID}/response", b"1")
    response, _ = runtime.request("POST", f"invocation/{REQUEST_ID}/response", b"2")
    assert response.status == 400


def test_an_answer_over_lambdas_limit_is_refused(runtime: Runtime) -> None:
    runtime.take_event()
    response, content = runtime.request("POST", f"invocation/{REQUEST_ID}/response", b" " * (MAX_PAYLOAD_BYTES + 1))
    assert (response.status, json.loads(content)["errorType"]) == (413, "RequestEntityTooLarge")


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_route_that_lambda_does_not_have_is_not_found(runtime: Runtime, method: str) -> None:
    response, _ = runtime.request(method, "restore/next", b"")
    assert response.status == 404


def test_closing_cuts_a_runtime_that_waits_for_an_event() -> None:
    runtime = Runtime()
    cut: SimpleQueue[bool] = SimpleQueue()

    def wait() -> None:
        try:
            runtime.request("GET", "invocation/next")
        except (RemoteDisconnected, ConnectionError):
            cut.put(True)

    waiting = threading.Thread(target=wait)
    waiting.start()
    runtime.api.close()
    assert cut.get(timeout=10)
    waiting.join()
