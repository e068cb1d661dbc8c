"""Trino is there when it says that it is ready, and gone when the tests are, however they end."""

import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.athena.trino.server import NotStartedError, Trino

_READY = """\
#!/bin/sh
'''exec' "{python}" "$0" "$@"
' ''' # The path of an interpreter in a first line must not hold a blank.
import http.server, pathlib, re, sys, threading, time
settings = pathlib.Path(sys.argv[sys.argv.index("--etc-dir") + 1], "config.properties").read_text()
asked = []
class Info(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        asked.append(self.path)
        body = b'{{"starting":%s}}' % (b"true" if len(asked) < 3 else b"false")
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
print("begun", flush=True)
port = int(re.search(r"http-server.http.port=(\\d+)", settings)[1])
http.server.HTTPServer(("127.0.0.1", port), Info).serve_forever()
"""
_BROKEN = """\
#!/bin/sh
echo "the configuration is not right"
exit 3
"""


def _trino(folder: Path, launcher: str) -> Trino:
    """A program that behaves like Trino, as far as being started goes."""
    path = folder / "installed" / "bin" / "launcher"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(launcher.format(python=sys.executable))
    path.chmod(0o755)
    settings = {"aws_url": "http://localhost:1", "region": "us-east-1", "access_key_id": "-", "schema": "lake"}
    return Trino(folder / "installed", **settings, home=folder / "home", java=folder)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"


def test_it_is_ready_when_it_no_longer_says_that_it_is_starting(tmp_path: Path) -> None:
    with _trino(tmp_path, _READY) as trino:
        assert trino.start_s == 0
        trino.await_ready()
        assert trino.start_s > 0
        assert _alive(trino.pid)
    assert not _alive(trino.pid)
    assert "begun" in trino.log.read_text()


def test_a_start_that_fails_shows_the_end_of_the_log(tmp_path: Path) -> None:
    with _trino(tmp_path, _BROKEN) as trino, pytest.raises(NotStartedError) as caught:
        trino.await_ready()
    assert "ended with status 3" in str(caught.value)
    assert "the configuration is not right" in str(caught.value)


@pytest.fixture
def tests_of_its_own(tmp_path: Path) -> Iterator["subprocess.Popen[str]"]:
    """Another process that starts a Trino, prints its process id, and waits."""
    program = textwrap.dedent(
        """
        import sys
        from pathlib import Path
        from tests.athena.test_server import _READY, _trino
        with _trino(Path(sys.argv[1]), _READY) as trino:
            trino.await_ready()
            print(trino.pid, flush=True)
            sys.stdin.read()
        """
    )
    root = Path(__file__).resolve().parents[2]
    process = subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path)],
        cwd=root,
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join((str(root), str(root / "lambda"))),
            "TMPDIR": str(tmp_path),  # who is killed does not clean up
        },
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    yield process
    process.kill()
    process.communicate()


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_it_does_not_outlive_the_tests(tests_of_its_own: "subprocess.Popen[str]", how: signal.Signals) -> None:
    assert tests_of_its_own.stdout is not None
    pid = int(tests_of_its_own.stdout.readline())
    assert _alive(pid)
    tests_of_its_own.send_signal(how)
    tests_of_its_own.wait()
    deadline = os.pidfd_open(pid) if _alive(pid) else None
    if deadline is not None:  # killed by the kernel, a moment after its parent
        _await_end(deadline)
    assert not _alive(pid)


def _await_end(process: int) -> None:
    import select

    select.select([process], [], [], 10)
    os.close(process)
