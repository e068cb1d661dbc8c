"""Somebody with a checkout and AWS credentials, at the end of the day: restores, replays, and asks the views."""

import io
import json
import os
from collections.abc import Callable, Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from time import monotonic
from unittest.mock import patch

from commands.replay.__main__ import main as replay
from commands.restore import main as restore
from tests.sandbox.aws.double import TESTER
from tests.sandbox.sandbox import Sandbox
from tests.soak.stack import SPECTRUM

Main = Callable[[Sequence[str], Callable[[], datetime]], int]


@dataclass(frozen=True, slots=True)
class Told:
    """What a command printed, and how it ended."""

    status: int
    said: str


class Operator:
    """Runs the commands in this process, at a simulated time."""

    def __init__(self, sandbox: Sandbox, folder: Path, first: datetime, last: datetime) -> None:
        """`first` and `last`: the minutes that are looked after."""
        self._sandbox = sandbox
        self._config = folder / "cdk.json"
        self._config.write_text(json.dumps({"context": {"spectrum": SPECTRUM}}))
        self._span = ("--from", f"{first:%Y-%m-%dT%H:%M}", "--to", f"{last:%Y-%m-%dT%H:%M}")
        nothing = str(folder / "none")
        self._environment = {
            "AWS_ENDPOINT_URL": sandbox.aws.endpoint_url,
            "AWS_REGION": sandbox.aws.region,
            "AWS_DEFAULT_REGION": sandbox.aws.region,
            "AWS_ACCESS_KEY_ID": TESTER,
            "AWS_SECRET_ACCESS_KEY": "-",
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": nothing,
            "AWS_SHARED_CREDENTIALS_FILE": nothing,
            "PATH": os.environ["PATH"],
        }

    def restore(self, at: datetime) -> Told:
        """`make restore` at this time."""
        return self._run(restore, self._span, at)

    def replay(self, at: datetime) -> Told:
        """`make replay` at this time, with the deployed configuration."""
        return self._run(replay, ("--config", str(self._config), *self._span), at)

    def _run(self, main: Main, arguments: Sequence[str], at: datetime) -> Told:
        self._sandbox._moved = (at, monotonic())
        printed = io.StringIO()
        with patch.dict(os.environ, self._environment, clear=True), redirect_stdout(printed), redirect_stderr(printed):
            status = main(arguments, lambda: at)
        return Told(status, printed.getvalue())
