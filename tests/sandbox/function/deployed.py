"""The deployed function, ready to be invoked: keeps warm environments and starts more when invocations overlap."""

import atexit
import tempfile
import threading
import uuid
from datetime import datetime
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Self
from zipfile import ZipFile

from tests.sandbox.function.deployment import Deployment
from tests.sandbox.function.environment_variables import Sandboxed, check_variables
from tests.sandbox.function.execution_environment import ExecutionEnvironment
from tests.sandbox.function.invocation import Invocation


class DeployedFunction:
    """Runs one deployed function as Lambda does. A context manager: nothing of it outlives the block."""

    def __init__(self, deployment: Deployment, sandboxed: Sandboxed) -> None:
        """Check what was deployed. The first event unpacks the code, read-only as /var/task is, and starts a process.

        Raises ValueError for what AWS would refuse: reserved variables, files that Lambda's user cannot read.
        """
        check_variables(deployment, sandboxed)
        _check_modes(deployment.code)
        self.deployment = deployment
        self._sandboxed = sandboxed
        self._lock = threading.Lock()
        self._idle: list[ExecutionEnvironment] = []
        self._busy: list[ExecutionEnvironment] = []
        atexit.register(self.close)

    @property
    def environments(self) -> tuple[ExecutionEnvironment, ...]:
        """The environments that there are now, idle and busy."""
        with self._lock:
            return (*self._idle, *self._busy)

    def invoke(self, event: str, at: datetime, *, request_id: str | None = None) -> Invocation:
        """Run the function on this event (JSON) with its clock at `at`, and wait for what comes of it.

        Uses an idle environment or starts one. May be called from several threads at once. Lambda keeps the request
        id when it tries an asynchronous event again; without one, a new id is made.
        """
        environment = self._take(at)
        try:
            invocation = environment.invoke(event.encode(), at, request_id or str(uuid.uuid4()))
        except BaseException:
            self._discard(environment)
            raise
        if environment.alive:
            with self._lock:
                self._busy.remove(environment)
                self._idle.append(environment)
        else:
            self._discard(environment)
        return invocation

    def recycle(self) -> None:
        """End the idle environments, so that the next invocation is a cold start."""
        with self._lock:
            idle, self._idle = self._idle, []
        for environment in idle:
            environment.close()

    def kill(self) -> None:
        """Kill every process now, from any thread: an invocation that runs ends as `Runtime.ExitError`."""
        for environment in self.environments:
            environment.kill()

    def close(self) -> None:
        """End everything."""
        atexit.unregister(self.close)
        self.kill()
        self.recycle()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def _take(self, at: datetime) -> ExecutionEnvironment:
        with self._lock:
            while self._idle:
                environment = self._idle.pop()
                if environment.alive:
                    self._busy.append(environment)
                    return environment
                environment.close()
            task = Path(_unpacked(self.deployment.code).name)
            environment = ExecutionEnvironment(self.deployment, self._sandboxed, task, at)
            self._busy.append(environment)
            return environment

    def _discard(self, environment: ExecutionEnvironment) -> None:
        environment.close()
        with self._lock:
            self._busy.remove(environment)


def _check_modes(code: bytes) -> None:
    """Raise ValueError for a file that Lambda's user, who is not its owner, could not read."""
    with ZipFile(BytesIO(code)) as zipped:
        for entry in zipped.infolist():
            mode = entry.external_attr >> 16 & 0o777
            if not mode & 0o004:
                raise ValueError(f"{entry.filename} has mode {mode:o} in the zip: Lambda cannot read it; give it 644")


@cache
def _unpacked(code: bytes) -> "tempfile.TemporaryDirectory[str]":
    """Unpack read-only, once for all that run this code, into a directory that goes when this process ends.

    At the same path Python finds what it compiled before, and a cold start is as quick as Lambda's own.
    """
    task = tempfile.TemporaryDirectory(prefix="lambda-task-")
    directory = Path(task.name)
    with ZipFile(BytesIO(code)) as zipped:
        zipped.extractall(directory)
    for path in (directory, *directory.rglob("*")):
        path.chmod(0o555 if path.is_dir() else 0o444)
    return task
