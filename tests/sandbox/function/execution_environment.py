"""One execution environment: one process that runs one invocation at a time, and what Lambda does to it.

Timings of the process are real: a time-out passes in real seconds, as the function's own do.
"""

import contextlib
import selectors
import socket
import tempfile
import threading
import uuid
from datetime import datetime
from pathlib import Path
from queue import Empty, SimpleQueue
from time import monotonic
from typing import Final

from tests.sandbox.function.deployment import Deployment
from tests.sandbox.function.environment_variables import Sandboxed, function_environment
from tests.sandbox.function.invocation import Invocation, Outcome
from tests.sandbox.function.process import FunctionProcess
from tests.sandbox.function.python_runtime import python_runtime
from tests.sandbox.function.runtime_api import Event, Report, RuntimeApi, Step

INIT_LIMIT_S: Final = 10.0
"""How long the bundle may take to load. Lambda then loads it again, within the timeout: here one load may take both, as
this machine may have other work, and Lambda's would not.

https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
"""


class ExecutionEnvironment:
    """One process of the function, started for its first event and kept warm for the next."""

    def __init__(self, deployment: Deployment, sandboxed: Sandboxed, task_root: Path, starts_at: datetime) -> None:
        """Start the process; its clock stands at `starts_at` until it takes the first event."""
        self._deployment = deployment
        self.log_stream = f"{starts_at:%Y/%m/%d}/[$LATEST]{uuid.uuid4().hex}"
        self._loaded = False
        self._in_use = threading.Lock()
        self._reports: SimpleQueue[Report] = SimpleQueue()
        self._woken, self._waker = socket.socketpair()
        self._api = RuntimeApi(self._notify)
        self._scratch = tempfile.TemporaryDirectory(prefix="lambda-tmp-")
        variables = function_environment(
            deployment,
            sandboxed,
            runtime_api=self._api.address,
            log_stream=self.log_stream,
            task_root=task_root,
            runtime_packages=python_runtime().packages,
            scratch=Path(self._scratch.name),
        )
        variables["SANDBOX_STARTS_AT"] = str(starts_at.timestamp())
        variables["SANDBOX_TIMEOUT_S"] = str(deployment.timeout_s)
        self._process = FunctionProcess(
            deployment.handler, variables, task_root, on_exit=lambda: self._notify(Report(Step.EXITED))
        )
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._woken, selectors.EVENT_READ)
        self._selector.register(self._process.output, selectors.EVENT_READ)

    @property
    def alive(self) -> bool:
        """The process runs and can take another event."""
        return self._process.alive

    def invoke(self, event: bytes, at: datetime, request_id: str) -> Invocation:
        """Run the function on this event at this (simulated) time, for at most the deployed timeout."""
        with self._in_use:
            began = taken = monotonic()
            cpu_before = (self._process.cpu_s or 0.0) if self._loaded else 0.0
            limit = began + self._deployment.timeout_s + (0 if self._loaded else INIT_LIMIT_S)
            init_ms = None
            outcome = None
            self._api.offer(self._event(event, at, request_id))
            while outcome is None:
                report = self._next_report(limit)
                if report is None:
                    self._process.kill()
                    outcome = Outcome.timed_out(request_id, limit - taken)
                elif report.step is Step.TOOK_EVENT:
                    taken = monotonic()
                    limit = taken + self._deployment.timeout_s
                    init_ms = None if self._loaded else (taken - began) * 1000
                    self._loaded = True
                elif report.step is Step.RESPONDED:
                    outcome = Outcome.answer(report.body)
                elif report.step is Step.EXITED:
                    self._process.kill()  # Its children, if any; and `alive` is false from here on.
                    outcome = Outcome.exited(request_id, self._process.exit_status)
                else:
                    outcome = Outcome.raised(report.body)
            ended = monotonic()
            if not self._loaded:  # It never took the event: all of the time went into loading.
                init_ms, taken = (ended - began) * 1000, ended
                self._process.kill()
            return Invocation(
                request_id=request_id,
                at=at,
                outcome=outcome,
                log=self._process.output.take_lines(),
                log_stream=self.log_stream,
                duration_ms=(ended - taken) * 1000,
                init_ms=init_ms,
                max_memory_mb=self._process.max_memory_mb,
                cpu_s=None if (cpu := self._process.cpu_s) is None else cpu - cpu_before,
            )

    def kill(self) -> None:
        """Kill the process now, from any thread, as Lambda does when memory runs out."""
        self._process.kill()

    def close(self) -> None:
        """End the process and let go of what it used."""
        self._process.kill()
        self._api.close()
        with self._in_use:
            self._selector.close()
            self._process.output.close()
            self._woken.close()
            self._waker.close()
            self._scratch.cleanup()

    def _event(self, payload: bytes, at: datetime, request_id: str) -> Event:
        deadline_ms = round((at.timestamp() + self._deployment.timeout_s) * 1000)
        trace = f"Root=1-{int(at.timestamp()):08x}-{uuid.uuid4().hex[:24]};Parent={uuid.uuid4().hex[:16]};Sampled=0"
        return Event(request_id, payload, self._deployment.arn, deadline_ms, trace)

    def _next_report(self, limit: float) -> Report | None:
        """Wait for the runtime's next step while its output is read; null when the limit passes first."""
        while True:
            try:
                return self._reports.get_nowait()
            except Empty:
                pass
            remaining = limit - monotonic()
            if remaining <= 0:
                return None
            for key, _ in self._selector.select(remaining):
                if key.fileobj is self._process.output:
                    self._process.output.read()
                    if self._process.output.ended:
                        self._selector.unregister(self._process.output)
                else:
                    self._woken.recv(64)

    def _notify(self, report: Report) -> None:
        self._reports.put(report)
        with contextlib.suppress(OSError):  # Closed: nobody waits any more.
            self._waker.send(b".")
