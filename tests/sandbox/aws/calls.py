"""The AWS calls that were made: by whom, what each wanted, and what came of it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from threading import Lock
from typing import Any

from tests.sandbox.aws.permissions import Request


@dataclass(frozen=True, slots=True)
class Call:
    """One call, as it arrived and as it was answered."""

    number: int
    """1 for the first; calls that overlap are numbered as they arrived."""
    service: str
    """As boto3 names it: `s3`, `cloudwatch`."""
    operation: str
    """As the API names it: `PutObject`; `?` for a request that matches no operation."""
    key: str
    """What it is about: an S3 key, a secret's id, a CloudWatch namespace; empty for others."""
    parameters: Mapping[str, Any]
    """The call's parameters, as boto3 would take them, without an S3 body."""
    caller: str
    """Access key id."""
    role: str | None
    """Name of the deployed role whose credentials these are."""
    request: Request
    """What IAM is asked for it."""
    status: int | None = None
    """HTTP status of the answer; None when none was sent, or not yet."""
    error: str = ""
    """AWS's error code, when the answer was an error."""
    fault: str = ""
    """Kind of the scripted fault that struck this call."""

    @property
    def action(self) -> str:
        """The IAM action: `s3:PutObject`."""
        return self.request.action


class CallLog:
    """The calls so far, oldest first. Safe to read while calls are being made."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._calls: dict[int, Call] = {}
        self._last = 0
        self._forgotten = 0

    def __iter__(self) -> Iterator[Call]:
        with self._lock:
            return iter(tuple(self._calls[number] for number in sorted(self._calls)))

    def __len__(self) -> int:
        return len(self._calls)

    def of(self, operation: str = "", *, service: str = "", role: str = "") -> tuple[Call, ...]:
        """The calls of this operation, this service or this role's; all that are given must fit."""
        return tuple(
            call
            for call in self
            if operation in ("", call.operation) and service in ("", call.service) and role in ("", call.role or "-")
        )

    def next_number(self) -> int:
        """The number of the call that has just arrived."""
        with self._lock:
            self._last += 1
            return self._last

    def record(self, call: Call) -> None:
        """Keeps this call, in place of an earlier state of it; unless it is forgotten already."""
        with self._lock:
            if call.number > self._forgotten:
                self._calls[call.number] = call

    def clear(self) -> None:
        """Forgets every call, those under way too; numbers go on."""
        with self._lock:
            self._calls.clear()
            self._forgotten = self._last
