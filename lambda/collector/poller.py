"""Polls every zone of a source once: canary requests, threads, retries, and when to stop.

After a run with failures, and in a new process, one canary zone goes first, then up to two more: a refused credential
costs three requests, and one a minute while it stays the same; a used-up rate limit costs one. Zones that failed in the
previous run are polled last. A retry waits in a queue, not in a thread, so that failing zones do not delay the others.
Polling ends at the run's deadline whatever the threads do, and takes no result after that.

Cloudflare locks out a caller (code 10502) that goes on with a refused credential. A refusal may also concern one zone
only: what tells them apart is whether the same credential has worked for another zone.
"""

import heapq
import itertools
import threading
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from cloudflare_api.credential import Credential, SecretInvalid
from cloudflare_api.rate_limit import Pacer, RequestBudget
from cloudflare_api.response import LOCKED_OUT_CODE, Kind
from cloudflare_api.usage import Attempt
from collector.credentials import Credentials
from collector.errors import SecretUnavailable
from collector.retry import MOST_ATTEMPTS, RetryPolicy
from contract.raw import Reason
from contract.sources import Request, Source


@dataclass(frozen=True, slots=True)
class PollResult:
    """What became of one request: the last attempt, or why there was none."""

    request: Request
    attempts: int
    last: Attempt | None
    reason: Reason | None
    """None: collected."""
    message: str | None = None


@dataclass(frozen=True, slots=True)
class SourceState:
    """What a run leaves for the next one in the same process."""

    good: bool = False
    credential: Credential | None = None
    """The credential that worked."""
    failed: frozenset[Request] = frozenset()
    refused: Credential | None = None
    """The credential that was refused wherever it was tried: one request a minute shows whether it still is."""


@dataclass(frozen=True, slots=True)
class PollerResult:
    """All outcomes, in configured order."""

    asked: tuple[PollResult, ...]
    memory: SourceState
    credential: Credential | None
    refused: bool
    """Cloudflare refused the credential."""
    quiet: bool
    """Nothing more may be sent in this run: limited, refused, or out of time."""


CANARIES: Final = 3
"""So many zones, one after the other, must be refused before a run stops asking."""


class LockoutGuard:
    """Watches the refusals of one credential during one run. Not thread-safe: called under the batch's lock."""

    def __init__(self, *, worked_last_run: bool) -> None:
        self._worked_last_run = worked_last_run
        self._worked = False
        self._ambiguous = 0
        self._definite = 0
        self._locked_out = False

    @property
    def worked(self) -> bool:
        """The credential has been accepted for some zone, in this run or the last."""
        return self._worked or self._worked_last_run

    @property
    def worked_in_this_run(self) -> bool:
        """The credential has been accepted for some zone in this run."""
        return self._worked

    @property
    def should_stop(self) -> bool:
        """Cloudflare says that it has stopped listening, or goes on refusing what it accepted a moment ago."""
        return self._locked_out or self._definite >= CANARIES

    def record(self, attempt: Attempt) -> bool:
        """Take note of an attempt; true when sending must pause until the credential has been looked at."""
        if attempt.kind is Kind.GOOD:
            self._worked = True
        elif attempt.kind is Kind.CREDENTIAL:
            self._definite += 1
            self._locked_out |= attempt.error_code == LOCKED_OUT_CODE
            return True
        elif attempt.kind is Kind.AMBIGUOUS:
            self._ambiguous += 1
            return not self._worked and self._ambiguous >= CANARIES
        return False


@dataclass(slots=True)
class Task:
    """A request on its way through a run."""

    request: Request
    attempts: int = 0
    last: Attempt | None = None
    in_flight: bool = False


class BatchEnd(StrEnum):
    """Why a batch ended."""

    DONE = "done"
    LIMITED = "limited"
    SUSPECT = "suspect"
    DEADLINE = "deadline"


Call = Callable[[Request, Credential, float], Attempt]
"""Ask once: request, credential, and when to give up (monotonic seconds)."""


@dataclass(slots=True)
class RequestBatch:
    """One pass over some tasks with one credential."""

    call: Call
    credential: Credential
    guard: LockoutGuard
    spare: RequestBudget
    pacer: Pacer
    policy: RetryPolicy
    until: float
    """Monotonic seconds."""
    retries: bool = True
    monotonic: Callable[[], float] = time.monotonic
    _end: BatchEnd | None = None
    _open: int = 0
    _queue: list[tuple[float, int, Task]] = field(default_factory=list)
    _order: "itertools.count[int]" = field(default_factory=itertools.count)
    _changed: threading.Condition = field(default_factory=threading.Condition)

    def run(self, tasks: Sequence[Task], width: int) -> BatchEnd:
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
                self._end = BatchEnd.DEADLINE if self._open else BatchEnd.DONE
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
        if self.guard.record(attempt):
            self._end = self._end or BatchEnd.SUSPECT
        left = self.until - self.monotonic()
        if attempt.kind is Kind.LIMITED or (attempt.rate_limit and attempt.rate_limit.used_up(left)):
            self._end = BatchEnd.LIMITED
        if attempt.kind is Kind.TRANSIENT and self.retries and self._end is None:
            delay = self.policy.delay(task.attempts, attempt.retry_after_s, left)
            if delay is not None and self.spare.take():
                self._push(task, self.monotonic() + delay)
                return True
        self._open -= 1
        return False

    def _push(self, task: Task, ready_at: float) -> None:
        heapq.heappush(self._queue, (ready_at, next(self._order), task))


MAX_CONCURRENCY: Final = 16
"""Requests under way at once."""

CANARY_S: Final = 5.0
"""A canary that takes longer says nothing about the credential: the others go."""

AppLists = Mapping[str, Collection[str]]
"""Zone id -> ids of the applications that Cloudflare lists in it."""

_REFUSALS = (Kind.CREDENTIAL, Kind.AMBIGUOUS)


class Poller:
    """One minute of one source."""

    def __init__(
        self,
        *,
        source: Source,
        minute: datetime,
        memory: SourceState,
        credentials: Credentials,
        call: Call,
        spare: RequestBudget,
        until: float,
        lists: Callable[[], AppLists] = dict,
        policy: RetryPolicy | None = None,
        pacer: Pacer | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._source = source
        self._memory = memory
        self._credentials = credentials
        self._call = call
        self._spare = spare
        self._until = until
        self._lists = lists
        """PollResult for when answers are there: loading them takes time, and no poll waits for it."""
        self._policy = policy or RetryPolicy()
        self._pacer = pacer or Pacer()
        self._monotonic = monotonic
        self._tasks = {request: Task(request) for request in source.requests}
        self._pending = self._in_order(minute)
        self._refused: list[Task] = []
        self._probing = not memory.good
        self._probes = 0
        self._refreshed = False
        self._stop: Reason | None = None

    def run(self) -> PollerResult:
        """Ask for every zone. Never raises: what could not be asked has a reason."""
        try:
            self._credential = self._credentials.current(self._source.secret)
        except SecretUnavailable as error:
            return self._nothing(Reason.SECRET_UNAVAILABLE, str(error))
        except SecretInvalid as error:
            return self._nothing(Reason.SECRET_INVALID, str(error))
        self._guard = LockoutGuard(worked_last_run=self._credential == self._memory.credential)
        self._send_pending()
        while (others := self._take_out_other_zones_answers()) and self._stop is None:
            self._send_again(others)
            self._send_pending()
        return self._result()

    def _send_pending(self) -> None:
        while self._pending and self._stop is None:
            if self._monotonic() >= self._until:
                self._stop = Reason.DEADLINE
            elif self._probing:
                self._probe()
            else:
                self._rush()

    def _take_out_other_zones_answers(self) -> list[Task]:
        """The requests whose answer was another zone's: it becomes a failure, and may be asked for again."""
        answered = [(task, task.last) for task in self._tasks.values() if task.last and task.last.named]
        if not answered:
            return []
        faults = other_zones_answers([(task.request.zone.id, last.named) for task, last in answered], self._lists())
        taken_out = []
        for (task, last), fault in zip(answered, faults, strict=True):
            if fault and last.kind is Kind.GOOD:
                message = f"Cloudflare's answer cannot be used: {fault}"
                task.last = replace(last, kind=Kind.TRANSIENT, reason=Reason.BAD_RESPONSE, message=message, usage=())
                taken_out.append(task)
        return taken_out

    def _in_order(self, minute: datetime) -> list[Task]:
        tasks = list(self._tasks.values())
        # Begin elsewhere each minute: three zones that are always refused must not be the canaries for ever.
        turn = 0 if self._memory.good else int(minute.timestamp()) // 60 * CANARIES % max(1, len(tasks))
        return sorted(tasks[turn:] + tasks[:turn], key=lambda task: task.request in self._memory.failed)

    def _probe(self) -> None:
        task = self._pending.pop(0)
        end = self._batch(retries=False, until=min(self._until, self._monotonic() + CANARY_S)).run([task], 1)
        if end is BatchEnd.LIMITED:
            self._stop = Reason.RATE_LIMITED
        elif task.last and task.last.kind in _REFUSALS:
            self._refused.append(task)
            if not self._renewed():
                self._probes += 1
                most = 1 if self._credential == self._memory.refused else CANARIES
                if self._guard.should_stop or self._probes >= most or not self._pending:
                    self._stop = Reason.AUTH_LOCKOUT_GUARD
        else:
            self._probing = False
            if task.last is None or task.last.kind is Kind.TRANSIENT:
                self._send_again([task])

    def _rush(self) -> None:
        tasks, self._pending = self._pending, []
        before = [task.attempts for task in tasks]
        end = self._batch(retries=True, until=self._until).run(tasks, MAX_CONCURRENCY)
        unsent = [task for task, attempts in zip(tasks, before, strict=True) if task.attempts == attempts]
        sent = [task for task, attempts in zip(tasks, before, strict=True) if task.attempts > attempts]
        self._refused += [task for task in sent if task.last and task.last.kind in _REFUSALS]
        if end is BatchEnd.LIMITED:
            self._stop = Reason.RATE_LIMITED
        elif end is BatchEnd.DEADLINE:
            self._stop = Reason.DEADLINE
        elif end is BatchEnd.SUSPECT:
            self._pending = unsent
            self._send_again([task for task in sent if task.last and task.last.kind is Kind.TRANSIENT])
            if not self._renewed():
                self._probing, self._probes = True, 0
                if self._guard.should_stop:
                    self._stop = Reason.AUTH_LOCKOUT_GUARD
        elif self._refused and not self._guard.worked_in_this_run:
            self._renewed()

    def _renewed(self) -> bool:
        """Fetch the secret afresh, once a run; true when it has changed and the refused zones are asked again."""
        if self._refreshed:
            return False
        self._refreshed = True
        try:
            fresh = self._credentials.afresh(self._source.secret)
        except (SecretUnavailable, SecretInvalid):
            return False
        if fresh == self._credential:
            return False
        self._credential = fresh
        self._guard = LockoutGuard(worked_last_run=False)
        self._probing, self._probes = True, 0
        refused, self._refused = self._refused, []
        self._send_again(refused)
        return True

    def _send_again(self, tasks: list[Task]) -> None:
        worth = [task for task in tasks if task.attempts < MOST_ATTEMPTS and self._spare.take()]
        self._pending = worth + self._pending

    def _batch(self, *, retries: bool, until: float) -> RequestBatch:
        return RequestBatch(
            call=self._call,
            credential=self._credential,
            guard=self._guard,
            spare=self._spare,
            pacer=self._pacer,
            policy=self._policy,
            until=until,
            retries=retries,
            monotonic=self._monotonic,
        )

    def _result(self) -> PollerResult:
        asked = tuple(self._outcome(task) for task in self._tasks.values())
        worked = self._guard.worked_in_this_run
        memory = SourceState(
            good=worked and self._stop not in (Reason.RATE_LIMITED, Reason.AUTH_LOCKOUT_GUARD),
            credential=self._credential if worked else None,
            refused=self._credential if self._stop is Reason.AUTH_LOCKOUT_GUARD else None,
            failed=frozenset(
                outcome.request
                for outcome in asked
                if outcome.reason and (outcome.attempts or outcome.request in self._memory.failed)
            ),
        )
        refused = any(outcome.reason is Reason.UNAUTHORIZED for outcome in asked)
        return PollerResult(asked, memory, self._credential, refused, quiet=self._stop is not None)

    def _outcome(self, task: Task) -> PollResult:
        if task.attempts == 0:
            return PollResult(
                task.request, 0, None, self._stop or Reason.DEADLINE, _NOT_SENT[self._stop or Reason.DEADLINE]
            )
        if task.last is None:
            return PollResult(task.request, task.attempts, None, Reason.TIMEOUT, "no answer before the run's deadline")
        tripped = self._stop is Reason.AUTH_LOCKOUT_GUARD and not self._guard.worked_in_this_run
        if task.last.kind is Kind.AMBIGUOUS and (tripped or not self._guard.worked):
            return PollResult(
                task.request, task.attempts, task.last, Reason.UNAUTHORIZED, _NOWHERE + str(task.last.message)
            )
        return PollResult(task.request, task.attempts, task.last, task.last.reason, task.last.message)

    def _nothing(self, reason: Reason, message: str) -> PollerResult:
        asked = tuple(PollResult(request, 0, None, reason, message) for request in self._tasks)
        return PollerResult(asked, SourceState(failed=self._memory.failed), None, refused=False, quiet=True)


def other_zones_answers(answers: Sequence[tuple[str, frozenset[str]]], lists: AppLists) -> list[str | None]:
    """What is wrong with each answer (zone id, application ids) that is another zone's; None for the others.

    An application is in one zone, and its id is unique in Cloudflare. So an id that is listed in other zones only makes
    it another zone's answer. Of two zones that answer with one id, and that are listed with it both or not at all,
    nobody knows which is right: neither answer counts.
    """
    named: dict[str, set[str]] = {}
    for zone_id, app_ids in answers:
        named.setdefault(zone_id, set()).update(app_ids)
    seen: set[str] = set()
    twice: set[str] = set()
    unlisted: set[str] = set()
    for zone_id, zone_ids in named.items():
        twice |= seen & zone_ids
        seen |= zone_ids
        unlisted |= zone_ids.difference(lists.get(zone_id, ()))
    owners, claimants = _zones_by_app(lists, twice | unlisted), _zones_by_app(named, twice)

    def fault(zone_id: str, app_id: str) -> str | None:
        listed, claimed = owners.get(app_id, set()), claimants.get(app_id, set())
        if listed and zone_id not in listed:
            return f"zone {zone_id} was answered with application {app_id}, which is listed in zone {min(listed)}"
        if rivals := claimed & (listed or claimed) - {zone_id}:
            return f"zones {zone_id} and {min(rivals)} were both answered with application {app_id} of one of them"
        return None

    doubtful = twice | owners.keys()
    return [
        next(filter(None, (fault(zone_id, app_id) for app_id in sorted(app_ids & doubtful))), None)
        for zone_id, app_ids in answers
    ]


def _zones_by_app(zones: AppLists, app_ids: set[str]) -> dict[str, set[str]]:
    """In which zones each of these applications stands."""
    found: dict[str, set[str]] = {}
    for zone_id, named in zones.items():
        for app_id in app_ids.intersection(named):
            found.setdefault(app_id, set()).add(zone_id)
    return found


_NOWHERE = "refused for every zone that was tried: put a valid token into the secret; if it is valid, "
_NOT_SENT = {
    Reason.RATE_LIMITED: "not sent: Cloudflare's rate limit was reached, and further calls would prolong the block",
    Reason.AUTH_LOCKOUT_GUARD: "not sent: the credential is refused, and going on would lock this caller out",
    Reason.DEADLINE: "not sent: the run's time was up",
}
