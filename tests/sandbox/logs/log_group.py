"""The function's log group: takes an invocation's lines to CloudWatch Logs, as Lambda does.

PutLogEvents takes events of 1 MB since April 2025, but a longer line than 256 KB from a Lambda function is still cut
into several events, which are not JSON any more. Such a line is cut here too, and recorded as a violation.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from tests.sandbox.function.deployment import Deployment
from tests.sandbox.function.invocation import Invocation
from tests.sandbox.logs.log_level import reaches_the_log
from tests.sandbox.logs.platform_events import report_line, start_line

if TYPE_CHECKING:
    from types_boto3_logs import CloudWatchLogsClient

_EVENT_OVERHEAD_BYTES: Final = 26
"""What CloudWatch Logs adds to each event's size when it applies its limits."""
MAX_LINE_BYTES: Final = 256 * 1024 - _EVENT_OVERHEAD_BYTES
_MAX_BATCH_BYTES: Final = 1_048_576
_MAX_BATCH_EVENTS: Final = 10_000


@dataclass(frozen=True, slots=True)
class LogViolation:
    """A line that did not reach the log group whole."""

    request_id: str
    reason: str
    line_start: str
    """Its first 200 characters."""


class LogGroup:
    """One function's log group. What does not fit stands in `violations`, which tests assert to be empty."""

    def __init__(self, deployment: Deployment, logs: "CloudWatchLogsClient") -> None:
        """Write to the deployed log group. Raises ValueError for a function that was not deployed with JSON logs."""
        if deployment.log_format != "JSON":
            raise ValueError(f"{deployment.name}: the sandbox writes JSON logs; deploy it with LogFormat JSON")
        self._deployment = deployment
        self._logs = logs
        self._streams: set[str] = set()
        self.violations: list[LogViolation] = []

    def write(self, invocation: Invocation) -> tuple[str, ...]:
        """Send an invocation's lines, between Lambda's own; returns the function's lines that reached the log whole.

        Raises CloudWatch Logs' ResourceNotFoundException when the log group was not deployed.
        """
        passed = [line for line in invocation.log if reaches_the_log(line, self._deployment.application_log_level)]
        around = (start_line(invocation, self._deployment), *passed, report_line(invocation, self._deployment))
        messages = [part for line in around if line is not None for part in self._fitting(line, invocation)]
        if invocation.log_stream not in self._streams:
            self._logs.create_log_stream(logGroupName=self._deployment.log_group, logStreamName=invocation.log_stream)
            self._streams.add(invocation.log_stream)
        timestamp = int(invocation.at.timestamp() * 1000)
        for batch in _batches(messages):
            events: Any = [{"timestamp": timestamp, "message": message} for message in batch]
            answer = self._logs.put_log_events(
                logGroupName=self._deployment.log_group, logStreamName=invocation.log_stream, logEvents=events
            )
            if rejected := answer.get("rejectedLogEventsInfo"):
                reason = f"{len(batch)} events at {invocation.at:%Y-%m-%dT%H:%M:%SZ} were rejected: {rejected}"
                self.violations.append(LogViolation(invocation.request_id, reason, batch[0][:200]))
        return tuple(line for line in passed if len(line.encode()) <= MAX_LINE_BYTES)

    def clear(self) -> None:
        """Forget what was written, and the violations."""
        for stream in self._streams:
            self._logs.delete_log_stream(logGroupName=self._deployment.log_group, logStreamName=stream)
        self._streams.clear()
        self.violations.clear()

    def _fitting(self, line: str, invocation: Invocation) -> Iterator[str]:
        encoded = line.encode()
        if len(encoded) > MAX_LINE_BYTES:
            reason = f"a line of {len(encoded)} bytes was cut at {MAX_LINE_BYTES}"
            self.violations.append(LogViolation(invocation.request_id, reason, line[:200]))
        for start in range(0, len(encoded), MAX_LINE_BYTES):
            yield encoded[start : start + MAX_LINE_BYTES].decode(errors="replace")


def _batches(messages: list[str]) -> Iterator[list[str]]:
    batch: list[str] = []
    size = 0
    for message in messages:
        message_size = len(message.encode()) + _EVENT_OVERHEAD_BYTES
        if batch and (size + message_size > _MAX_BATCH_BYTES or len(batch) == _MAX_BATCH_EVENTS):
            yield batch
            batch, size = [], 0
        batch.append(message)
        size += message_size
    if batch:
        yield batch
