"""Somebody with a checkout and AWS credentials, who runs the project's commands some time after the minutes."""

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest

from commands.replay.__main__ import main as replay
from commands.restore import main as restore
from tests.end_to_end.stack import SPECTRUM
from tests.sandbox.aws.double import TESTER
from tests.sandbox.deploy import PROJECT
from tests.sandbox.kept import instant
from tests.sandbox.sandbox import Sandbox

Main = Callable[[Sequence[str], Callable[[], datetime]], int]


@dataclass(frozen=True, slots=True)
class Told:
    """What a command printed, and how it ended."""

    status: int
    said: str
    complained: str


class Operator:
    """Runs the commands in this process, at a simulated time."""

    def __init__(
        self,
        sandbox: Sandbox,
        folder: Path,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        self._sandbox = sandbox
        self._capsys = capsys
        self.config = folder / "cdk.json"
        self.config.write_text(json.dumps({"context": {"spectrum": SPECTRUM}}))
        self.environment = {
            "AWS_ENDPOINT_URL": sandbox.aws.endpoint_url,
            "AWS_REGION": sandbox.aws.region,
            "AWS_DEFAULT_REGION": sandbox.aws.region,
            "AWS_ACCESS_KEY_ID": TESTER,
            "AWS_SECRET_ACCESS_KEY": "-",
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": str(folder / "none"),
            "AWS_SHARED_CREDENTIALS_FILE": str(folder / "none"),
        }
        for name, value in self.environment.items():
            monkeypatch.setenv(name, value)
        for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN"):
            monkeypatch.delenv(name, raising=False)

    def restore(self, *arguments: str, at: str) -> Told:
        """`make restore` at this time."""
        return self._run(restore, arguments, at)

    def replay(self, *arguments: str, at: str) -> Told:
        """`make replay` at this time, with the deployed configuration unless told."""
        return self._run(replay, ("--config", str(self.config), *arguments), at)

    def _run(self, main: Main, arguments: Sequence[str], at: str) -> Told:
        now = instant(at)
        self._sandbox._moved = (now, time.monotonic())
        self._capsys.readouterr()
        status = main(arguments, lambda: now)
        printed = self._capsys.readouterr()
        return Told(status, printed.out, printed.err)


def module(name: str) -> tuple[str, ...]:
    """How make runs a command in a process of its own; with the project as folder, and `lambda` in PYTHONPATH."""
    return (str(PROJECT / ".venv/bin/python"), "-m", f"commands.{name}")
