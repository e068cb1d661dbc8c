"""Lets a plan's days pass in the sandbox, one event after the other, and notes what happened."""

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from tests.sandbox.aws import Fault as AwsFault
from tests.sandbox.cloudflare.record import Asked
from tests.sandbox.driven import EXECUTION_ID
from tests.sandbox.function.invocation import Invocation
from tests.sandbox.sandbox import Sandbox
from tests.sandbox.schedule.asynchronous import Processed
from tests.sandbox.schedule.delivery import THROTTLED, Deliverer, Refusal
from tests.sandbox.schedule.deployed_schedule import Schedule
from tests.sandbox.schedule.scheduler import Delivery as Delivered
from tests.soak.happened import CompactionRun, Delivery, Fate
from tests.soak.noting import noted
from tests.soak.script import Compaction, Event, Kill, Plan

_PATIENCE: Final = 3

Told = Callable[[datetime], None]
"""Gets the simulated time as it goes on."""


class Day:
    """The days of one plan."""

    def __init__(self, sandbox: Sandbox, plan: Plan) -> None:
        self.deliveries: list[Delivery] = []
        self.compactions: list[CompactionRun] = []
        self.struck: Counter[str] = Counter()
        """What really struck, by kind."""
        self._sandbox = sandbox
        self._plan = plan
        self._refusing = False
        self._clock = sandbox._now
        self._deliverer = Deliverer(sandbox.queues(), sqs=sandbox.sqs, refuse=self._refuse)

    def run(self, told: Told = lambda _now: None) -> None:
        """Let it all happen."""
        for step in self._plan.steps:
            told(step.at)
            if isinstance(step, Event):
                self._deliver(step)
            else:
                self._compact(step)

    def compact(self, scheduled: datetime) -> None:
        """An hour of the compactor without any trouble."""
        for _ in range(_PATIENCE):
            (run,) = self._compact(Compaction(scheduled))
            if not run.disturbed:
                return

    def _refuse(self, _delivery: Delivered, _at: datetime) -> Refusal | None:
        return THROTTLED if self._refusing else None

    def _deliver(self, event: Event) -> None:
        cloudflare, faults = self._sandbox.cloudflare, self._sandbox.aws.faults
        if event.cold:
            self._sandbox.function.recycle()
        cloudflare.faults.clear()
        cloudflare.faults.add(*event.cloudflare)
        cloudflare.clock = lambda: self._clock() - timedelta(seconds=event.skew_s)
        asked_before = cloudflare.record.number
        self._sandbox.aws.calls.clear()
        faults.add(*self._strikes(event.kill, event.aws, self._sandbox.collecting.role, self._sandbox.function.kill))
        self._refusing = event.refused
        schedule = self._sandbox.schedule(event.source)
        at = event.scheduled + timedelta(seconds=event.late_s + event.skew_s)
        delivered = list(self._at_once(schedule, event.scheduled, at, event.waits_s, twin=event.twin))
        faults.clear()
        asked = cloudflare.record.since(asked_before)
        self._count(event, asked)
        for processed in delivered:
            runs = [
                noted(self._sandbox, event, invocation, asked, alone=not event.twin)
                for invocation in (processed.invocations if processed else ())
            ]
            fate = Fate.RUN if runs else Fate.REFUSED if processed is None else Fate.TOO_OLD
            self.deliveries.append(Delivery(event, fate, tuple(runs)))

    def _compact(self, compaction: Compaction) -> list[CompactionRun]:
        faults, sandbox = self._sandbox.aws.faults, self._sandbox
        if compaction.cold:
            sandbox.compactor.recycle()
        sandbox.aws.calls.clear()
        faults.add(*self._strikes(compaction.kill, compaction.aws, sandbox.compacting.role, sandbox.compactor.kill))
        schedule = sandbox.compaction_schedule
        delivered = list(self._at_once(schedule, compaction.scheduled, compaction.at, 0.0, twin=compaction.twin))
        faults.clear()
        struck = [call for call in sandbox.aws.calls.of(role=sandbox.compacting.role) if call.fault]
        self.struck.update(f"compactor: {call.operation} {call.fault}" for call in struck)
        runs = [
            CompactionRun(
                compaction.at,
                invocation.outcome.error_type or "",
                invocation.outcome.error_message or "",
                disturbed=bool(struck) or compaction.twin or _not_loaded(invocation),
            )
            for processed in delivered
            for invocation in (processed.invocations if processed else ())
        ]
        self.compactions += runs
        return runs

    def _at_once(
        self, schedule: Schedule, scheduled: datetime, at: datetime, waits_s: float, *, twin: bool
    ) -> Iterator[Processed | None]:
        """Deliver an event, or two of it at the same moment."""
        with ThreadPoolExecutor(2) as threads:
            delivery = Delivered(schedule, scheduled, at, EXECUTION_ID)
            under_way = [
                threads.submit(self._deliverer.deliver, delivery, waits_s=waits_s) for _ in range(2 if twin else 1)
            ]
            yield from (each.result().processed for each in under_way)

    def _strikes(
        self, kill: Kill | None, faults: tuple[AwsFault, ...], role: str, end: Callable[[], None]
    ) -> Iterator[AwsFault]:
        if kill is not None:
            place = kill.place

            def die() -> None:
                self.struck[f"killed {'after' if kill.applied else 'before'} {place.operation} {place.key}"] += 1
                end()

            yield AwsFault(
                "drop_answer" if kill.applied else "drop",
                service=place.service,
                operation=place.operation,
                key=place.key,
                role=role,
                meanwhile=die,
            )
        yield from (replace(fault, role=role) for fault in faults)

    def _count(self, event: Event, asked: tuple[Asked, ...]) -> None:
        struck: Counter[str] = Counter(f"Cloudflare: {each.fault}" for each in asked if each.fault)
        role = self._sandbox.collecting.role
        struck.update(
            f"AWS: {call.operation} {call.fault}" for call in self._sandbox.aws.calls.of(role=role) if call.fault
        )
        for happened, name in (
            (event.cold, "cold start"),
            (event.twin, "delivered twice at once"),
            (event.refused, "not accepted by Lambda"),
            (event.waits_s, "waited in Lambda's queue"),
            (event.skew_s, "clock skewed"),
            (event.late_s > 60, "late by more than a minute"),
        ):
            struck[f"delivery: {name}"] += bool(happened)
        self.struck.update(+struck)


def _not_loaded(invocation: Invocation) -> bool:
    """Lambda's patience ended while the process still loaded its code: this machine was too busy, nothing else."""
    return invocation.timed_out and not invocation.duration_ms
