"""What came of one invocation: the answer or the error, the log, the time and the memory."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Self

TIMED_OUT: Final = "Sandbox.Timedout"
EXITED: Final = "Runtime.ExitError"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an invocation ended: the function's answer, or an error's type and message."""

    payload: Any
    """The decoded JSON that the caller gets: the handler's result, or the error's description."""
    error_type: str | None = None
    error_message: str | None = None

    @classmethod
    def answer(cls, body: bytes) -> Self:
        """The handler returned."""
        return cls(json.loads(body) if body else None)

    @classmethod
    def raised(cls, body: bytes) -> Self:
        """The handler raised, or its module could not be loaded."""
        payload = json.loads(body)
        return cls(payload, payload["errorType"], payload["errorMessage"])

    @classmethod
    def timed_out(cls, request_id: str, seconds: float) -> Self:
        """The deployed timeout passed, and Lambda killed the process."""
        return cls._ended(TIMED_OUT, f"RequestId: {request_id} Error: Task timed out after {seconds:.2f} seconds")

    @classmethod
    def exited(cls, request_id: str, status: int) -> Self:
        """The process ended before it answered; `status` as `subprocess` gives it, negative for a signal."""
        if status == 0:
            reason = "Runtime exited without providing a reason"
        elif status < 0:
            reason = f"Runtime exited with error: signal: {_SIGNALS.get(-status, str(-status))}"
        else:
            reason = f"Runtime exited with error: exit status {status}"
        return cls._ended(EXITED, f"RequestId: {request_id} Error: {reason}")

    @classmethod
    def _ended(cls, error_type: str, message: str) -> Self:
        return cls({"errorType": error_type, "errorMessage": message}, error_type, message)


# As Go's os.ProcessState words them; Lambda's supervisor is written in Go.
_SIGNALS: Final = {6: "aborted", 9: "killed", 11: "segmentation fault", 15: "terminated"}


@dataclass(frozen=True, slots=True)
class Invocation:
    """One run of the function. Times and durations of the process are real, `at` is simulated."""

    request_id: str
    at: datetime
    outcome: Outcome
    log: tuple[str, ...]
    """Every line that the process wrote to stdout and stderr, those of a cold start's imports first."""
    log_stream: str
    """Name of the execution environment's stream in the function's log group."""
    duration_ms: float
    init_ms: float | None
    """How long the imports took; null on a warm start."""
    max_memory_mb: int | None
    """Most memory that the process has held since it started; null when it ended before that could be read."""
    cpu_s: float | None = None
    """Processor time of the process, of this invocation alone but for a cold start's imports; null likewise."""

    @property
    def ok(self) -> bool:
        """The handler returned."""
        return self.outcome.error_type is None

    @property
    def cold(self) -> bool:
        """The process was started for this event."""
        return self.init_ms is not None

    @property
    def timed_out(self) -> bool:
        """Lambda killed the process at the deployed timeout."""
        return self.outcome.error_type == TIMED_OUT

    @property
    def killed(self) -> bool:
        """The process ended before it answered: killed from outside, out of memory, or crashed."""
        return self.outcome.error_type == EXITED
