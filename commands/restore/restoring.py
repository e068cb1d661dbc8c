"""What becomes of each minute whose rows were found in the log."""

import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from collector.errors import NotSaved
from collector.saving.raw_store import RawStore, Saved
from commands.minutes import shown
from commands.restore.days import Days
from commands.restore.rescue import Rescue
from commands.restore.unsaved import minute_and_source

PATIENCE_S: Final = 10.0
"""For one object."""


class State(StrEnum):
    """How it stands with a minute."""

    THERE = "there already"
    READY = "to be written"
    WRITTEN = "written"
    FAILED = "NOT RESTORED"


@dataclass(frozen=True, slots=True)
class Step:
    """One minute of one source."""

    key: str
    state: State
    remark: str

    @property
    def minute(self) -> datetime:
        """The minute, UTC."""
        return minute_and_source(self.key)[0]

    @property
    def source(self) -> str:
        """The source."""
        return minute_and_source(self.key)[1]

    def __str__(self) -> str:
        """`2026-11-23T10:00 main: to be written, 3 rows of run …`."""
        minute, source = minute_and_source(self.key)
        return f"{shown(minute)} {source}: {self.state}{', ' * bool(self.remark)}{self.remark}"


class Restoring:
    """Writes the objects that are not there."""

    def __init__(
        self, raw: RawStore, days: Days, rescue: Rescue, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._raw = raw
        self._days = days
        self._rescue = rescue
        self._monotonic = monotonic

    def plan(self, wanted: Callable[[datetime, str], bool]) -> list[Step]:
        """Say of every wanted minute (and source) what is to be done. Raises CommandFailed when S3 does not say."""
        lost = self._rescue.lost
        keys = [key for key in (*self._rescue.rescued, *lost) if wanted(*minute_and_source(key))]
        days = {day: self._days.look(day) for day in sorted(days_of(keys))}
        steps = []
        for key in sorted(keys):
            day = days[minute_and_source(key)[0].date()]
            if self._raw.has(key):
                steps.append(Step(key, State.THERE, ""))
            elif key in lost:
                steps.append(Step(key, State.FAILED, f"its rows are not whole in what was read: {lost[key]}"))
            elif day.ended:
                remark = (
                    f"the raw objects of {day.day} have ended ({day.raw_objects} are left of {max(day.compacted)}): "
                    "compacting it again would lose the others. Put them back first, from their noncurrent versions"
                )
                steps.append(Step(key, State.FAILED, remark))
            else:
                rescued = self._rescue.rescued[key]
                rows = "1 row" if rescued.lines == 1 else f"{rescued.lines} rows"
                steps.append(Step(key, State.READY, f"{rows} of run {rescued.run}"))
        return steps

    def write(self, step: Step) -> Step:
        """Write the object of a minute that is ready."""
        rescued = self._rescue.rescued[step.key]
        try:
            saved = self._raw.write_once(step.key, rescued.body, rescued.run, self._monotonic() + PATIENCE_S)
        except NotSaved as error:
            return Step(step.key, State.FAILED, f"{error}. The rows stay in the log: try again")
        return Step(step.key, State.WRITTEN if saved is Saved.WRITTEN else State.THERE, "")


def days_of(keys: Collection[str]) -> set[date]:
    """The days of these raw objects."""
    return {minute_and_source(key)[0].date() for key in keys}
