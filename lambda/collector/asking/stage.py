"""Some requests, a bounded number of threads, one moment at which it is over.

A retry waits in a queue, not in a thread, so that zones in trouble do not hold up the others. A thread that hangs is
left behind: the stage ends at its deadline whatever the threads do, and takes no result after that.
"""

import heapq
import itertools
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from collector.asking.lockout import LockoutGuard
from collector.asking.retry import RetryPolicy
from collector.cloudflare.attempt import Attempt
from collector.cloudflare.rate_limit import Pacer, SpareRequests
from collector.cloudflare.verdict import Kind
from collector.secret import Credential
from collector.sources import Request


@dataclass(slots=True)
class Task:
    """A request on its way through a run."""

    request: Request
    attempts: int = 0
    last: Attempt | None = None
    in_flight: bool = False


class End(StrEnum):
    """Why a stage ended."""

    DONE = "done"
    LIMITED = "limited"
    SUSPECT = "suspect"
    DEADLINE = "deadline"


Call = Callable[[Request, Credential, float], Attempt]
"""Ask once: request, credential, and when to give up (monotonic seconds)."""


@dataclass(slots=True)
class Stage:
    """One pass over some tasks with one credential."""

    call: Call
    credential: Credential
    guard: LockoutGuard
    spare: SpareRequests
    pacer: Pacer
    policy: RetryPolicy
    until: float
    """Monotonic seconds."""
    retries: bool = True
    monotonic: Callable[[], float] = time.monotonic
    _end: End | None = None
    _open: int = 0
    _queue: list[tuple[float, int, Task]] = field(default_factory=list)
    _order: "itertools.count[int]" = field(default_factory=itertools.count)
    _changed: threading.Condition = field(default_factory=threading.Condition)

    def run(self, tasks: Sequence[Task], width: int) -> End:
        """Send every task, `width` at a time, and again what is worth it. What was not sent has `last` None."""
        self._open = len(tasks)
        for task in tasks:
            self._push(task, 0.0)
        for _ in range(min(width, len(tasks))):
            threading.Thread(target=self._work, daemon=True).start()
        with self._changed:
            while self._end is None and self._open:
                left = self.until - self.monotonic()
                if left <= 0:
                    break
                self._changed.wait(left)
            if self._end is None:
                self._end = End.DEADLINE if self._open else End.DONE
            self._await_in_flight(tasks)
            self._changed.notify_all()
            return self._end

    def _await_in_flight(self, tasks: Sequence[Task]) -> None:
        """Requests that are on their way when sending stops still bring their minute, if they come in time."""
        while any(task.in_flight for task in tasks) and (left := self.until - self.monotonic()) > 0:
            self._changed.wait(left)
        self.until = 0.0

    def _work(self) -> None:
        while (task := self._next()) is not None:
            self.pacer.wait()
            with self._changed:
                if self._end is not None:
                    task.in_flight = False
                    self._changed.notify_all()
                    return
                task.attempts += 1
                task.last = None
                until = self.until
            attempt = self.call(task.request, self.credential, until)
            with self._changed:
                if self.until == 0.0:
                    return
                task.in_flight = False
                task.last = attempt
                again = self._judge(task, attempt)
                if again or self._end is not None or not self._open:
                    # Nobody waits for anything else. To wake all for every answer costs as much as reading it.
                    self._changed.notify_all()

    def _next(self) -> Task | None:
        with self._changed:
            while self._end is None and self._open:
                wait = self._queue[0][0] - self.monotonic() if self._queue else None
                if wait is not None and wait <= 0:
                    task = heapq.heappop(self._queue)[2]
                    task.in_flight = True
                    return task
                self._changed.wait(wait)
            return None

    def _judge(self, task: Task, attempt: Attempt) -> bool:
        """Take note of an attempt; true when its task is in the queue again."""
        if self.guard.saw(attempt):
            self._end = self._end or End.SUSPECT
        left = self.until - self.monotonic()
        if attempt.kind is Kind.LIMITED or (attempt.rate_limit and attempt.rate_limit.used_up(left)):
            self._end = End.LIMITED
        if attempt.kind is Kind.TRANSIENT and self.retries and self._end is None:
            delay = self.policy.delay(task.attempts, attempt.retry_after_s, left)
            if delay is not None and self.spare.take():
                self._push(task, self.monotonic() + delay)
                return True
        self._open -= 1
        return False

    def _push(self, task: Task, ready_at: float) -> None:
        heapq.heappush(self._queue, (ready_at, next(self._order), task))
