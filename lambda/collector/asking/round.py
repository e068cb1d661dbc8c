"""Every zone of the minute: a canary first when there is doubt, then all in parallel, and an outcome for each.

After a run that was not good, and in a new process, one zone goes ahead, then up to two more: a refused credential
costs three requests, and one a minute while it stays the same; a used-up rate limit one. Who was in trouble goes last.
"""

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from collector.asking.lockout import CANARIES, LockoutGuard
from collector.asking.outcome import Asked, Memory, RoundResult
from collector.asking.retry import MOST_ATTEMPTS, RetryPolicy
from collector.asking.stage import Call, End, Stage, Task
from collector.cloudflare.rate_limit import Pacer, SpareRequests
from collector.cloudflare.verdict import Kind
from collector.errors import SecretInvalid, SecretUnavailable
from collector.secret import Credentials
from collector.sources import Source
from contract.raw import Reason

WIDTH: Final = 16
"""Requests under way at once."""

CANARY_S: Final = 5.0
"""A canary that takes longer says nothing about the credential: the others go."""

AppLists = Mapping[str, Collection[str]]
"""Zone id -> ids of the applications that Cloudflare lists in it."""

_REFUSALS = (Kind.CREDENTIAL, Kind.AMBIGUOUS)


class Round:
    """One minute of one source."""

    def __init__(
        self,
        *,
        source: Source,
        minute: datetime,
        memory: Memory,
        credentials: Credentials,
        call: Call,
        spare: SpareRequests,
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
        """Asked for when answers are there: loading them takes time, and no poll waits for it."""
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

    def run(self) -> RoundResult:
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
        end = self._stage(retries=False, until=min(self._until, self._monotonic() + CANARY_S)).run([task], 1)
        if end is End.LIMITED:
            self._stop = Reason.RATE_LIMITED
        elif task.last and task.last.kind in _REFUSALS:
            self._refused.append(task)
            if not self._renewed():
                self._probes += 1
                most = 1 if self._credential == self._memory.refused else CANARIES
                if self._guard.hopeless or self._probes >= most or not self._pending:
                    self._stop = Reason.AUTH_LOCKOUT_GUARD
        else:
            self._probing = False
            if task.last is None or task.last.kind is Kind.TRANSIENT:
                self._send_again([task])

    def _rush(self) -> None:
        tasks, self._pending = self._pending, []
        before = [task.attempts for task in tasks]
        end = self._stage(retries=True, until=self._until).run(tasks, WIDTH)
        unsent = [task for task, attempts in zip(tasks, before, strict=True) if task.attempts == attempts]
        sent = [task for task, attempts in zip(tasks, before, strict=True) if task.attempts > attempts]
        self._refused += [task for task in sent if task.last and task.last.kind in _REFUSALS]
        if end is End.LIMITED:
            self._stop = Reason.RATE_LIMITED
        elif end is End.DEADLINE:
            self._stop = Reason.DEADLINE
        elif end is End.SUSPECT:
            self._pending = unsent
            self._send_again([task for task in sent if task.last and task.last.kind is Kind.TRANSIENT])
            if not self._renewed():
                self._probing, self._probes = True, 0
                if self._guard.hopeless:
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

    def _stage(self, *, retries: bool, until: float) -> Stage:
        return Stage(
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

    def _result(self) -> RoundResult:
        asked = tuple(self._outcome(task) for task in self._tasks.values())
        worked = self._guard.worked_in_this_run
        memory = Memory(
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
        return RoundResult(asked, memory, self._credential, refused, quiet=self._stop is not None)

    def _outcome(self, task: Task) -> Asked:
        if task.attempts == 0:
            return Asked(task.request, 0, None, self._stop or Reason.DEADLINE, _NOT_SENT[self._stop or Reason.DEADLINE])
        if task.last is None:
            return Asked(task.request, task.attempts, None, Reason.TIMEOUT, "no answer before the run's deadline")
        tripped = self._stop is Reason.AUTH_LOCKOUT_GUARD and not self._guard.worked_in_this_run
        if task.last.kind is Kind.AMBIGUOUS and (tripped or not self._guard.worked):
            return Asked(task.request, task.attempts, task.last, Reason.UNAUTHORIZED, _NOWHERE + str(task.last.message))
        return Asked(task.request, task.attempts, task.last, task.last.reason, task.last.message)

    def _nothing(self, reason: Reason, message: str) -> RoundResult:
        asked = tuple(Asked(request, 0, None, reason, message) for request in self._tasks)
        return RoundResult(asked, Memory(failed=self._memory.failed), None, refused=False, quiet=True)


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
