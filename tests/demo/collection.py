"""The minutes pass: the deployed schedule's events arrive, the deployed function runs, the troubles come and go."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime

from contract.raw import Outcome
from tests.demo.night import MINUTE, MISHAPS, Night
from tests.demo.script import TROUBLES
from tests.demo.trouble import Trouble
from tests.sandbox.sandbox import Sandbox
from tests.sandbox.schedule.asynchronous import Processed
from tests.sandbox.schedule.scheduler import deliveries


@dataclass(frozen=True, slots=True)
class Tally:
    """How far the collection has come. A line is one minute of one zone."""

    at: datetime
    """Simulated time."""
    events: int = 0
    known: int = 0
    unknown: int = 0
    duplicates: int = 0
    troubles: tuple[Trouble, ...] = ()
    """Those under way."""


class Collection:
    """One night, event by event."""

    def __init__(self, sandbox: Sandbox, night: Night) -> None:
        self._sandbox = sandbox
        self._night = night
        first, end = night.begin + MINUTE, night.end + MINUTE
        polls = deliveries(sandbox.polling_schedules, first, end, MISHAPS)
        compactions = deliveries([sandbox.compaction_schedule], first, end)
        self._deliveries = tuple(sorted((*polls, *compactions), key=lambda delivery: delivery.at))
        self._ahead = list(TROUBLES)
        self._now: dict[Trouble, AbstractContextManager[None]] = {}
        self._events = self._known = self._unknown = self._duplicates = 0

    def __len__(self) -> int:
        """How many events arrive."""
        return len(self._deliveries)

    def __iter__(self) -> Iterator[Tally]:
        """Let the night pass; yields before and after each event."""
        for delivery in self._deliveries:
            minute = delivery.scheduled_time - MINUTE
            self._change_scene(minute)
            yield self._tally(delivery.at)
            delivered = self._sandbox.hand_over(delivery)
            self._events += 1
            if delivered.processed is not None and delivery.schedule != self._sandbox.compaction_schedule:
                self._count(delivered.processed, minute)
            yield self._tally(delivery.at)
        self._change_scene(self._night.end)

    def _change_scene(self, minute: datetime) -> None:
        """End what was over before this minute, and begin what begins with it."""
        for trouble in [each for each in self._now if self._night.at(each.last) < minute]:
            self._now.pop(trouble).__exit__(None, None, None)
        for trouble in [each for each in self._ahead if self._night.at(each.first) <= minute]:
            self._ahead.remove(trouble)
            first, last = self._night.at(trouble.first), self._night.at(trouble.last)
            scene = trouble.scene(self._sandbox, first, last)
            scene.__enter__()
            self._now[trouble] = scene

    def _count(self, processed: Processed, minute: datetime) -> None:
        invocation = processed.invocations[-1]
        summary = invocation.outcome.payload
        if not invocation.ok:
            outcomes = [row["outcome"] for row in self._sandbox.rows(f"{minute:%Y-%m-%dT%H:%M}")]
            known = outcomes.count(Outcome.COLLECTED)
            summary = {Outcome.COLLECTED: known, Outcome.FAILED: len(outcomes) - known, Outcome.SKIPPED: 0}
        if "duplicate_of" in summary:
            self._duplicates += 1
            return
        self._known += summary[Outcome.COLLECTED]
        self._unknown += summary[Outcome.FAILED] + summary[Outcome.SKIPPED]

    def _tally(self, at: datetime) -> Tally:
        return Tally(at, self._events, self._known, self._unknown, self._duplicates, tuple(self._now))
