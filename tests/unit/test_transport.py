"""One request over real HTTP, bounded in time and size."""

import contextlib
import gzip
import itertools
import socket
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC
from typing import Any

import pytest

import cloudflare_api.client as transport_module
from cloudflare_api.client import BODY_LIMIT, NoReply, Transport
from contract.raw import Reason
from tests.unit.examples import NOW, TOKEN, credential
from tests.unit.loopback import Answer, Loopback, loopback


def transport(url: str) -> Transport:
    return Transport(url, clock=lambda: NOW)


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


HEAD = b"HTTP/1.1 200 OK\r\n"


@pytest.mark.parametrize(
    ("first", "again"),
    [
        (b"", b"HTTP/1.1 200 OK"),
        (HEAD, b"X-Drip: 1"),
        (HEAD, b"X-Drip: 1\r\n"),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        (b"", b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"),
        (HEAD + b"Content-Length: 100000\r\n\r\n", b"x"),
        (HEAD + b"\r\n", b"x"),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"0"),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n1", b";x"),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n0\r\n", b"X-Trailer: 1\r\n"),
    ],
    ids=["status", "header", "headers", "100s", "103s", "body", "endless", "size", "extension", "chunks", "trailers"],
)
def test_a_part_that_never_ends_is_a_timeout_at_the_deadline_and_leaves_no_connection(
    first: bytes, again: bytes
) -> None:
    closed = threading.Event()

    def drip(connection: socket.socket) -> None:
        connection.sendall(first)
        with contextlib.suppress(OSError):
            for drop in itertools.cycle(again):
                connection.sendall(bytes([drop]))
                time.sleep(0.002)
        closed.set()

    with speaking(drip) as url:
        started = time.monotonic()
        assert fault(url, run_s=0.15).reason is Reason.TIMEOUT
        assert time.monotonic() - started < 1
        assert closed.wait(5)


def test_a_complete_answer_counts_though_it_came_at_the_last_moment(cloudflare: Loopback) -> None:
    cloudflare.answer = lambda _path: Answer(body=b"body")
    moments = itertools.chain(itertools.repeat(0.0, 7), itertools.repeat(100.0))
    late = Transport(cloudflare.url, clock=lambda: NOW, monotonic=lambda: next(moments))
    assert late.get("/zones", credential(), 200.0).body == b"body"


@pytest.mark.parametrize("answer", [b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 20_000, b"HTTP/1.1 200 " + b"O" * 70_000])
def test_headers_without_end_are_given_up(answer: bytes) -> None:
    with speaking(lambda connection: connection.sendall(answer)) as url:
        assert fault(url).reason in (Reason.BAD_RESPONSE, Reason.NETWORK)


FINAL = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody"


@pytest.mark.parametrize("status", [b"100 Continue", b"102 Processing", b"103 Early Hints", b"199 Unheard-of"])
@pytest.mark.parametrize("times", [1, 3])
def test_the_answer_is_the_first_that_is_final(status: bytes, times: int) -> None:
    interim = b"HTTP/1.1 " + status + b"\r\nLink: </style.css>\r\n\r\n"

    def speak(connection: socket.socket) -> None:
        connection.sendall(interim * times)
        time.sleep(0.01)
        connection.sendall(FINAL)

    with speaking(speak) as url:
        reply = transport(url).get("/zones", credential(), time.monotonic() + 20)
    assert (reply.status, reply.body, dict(reply.headers)) == (200, b"body", {"Content-Length": "4"})


@pytest.mark.parametrize(
    ("said", "message"),
    [
        (FINAL + b"\r\n", "more came on the connection than one answer"),
        (FINAL + FINAL, "more came on the connection than one answer"),
        (b"HTTP/1.1 101 Switching Protocols\r\n\r\n" + FINAL, "the answer switches to another protocol"),
        (b"HTTP/1.1 200 OK\r\nno colon\r\n\r\nbody", "the answer has a header line that cannot be read"),
        (b"HTTP/1.1 103 Hi\r\nno colon\r\n\r\n" + FINAL, "the answer has a header line that cannot be read"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1, 4\r\n\r\nbody", "the answer's headers contradict each other"),
    ],
)
def test_an_answer_that_is_not_alone_or_not_whole_is_refused(said: bytes, message: str) -> None:
    with speaking(lambda connection: connection.sendall(said)) as url:
        refused = fault(url)
    assert (refused.reason, str(refused)) == (Reason.BAD_RESPONSE, message)


@pytest.mark.parametrize(
    "said", [b"HTTP/1.1 200 OK\r\n%s\r\n\r\n", b"HTTP/1.1 200 OK\r\nX: %s\r\n %s\r\n\r\n", b"%s\r\n"]
)
def test_no_library_logs_what_came(said: bytes, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("WARNING"), speaking(lambda c: c.sendall(said.replace(b"%s", TOKEN.encode()))) as url:
        with contextlib.suppress(NoReply):
            transport(url).get("/zones", credential(), time.monotonic() + 20)
        assert caplog.text == ""


def test_every_request_has_a_connection_of_its_own(cloudflare: Loopback) -> None:
    made = transport(cloudflare.url)
    for body in (b"one", b"two"):
        cloudflare.answer = lambda _path, body=body: Answer(body=body)  # type: ignore[misc]
        assert made.get("/zones", credential(), time.monotonic() + 20).body == body
    assert cloudflare.connections == 2


@contextmanager
def dead(addresses: Sequence[str], port: int) -> Iterator[None]:
    """Addresses at which no connection is ever accepted: their queues are full."""
    with contextlib.ExitStack() as stack:
        for address in addresses:
            listening = stack.enter_context(socket.socket())
            listening.bind((address, port))
            listening.listen(0)
            for _ in range(2):
                filler = stack.enter_context(socket.socket())
                filler.setblocking(False)
                filler.connect_ex((address, port))
        yield


def test_dead_addresses_before_the_good_one_cost_no_answer(
    cloudflare: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = int(cloudflare.url.rsplit(":")[-1].split("/")[0])
    others = ["127.0.0.2", "127.0.0.3", "127.0.0.4"]
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in [*others, "127.0.0.1"]]
    real = socket.getaddrinfo
    monkeypatch.setattr(
        socket, "getaddrinfo", lambda host, *a, **k: found if host == "api.example" else real(host, *a, **k)
    )
    cloudflare.answer = lambda _path: Answer(body=b"body")
    made = transport(cloudflare.url.replace("127.0.0.1", "api.example"))
    with dead(others, port):
        for most_s in (1.5, 0.3):  # From then on the address that answered comes first.
            started = time.monotonic()
            assert made.get("/zones", credential(), started + 1.5).body == b"body"
            assert time.monotonic() - started < most_s
    assert [headers["Host"] for headers in cloudflare.headers] == [f"api.example:{port}"] * 2


def test_while_the_name_cannot_be_looked_up_again_the_known_addresses_serve(
    cloudflare: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    cloudflare.answer = lambda _path: Answer(body=b"body")
    now = [0.0]
    made = Transport(cloudflare.url, clock=lambda: NOW, monotonic=lambda: now[0])
    assert made.get("/zones", credential(), 10.0).body == b"body"
    real = socket.getaddrinfo

    def fails(host: str, port: int, *rest: Any, **options: Any) -> Any:
        if options.get("type") == socket.SOCK_STREAM:
            raise socket.gaierror
        return real(host, port, *rest, **options)

    monkeypatch.setattr(socket, "getaddrinfo", fails)
    now[0] = 1000.0
    assert made.get("/zones", credential(), 1010.0).body == b"body"
    with pytest.raises(NoReply, match=r"the name 127\.0\.0\.1 could not be looked up") as fault:
        Transport(cloudflare.url, clock=lambda: NOW).get("/zones", credential(), time.monotonic() + 5)
    assert fault.value.reason is Reason.NETWORK
