"""One seed from its plan to its verdict: its days, the operator behind them, and what the model says to each."""

import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from tests.end_to_end import promises
from tests.sandbox.sandbox import Sandbox
from tests.soak.day import Day
from tests.soak.evidence import Evidence, Views
from tests.soak.gathering import Queues, ask, gather
from tests.soak.model.finding import Finding, Sort, Verdict
from tests.soak.model.judge import judge
from tests.soak.operator import Operator
from tests.soak.script import DAY, MINUTE, Plan
from tests.soak.stack import TOKENS, secret_of, world

TIMEOUT_S: Final = 10.0
"""Of the collector, in place of the deployed 55 s: all of its phases shrink with it, the clients' time-outs do not."""

_HOUR: Final = timedelta(hours=1)
_AROUND: Final = timedelta(minutes=4)

Progress = Callable[[int, str], None]
"""Gets the seed and how far it has come."""


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a seed."""

    seed: int
    midnight: datetime
    events: int
    requests: int
    """Minutes x requests of all events, duplicates aside."""
    runs: int
    compactions: int
    struck: Counter[str]
    lines: Counter[str]
    """After the operator."""
    lines_before: Counter[str]
    published: Counter[str]
    published_before: Counter[str]
    findings: tuple[Finding, ...]
    seconds: float
    first: datetime | None = None
    last: datetime | None = None
    """The minutes that were looked at closer; null: all of the plan's."""

    def count(self, sort: Sort) -> int:
        """How many findings there are of this sort."""
        return sum(finding.sort is sort for finding in self.findings)


def run_seed(sandbox: Sandbox, plan: Plan, progress: Progress = lambda _seed, _how: None) -> tuple[Result, Evidence]:
    """Run a plan, and judge it three times: after its troubles, after the operator's first try, and at the end."""
    began = time.monotonic()
    sandbox.reset(world(plan.midnight), timeout_s=TIMEOUT_S)
    for source, token in TOKENS.items():
        sandbox.put_secret(secret_of(source), token)
    with tempfile.TemporaryDirectory(prefix="soak-") as folder:
        story = _Story(sandbox, plan, Path(folder), progress)
        story.tell()
    sandbox.aws.faults.clear()
    result = Result(
        seed=plan.seed,
        midnight=plan.midnight,
        events=len(plan.events),
        requests=sum(story.verdicts[0].lines.values()),
        runs=sum(len(delivery.runs) for delivery in story.day.deliveries),
        compactions=len(story.day.compactions),
        struck=story.day.struck,
        lines=story.verdicts[-1].lines,
        lines_before=story.verdicts[0].lines,
        published=story.verdicts[-1].published,
        published_before=story.verdicts[0].published,
        findings=tuple(dict.fromkeys(finding for verdict in story.verdicts for finding in verdict.findings)),
        seconds=time.monotonic() - began,
    )
    return result, story.evidence


def narrowed(sandbox: Sandbox, plan: Plan, result: Result) -> Result:
    """The same result, with the few minutes around its first finding if the seed fails with those alone."""
    minute = next((finding.minute for finding in result.findings if finding.minute is not None), None)
    if minute is None:
        return result
    first, last = minute - _AROUND, minute + _AROUND
    again, _ = run_seed(sandbox, plan.only(first, last))
    return replace(result, first=first, last=last) if again.findings else result


class _Story:
    """What is done with the sandbox, in order."""

    def __init__(self, sandbox: Sandbox, plan: Plan, folder: Path, progress: Progress) -> None:
        self.verdicts: list[Verdict] = []
        self.evidence: Evidence
        self.day = Day(sandbox, plan)
        self._sandbox, self._plan = sandbox, plan
        self._queues = Queues(sandbox)
        self._first = plan.midnight - DAY / 2
        self._operator = Operator(sandbox, folder, self._first, plan.end - MINUTE)
        self._progress = progress
        self._hour = -1

    def tell(self) -> None:
        """The days, the operator, the nights in which the last of them are compacted, the views."""
        plan = self._plan
        self.day.run(self._told)
        looked_at = plan.end + _HOUR / 3
        self.day.compact(looked_at)
        self._judge(looked_at=looked_at)
        self._first_try()
        self._judge()
        commands = [
            self._operator.restore(plan.end + _HOUR),
            self._operator.replay(plan.end + _HOUR),
            self._operator.replay(plan.end + 5 * _HOUR),
            # Whatever a replay has sent can be seen by then: docs/operations.md.
            self._operator.replay(plan.end + 4 * DAY),
        ]
        looked_at = plan.midnight + (plan.days + 4) * DAY + _HOUR / 3
        self.day.compact(looked_at)
        after = plan.midnight + plan.days * DAY + _HOUR
        views = [ask(self._sandbox, today, self._first, plan.end) for today in (after, after + DAY)]
        self._judge(looked_at=looked_at, views=views, restored=True)
        for told in (commands[0], commands[-1]):
            if told.status:
                self.verdicts[-1].add(Sort.UNEXPLAINED, "operator", None, f"the command failed: {told.said}")
        self._promises()

    def _first_try(self) -> None:
        """Restore and replay while AWS is not well."""
        faults = self._sandbox.aws.faults
        self._sandbox.aws.calls.clear()
        faults.add(*self._plan.operator)
        at = self._plan.end + _HOUR / 2
        for command in (self._operator.restore, self._operator.replay):
            command(at)
        faults.clear()
        struck = (call for call in self._sandbox.aws.calls if call.fault)
        self.day.struck.update(f"operator: {call.operation} {call.fault}" for call in struck)

    def _judge(self, *, looked_at: datetime | None = None, views: Iterable[Views] = (), restored: bool = False) -> None:
        self.evidence = gather(
            self._sandbox,
            self._queues,
            self.day.deliveries,
            self.day.compactions,
            self._plan.calm_until,
            looked_at=looked_at,
            views=views,
            restored=restored,
        )
        self.verdicts.append(judge(self.evidence))

    def _promises(self) -> None:
        """What holds after every end-to-end test holds here as well."""
        for promise in (
            promises.no_secret_got_out,
            promises.the_log_is_whole,
            promises.only_declared_metrics_are_there,
        ):
            try:
                promise(self._sandbox)
            except AssertionError as broken:
                self.verdicts[-1].add(Sort.WRONG, "all", None, f"{promise.__doc__} {broken}")

    def _told(self, now: datetime) -> None:
        if now.hour != self._hour:
            self._hour = now.hour
            run = len({(each.event.source, each.event.minute) for each in self.day.deliveries})
            all_of_them = len({(each.source, each.minute) for each in self._plan.events})
            self._progress(self._plan.seed, f"{now:%Y-%m-%d %H:%M}, {run} of {all_of_them} minutes x sources")
