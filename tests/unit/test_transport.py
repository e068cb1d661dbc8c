"""One request over real HTTP, bounded in time and size."""

import gzip
import itertools
import socket
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC

import pytest

from collector.cloudflare import transport as transport_module
from collector.cloudflare.transport import BODY_LIMIT, NoReply, Transport
from contract.raw import Reason
from tests.unit.examples import NOW, TOKEN, credential
from tests.unit.loopback import Answer, Loopback, loopback


def transport(url: str) -> Transport:
    return Transport(url, connections=2, clock=lambda: NOW)


def fault(url: str, run_s: float = 20.0) -> NoReply:
    """How a request that brings nothing fails."""
    with pytest.raises(NoReply) as raised:
        transport(url).get("/zones", credential(), time.monotonic() + run_s)
    assert raised.value.observed_at == NOW
    assert TOKEN not in f"{raised.value} {raised.value!r} {raised.value.__cause__!r}"
    return raised.value


@contextmanager
def speaking(speak: Callable[[socket.socket], None]) -> Iterator[str]:
    """A server that says what it likes on the first connection."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(65536)
                speak(connection)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
        thread.join(10)


def test_an_answer_comes_whole_with_its_status_headers_and_moment(cloudflare: Loopback) -> None:
    cloudflare.answer = lambda _path: Answer(503, b"body", {"Retry-After": "7"})
    reply = transport(cloudflare.url).get("/zones?page=1", credential(), time.monotonic() + 20)
    assert (reply.status, reply.body, reply.headers.get("retry-after")) == (503, b"body", "7")
    assert (reply.observed_at, reply.observed_at.tzinfo) == (NOW, UTC)
    assert cloudflare.paths == ["/zones?page=1"]


def test_the_credential_and_who_asks_stand_in_the_headers(cloudflare: Loopback) -> None:
    transport(cloudflare.url).get("/zones", credential(), time.monotonic() + 20)
    sent = cloudflare.headers[0]
    assert (sent["Authorization"], sent["Accept-Encoding"]) == (f"Bearer {TOKEN}", "gzip")
    assert sent["User-Agent"].startswith("spectrum-meter/")


def test_a_compressed_answer_is_unpacked(cloudflare: Loopback) -> None:
    cloudflare.answer = lambda _path: Answer(body=gzip.compress(b"body"), headers={"Content-Encoding": "gzip"})
    assert transport(cloudflare.url).get("/zones", credential(), time.monotonic() + 20).body == b"body"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_redirect_takes_the_credential_to_another_host(cloudflare: Loopback, status: int) -> None:
    with loopback() as elsewhere:
        cloudflare.answer = lambda _path: Answer(status, b"", {"Location": f"{elsewhere.url}/zones"})
        assert transport(cloudflare.url).get("/zones", credential(), time.monotonic() + 20).status == status
        assert elsewhere.headers == []


def test_a_redirect_is_an_answer_and_not_followed(cloudflare: Loopback) -> None:
    cloudflare.answer = lambda _path: Answer(302, b"", {"Location": f"{cloudflare.url}/elsewhere"})
    assert transport(cloudflare.url).get("/zones", credential(), time.monotonic() + 20).status == 302
    assert cloudflare.paths == ["/zones"]


@pytest.mark.parametrize("squeezed", [False, True])
def test_an_answer_beyond_the_limit_is_given_up(cloudflare: Loopback, squeezed: bool) -> None:
    body = b" " * (BODY_LIMIT + 1)
    packed = Answer(body=gzip.compress(body), headers={"Content-Encoding": "gzip"})
    cloudflare.answer = lambda _path: packed if squeezed else Answer(body=body)
    given_up = fault(cloudflare.url)
    assert (given_up.reason, str(given_up)) == (Reason.BAD_RESPONSE, f"the answer is larger than {BODY_LIMIT} bytes")


@pytest.mark.parametrize("layers", [1, 2, 3])
def test_a_zip_bomb_is_given_up_before_it_is_unpacked(cloudflare: Loopback, layers: int) -> None:
    bomb = bytes(40 * BODY_LIMIT)
    for _ in range(layers):
        bomb = gzip.compress(bomb, compresslevel=9)
    cloudflare.answer = lambda _path: Answer(body=bomb, headers={"Content-Encoding": ", ".join(["gzip"] * layers)})
    tracemalloc.start()
    try:
        assert fault(cloudflare.url).reason is Reason.BAD_RESPONSE
        assert tracemalloc.get_traced_memory()[1] < 4 * BODY_LIMIT
    finally:
        tracemalloc.stop()


def test_compression_around_compression_without_end_is_refused(cloudflare: Loopback) -> None:
    cloudflare.answer = lambda _path: Answer(body=b"", headers={"Content-Encoding": ", ".join(["gzip"] * 30)})
    assert fault(cloudflare.url).reason is Reason.BAD_RESPONSE


def test_broken_compression_is_a_bad_response(cloudflare: Loopback) -> None:
    cloudflare.answer = lambda _path: Answer(body=b"no gzip at all", headers={"Content-Encoding": "gzip"})
    assert fault(cloudflare.url).reason is Reason.BAD_RESPONSE


def test_an_answer_cut_short_is_a_broken_connection(cloudflare: Loopback) -> None:
    cloudflare.answer = lambda _path: Answer(body=b'{"success"', headers={"Content-Length": "100"})
    assert fault(cloudflare.url).reason is Reason.NETWORK


@pytest.mark.parametrize(
    "said", [b"", b"\x00\xff garbage\r\n\r\n", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"]
)
def test_what_is_no_http_is_a_broken_connection(said: bytes) -> None:
    with speaking(lambda connection: connection.sendall(said)) as url:
        assert fault(url).reason is Reason.NETWORK


def test_nobody_there_is_a_network_failure() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    assert fault(f"http://127.0.0.1:{port}").reason is Reason.NETWORK


def test_silence_is_a_timeout_at_the_deadline(cloudflare: Loopback, gate: threading.Event) -> None:
    cloudflare.hang = gate
    started = time.monotonic()
    assert fault(cloudflare.url, run_s=0.2).reason is Reason.TIMEOUT
    assert time.monotonic() - started < 5


def test_one_request_gets_no_longer_than_an_attempt_may_take(
    cloudflare: Loopback, gate: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport_module, "ATTEMPT_TIMEOUT_S", 0.2)
    cloudflare.hang = gate
    assert fault(cloudflare.url, run_s=60).reason is Reason.TIMEOUT


def test_an_answer_that_drips_is_a_timeout_though_each_drop_is_in_time(cloudflare: Loopback) -> None:
    cloudflare.answer = lambda _path: Answer(body=b"x" * 1000)
    moments = itertools.chain([0.0, 0.0], itertools.repeat(100.0))
    slow = Transport(cloudflare.url, connections=1, clock=lambda: NOW, monotonic=lambda: next(moments))
    with pytest.raises(NoReply, match="too slowly") as raised:
        slow.get("/zones", credential(), 200.0)
    assert raised.value.reason is Reason.TIMEOUT


def test_a_connection_is_kept_for_the_next_request_and_a_broken_one_is_not(cloudflare: Loopback) -> None:
    made = transport(cloudflare.url)
    for body in (b"one", b"two"):
        cloudflare.answer = lambda _path, body=body: Answer(body=body)  # type: ignore[misc]
        assert made.get("/zones", credential(), time.monotonic() + 20).body == body
    assert cloudflare.connections == 1
    cloudflare.answer = lambda _path: Answer(body=b"{", headers={"Content-Length": "100"})
    with pytest.raises(NoReply):
        made.get("/zones", credential(), time.monotonic() + 20)
    cloudflare.answer = lambda _path: Answer(body=b"three")
    assert made.get("/zones", credential(), time.monotonic() + 20).body == b"three"
    assert cloudflare.connections == 2
