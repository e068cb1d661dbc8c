"""Faults that a test scripts: which calls they strike, and what those calls meet."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fnmatch import fnmatchcase
from threading import Event, Lock
from typing import Final, Literal

from tests.sandbox.aws.calls import Call

Kind = Literal[
    "refuse",
    "drop",
    "drop_answer",
    "hang",
    "hang_answer",
    "fail",
    "fail_answer",
    "slow",
]
"""What a struck call meets. The first word says what happens; `_answer`: the call was applied all the same.

- `refuse`: an error answer (`code`, `status`); nothing is applied.
- `drop`, `drop_answer`: the connection is cut without an answer.
- `hang`, `hang_answer`: no answer until `clear` or the end, longer than any client waits.
- `fail`, `fail_answer`: a 5xx answer (`code`, `status`).
- `slow`: the right answer, after `seconds`.
"""

_DEFAULTS: Final = {
    "refuse": (400, "AccessDenied"),
    "fail": (500, "InternalError"),
    "fail_answer": (500, "InternalError"),
}


@dataclass(frozen=True, slots=True)
class Fault:
    """One scripted fault. `*`, `?` and `[…]` are wildcards in what it matches."""

    kind: Kind
    service: str = "*"
    """As boto3 names it."""
    operation: str = "*"
    key: str = "*"
    """An S3 key, a secret's id, a CloudWatch namespace; see `Call.key`."""
    role: str = "*"
    """Name of the calling role; `?*` strikes the deployed functions only, not the test's own clients."""
    times: int | None = 1
    """How many calls it strikes; None: all, until it is removed."""
    code: str = ""
    """AWS error code. Default: AccessDenied for `refuse`, InternalError for `fail`."""
    status: int = 0
    """HTTP status. Default: 400 (403 for AccessDenied), or 500."""
    message: str = "scripted by the sandbox"
    seconds: float = 0.0
    """How long `slow` waits."""
    meanwhile: Callable[[], None] | None = None
    """What happens while the caller waits for the answer that `drop` or `drop_answer` will not give: its process is
    killed, say, before the call is applied or after."""

    def matches(self, call: Call) -> bool:
        """Whether this call is one that the fault strikes."""
        return (
            fnmatchcase(call.service, self.service)
            and fnmatchcase(call.operation, self.operation)
            and fnmatchcase(call.key, self.key)
            and fnmatchcase(call.role or "", self.role)
        )

    def error(self) -> tuple[int, str]:
        """Status and code of the error answer."""
        status, code = _DEFAULTS.get(self.kind, (400, "AccessDenied"))
        code = self.code or code
        return self.status or (403 if code.startswith("AccessDenied") else status), code


class Faults:
    """The faults in force, in the order in which they were added: the first that matches strikes."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._left: list[tuple[Fault, int | None]] = []
        self._release = Event()

    def add(self, *faults: Fault) -> None:
        """Puts these in force until each has struck its number of times."""
        with self._lock:
            self._left.extend((fault, fault.times) for fault in faults)

    def remove(self, *faults: Fault) -> None:
        """Takes these out of force."""
        with self._lock:
            self._left = [(fault, left) for fault, left in self._left if fault not in faults]

    @contextmanager
    def active(self, *faults: Fault) -> Iterator[None]:
        """These are in force within the `with` block."""
        self.add(*faults)
        try:
            yield
        finally:
            self.remove(*faults)

    def pending(self) -> tuple[Fault, ...]:
        """The faults that still wait for a call; a test that expects them all to strike checks that it is empty."""
        with self._lock:
            return tuple(fault for fault, _ in self._left)

    def clear(self) -> None:
        """Takes all faults out of force and lets go of the calls that hang."""
        with self._lock:
            self._left.clear()
            self._release.set()
            self._release = Event()

    def strike(self, call: Call) -> tuple[Fault | None, Event]:
        """The fault that strikes this call, if any, and the event at which it would stop hanging."""
        with self._lock:
            for index, (fault, left) in enumerate(self._left):
                if fault.matches(call):
                    self._left[index : index + 1] = [] if left == 1 else [(fault, left and left - 1)]
                    return fault, self._release
            return None, self._release
