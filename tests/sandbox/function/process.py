"""The function's process: started bare, read without waiting, killed with all its children, never left behind."""

import contextlib
import os
import signal
import subprocess
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from tests.sandbox.function.process_output import ProcessOutput
from tests.sandbox.function.python_runtime import python_runtime

# The kernel kills the processes when the *thread* that started them ends. This one lasts as long as the sandbox.
_SPAWNER: Final = ThreadPoolExecutor(max_workers=1, thread_name_prefix="lambda-spawner")


class FunctionProcess:
    """One run of `python -m awslambdaric HANDLER`, in a process group of its own: Ctrl-C does not reach it."""

    def __init__(
        self, handler: str, variables: Mapping[str, str], task_root: Path, on_exit: Callable[[], None]
    ) -> None:
        """Start it with exactly these variables; `on_exit` is called, on a thread of its own, when it has ended."""
        self._process = _SPAWNER.submit(_start, handler, variables, task_root).result()
        assert self._process.stdout is not None
        self.output = ProcessOutput(self._process.stdout)
        self._max_memory_mb: int | None = None
        self._on_exit = on_exit
        self._exited = threading.Event()
        threading.Thread(target=self._await_exit, name="lambda-reaper", daemon=True).start()

    @property
    def alive(self) -> bool:
        """It has not ended."""
        return not self._exited.is_set()

    @property
    def exit_status(self) -> int:
        """As `subprocess` gives it, negative for a signal. Only once it has ended."""
        return int(self._process.returncode)

    @property
    def max_memory_mb(self) -> int | None:
        """Most memory that it has held, in MB rounded up; null when it ended before anybody asked."""
        self._read_memory()
        return self._max_memory_mb

    @property
    def cpu_s(self) -> float | None:
        """Processor time that it has used since it started, user and system; null when it has ended."""
        return _processor_s(self._process.pid) if self.alive else None

    def kill(self) -> None:
        """Kill it and its children, from any thread, and wait until it has ended."""
        self._read_memory()
        if self.alive:
            with contextlib.suppress(ProcessLookupError):  # It has ended by itself just now.
                os.killpg(self._process.pid, signal.SIGKILL)
        self._exited.wait()

    def _read_memory(self) -> None:
        if self.alive:
            self._max_memory_mb = _high_water_mark_mb(self._process.pid) or self._max_memory_mb

    def _await_exit(self) -> None:
        self._process.wait()
        self._on_exit()
        self._exited.set()


def _start(handler: str, variables: Mapping[str, str], task_root: Path) -> "subprocess.Popen[bytes]":
    runtime = python_runtime()
    environment = {**variables, "SANDBOX_PARENT": str(os.getpid())}
    # The working directory comes first on the module path, as /var/task does; nothing is compiled into it.
    return subprocess.Popen(
        [runtime.interpreter, "-X", f"pycache_prefix={runtime.compiled}", "-m", "awslambdaric", handler],
        cwd=task_root,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        process_group=0,
    )


def _high_water_mark_mb(pid: int) -> int | None:
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    for line in status.splitlines():
        if line.startswith("VmHWM:"):
            return -(-int(line.split()[1]) // 1024)
    return None


def _processor_s(pid: int) -> float | None:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
