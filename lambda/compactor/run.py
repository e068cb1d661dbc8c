"""An hour, told in order: look, say what is overdue, compact, end. Or one day, by hand.

What is overdue is said before anything is compacted: a run that is killed by a day that is too large has said so.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from aws_lambda_powertools import Logger

from compactor.calendar import Calendar
from compactor.ending import Ender, Kept
from compactor.errors import CompactorError, DaysFailed, HistoryWouldShrink, RejectedEvent
from compactor.listing import RawLayer
from compactor.settling import Settler
from compactor.survey import Surveyor
from compactor.telling import Teller

ENOUGH_S: Final = 60.0
"""What must be left of the invocation to begin another day."""

TOLD: Final = 10
"""Days that one message names."""


@dataclass(frozen=True, slots=True)
class Run:
    """One invocation's work."""

    raw: RawLayer
    surveyor: Surveyor
    settler: Settler
    ender: Ender
    teller: Teller
    calendar: Calendar
    remaining_s: Callable[[], float]
    """Seconds that the invocation has left."""
    logger: Logger
    failures: dict[date, Exception] = field(default_factory=dict)
    """What became of the days that could not be compacted or ended."""

    def by_hand(self, day: date) -> dict[str, Any]:
        """Compact one closed day anew, whatever its age. Returns a summary; raises CompactorError."""
        if not self.calendar.closed(day):
            raise RejectedEvent(f"{day} is not over: a day can be compacted from 00:15 UTC of the next day")
        if not self.raw.holds_anything(day):
            raise RejectedEvent(f"{day} has no raw objects: there is nothing to compact")
        return self.settler.settle(day, every=True)

    def hourly(self) -> dict[str, Any]:
        """Do the hour's work. Returns a summary; raises DaysFailed at the end, when all else is done."""
        survey = self.surveyor.survey(self.calendar)
        self.teller.uncompacted(survey.uncompacted)
        self.teller.strays(survey.strays)
        self.teller.unpublished(survey.saved, self.calendar.now)
        compacted = self._compact(survey.due)
        shrinking = {
            day
            for day, error in self.failures.items()
            if isinstance(error, HistoryWouldShrink) and self.calendar.overdue(day)
        }
        if not shrinking <= survey.uncompacted:
            self.teller.uncompacted(survey.uncompacted | shrinking)
        ended = self._end(survey.past)
        if self.failures:
            named = [f"{day}: {_why(error)}" for day, error in sorted(self.failures.items())]
            raise DaysFailed(f"{len(named)} days failed, the others did not. {'; '.join(named[:TOLD])}")
        summary: dict[str, Any] = {
            "compacted": compacted,
            "uncompacted": [str(day) for day in sorted(survey.uncompacted)],
            "raw_objects_ended": ended,
        }
        self.logger.info("hour done", **summary)
        return summary

    def _compact(self, days: Sequence[date]) -> list[dict[str, Any]]:
        done: list[dict[str, Any]] = []
        for position, day in enumerate(days):
            if self.remaining_s() < ENOUGH_S:
                self._out_of_time("no time left to compact these days: the next hour goes on", days[position:])
                break
            try:
                done.append(self.settler.settle(day, every=False))
            except Exception as error:
                # One day's trouble, of whatever kind, must not become another's.
                self._failed("day not compacted", day, error)
        return done

    def _end(self, days: Sequence[date]) -> int:
        ended = 0
        kept: dict[str, list[date]] = {}
        for position, day in enumerate(days):
            if self.remaining_s() < ENOUGH_S:
                self._out_of_time("no time left to end these days: the next hour goes on", days[position:])
                break
            try:
                ended += self.ender.end(day)
            except Kept as why:
                kept.setdefault(str(why), []).append(day)
            except Exception as error:
                self._failed("raw objects not ended", day, error)
        self.teller.ended(ended, kept)
        return ended

    def _out_of_time(self, what: str, days: Sequence[date]) -> None:
        self.logger.warning(what, count=len(days), days=[str(day) for day in days[:TOLD]])

    def _failed(self, what: str, day: date, error: Exception) -> None:
        self.failures[day] = error
        if isinstance(error, CompactorError):
            self.logger.error(what, day=str(day), error=str(error))
        else:
            self.logger.error(what, day=str(day), exc_info=error)


def _why(error: Exception) -> str:
    return str(error) if isinstance(error, CompactorError) else type(error).__name__
