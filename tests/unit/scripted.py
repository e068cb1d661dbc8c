"""A Cloudflare and a Secrets Manager that do as a test says, and a round of polls against them."""

import threading
import time
from collections import Counter
from collections.abc import Callable
from datetime import datetime

from cloudflare_api.credential import Credential
from cloudflare_api.rate_limit import Pacer, RequestBudget
from cloudflare_api.usage import Attempt
from collector.credentials import Credentials
from collector.poller import AppLists, LockoutGuard, Poller, PollerResult, RequestBatch, SourceState, Task
from collector.retry import RetryPolicy
from contract.sources import Request, Source
from tests.unit.examples import MINUTE, TOKEN, credential, logger

AT_ONCE = RetryPolicy(uniform=lambda _low, _high: 0.0)
"""Retries without a wait."""


def held(gate: threading.Event, attempt: Attempt) -> Attempt:
    """An answer that hangs until the gate opens."""
    gate.wait(30)
    return attempt


def unpaced() -> Pacer:
    """A pacer that nobody waits for."""
    return Pacer(sleep=lambda _seconds: None)


class Script:
    """Answers in Cloudflare's place, and remembers what it was asked, in order."""

    def __init__(self, answer: Callable[[int, str, int], Attempt]) -> None:
        """`answer` gets the zone's number, the token, and how many requests for this zone came before."""
        self.calls: list[tuple[int, str]] = []
        self.brought: list[Attempt] = []
        self._answer = answer
        self._before: Counter[Request] = Counter()
        self._lock = threading.Lock()

    def __call__(self, request: Request, used: Credential, _until: float) -> Attempt:
        """One request."""
        number = int(request.zone.id, 16)
        with self._lock:
            before = self._before[request]
            self._before[request] += 1
            self.calls.append((number, used.secrets[0]))
        attempt = self._answer(number, used.secrets[0], before)
        with self._lock:
            self.brought.append(attempt)
        return attempt

    @property
    def asked(self) -> list[int]:
        """The numbers of the zones that were asked for, in order."""
        return [number for number, _ in self.calls]


class Shelf:
    """Secrets Manager: holds one text, and may be rotated or be down."""

    def __init__(self, text: object = TOKEN, fresh: object = None) -> None:
        self.fetched_afresh = 0
        self.failure: Exception | None = None
        self._cached = text
        self._fresh = text if fresh is None else fresh

    def put(self, text: object) -> None:
        """Replace the text, for everybody at once."""
        self._cached = self._fresh = text

    def get(self, name: str, max_age: int, transform: None, force_fetch: bool) -> object:
        """As Powertools' SecretsProvider: cached unless fetched afresh."""
        assert (name, transform) == ("spectrum/main", None)
        assert max_age > 0
        if self.failure:
            raise self.failure
        if force_fetch:
            self.fetched_afresh += 1
            self._cached = self._fresh
        return self._cached


def ask(
    source: Source,
    script: Script,
    *,
    memory: SourceState | None = None,
    shelf: Shelf | None = None,
    spare: RequestBudget | None = None,
    minute: datetime = MINUTE,
    run_s: float = 30.0,
    lists: Callable[[], AppLists] = dict,
) -> PollerResult:
    """One run's round of polls."""
    return Poller(
        source=source,
        minute=minute,
        memory=memory or SourceState(),
        credentials=Credentials(shelf or Shelf(), logger()[0]),
        call=script,
        spare=spare or RequestBudget(source.spare_requests),
        until=time.monotonic() + run_s,
        lists=lists,
        policy=AT_ONCE,
        pacer=unpaced(),
    ).run()


def warm(*, token: str = TOKEN, good: bool = True) -> SourceState:
    """What a run with this token left behind."""
    return SourceState(good=good, credential=credential(token))


def stage(script: Script, *, guard: LockoutGuard | None = None, spare: int = 20, run_s: float = 30.0) -> RequestBatch:
    """One pass over some tasks."""
    return RequestBatch(
        call=script,
        credential=credential(),
        guard=guard or LockoutGuard(worked_last_run=True),
        spare=RequestBudget(spare),
        pacer=unpaced(),
        policy=AT_ONCE,
        until=time.monotonic() + run_s,
    )


def tasks(source: Source) -> list[Task]:
    """The requests of a minute, on their way."""
    return [Task(request) for request in source.requests]
