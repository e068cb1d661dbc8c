"""The token goes to a server that proves its name, and to no other."""

import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import trustme

from cloudflare_api.client import NoReply, Transport
from contract.raw import Reason
from tests.unit.examples import credential

BODY = b'{"success": true}'


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> trustme.CA:
    """A certificate authority that this machine trusts, as OpenSSL is told to."""
    made = trustme.CA()
    made.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    return made


@contextmanager
def server(certificate: trustme.LeafCert) -> Iterator[tuple[str, list[str]]]:
    """An HTTPS server on this machine with that certificate: its URL, and the credentials that reached it."""
    reached: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            reached.append(self.headers["Authorization"])
            self.send_response(200)
            self.send_header("Content-Length", str(len(BODY)))
            self.end_headers()
            self.wfile.write(BODY)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: object) -> None:
            """Say nothing: a client that does not trust us leaves."""

    listening = Server(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    listening.socket = context.wrap_socket(listening.socket, server_side=True, do_handshake_on_connect=False)
    thread = threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield f"https://localhost:{listening.server_port}", reached
    finally:
        listening.shutdown()
        listening.server_close()
        thread.join()


def ask(url: str) -> bytes:
    return Transport(url).get("/zones", credential(), time.monotonic() + 5).body


def test_a_server_with_a_trusted_certificate_is_asked(authority: trustme.CA) -> None:
    with server(authority.issue_cert("localhost")) as (url, reached):
        assert ask(url) == BODY
        assert len(reached) == 1


@pytest.mark.usefixtures("authority")
def test_a_server_that_nobody_vouches_for_never_sees_the_token() -> None:
    with server(trustme.CA().issue_cert("localhost")) as (url, reached):
        with pytest.raises(NoReply) as fault:
            ask(url)
        assert (fault.value.reason, reached) == (Reason.NETWORK, [])
        assert "the certificate that localhost showed is not trusted" in str(fault.value)
        assert "SSL_CERT_FILE" in str(fault.value)


def test_a_server_of_another_name_never_sees_the_token(authority: trustme.CA) -> None:
    with server(authority.issue_cert("elsewhere.example")) as (url, reached):
        with pytest.raises(NoReply) as fault:
            ask(url)
        assert (fault.value.reason, reached) == (Reason.NETWORK, [])
