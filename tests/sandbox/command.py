"""Runs a command to its end, shows what it prints, and leaves none of its processes behind."""

import os
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import Final

_GRACE_S: Final = 5


class CommandError(RuntimeError):
    """A command ended with an error. The message holds all that it printed."""


def run(
    command: Sequence[str],
    *,
    environment: Mapping[str, str],
    folder: Path,
    progress: Callable[[str], None] | None = None,
) -> str:
    """Runs the command with exactly this environment, and returns what it printed.

    `progress` gets each line as it comes. An interruption (Ctrl-C) ends the command and all that it started. Raises
    CommandError when it ends with another status than 0.
    """
    lines: list[str] = []
    process: subprocess.Popen[str] | None = None
    try:
        with _interruption_held_back():
            process = subprocess.Popen(
                command,
                cwd=folder,
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                errors="replace",
                start_new_session=True,  # a group of its own, to be ended as one
            )
        assert process.stdout is not None
        for line in process.stdout:
            lines.append(line)
            if progress is not None:
                progress(line.rstrip("\n"))
        status = process.wait()
    except BaseException:
        if process is not None:
            _end(process)
        raise
    if status != 0:
        raise CommandError(f"{' '.join(command)} ended with status {status}:\n{''.join(lines)}")
    return "".join(lines)


@contextmanager
def _interruption_held_back() -> Iterator[None]:
    """Ctrl-C while a process is being made would leave it running, unknown to anybody: it comes right after."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[tuple[int, FrameType | None]] = []
    usual = signal.signal(signal.SIGINT, lambda number, frame: came.append((number, frame)))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, usual)
    if came and callable(usual):
        usual(*came[0])


def _end(process: subprocess.Popen[str]) -> None:
    """Ends the whole group: with a request first, then without asking."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    with suppress(subprocess.TimeoutExpired):
        process.wait(_GRACE_S)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
