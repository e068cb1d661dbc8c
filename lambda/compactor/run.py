"""An hour, told in order: look, say what is overdue, compact, end. Or one day, by hand.

What is overdue is said before anything is compacted: a run that is killed by a day that is too large has said so.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final

from aws_lambda_powertools import Logger
from botocore.exceptions import BotoCoreError, ClientError

from aws.embedded_metrics import print_metrics
from aws.errors import said
from compactor.calendar import Calendar
from compactor.ending import Ender
from compactor.errors import DaysFailed, RejectedEvent
from compactor.listing import RawLayer
from compactor.settling import Settler
from compactor.spans import spans
from compactor.survey import Survey, Surveyor
from compactor.unpublished import unpublished

if TYPE_CHECKING:
    from types_boto3_cloudwatch import CloudWatchClient

ENOUGH_S: Final = 60.0
"""What must be left of the invocation to begin another day."""

TOLD: Final = 50
"""Keys or days that one log line names."""


@dataclass(frozen=True, slots=True)
class Run:
    """One invocation's work."""

    raw: RawLayer
    surveyor: Surveyor
    settler: Settler
    ender: Ender
    cloudwatch: "CloudWatchClient"
    calendar: Calendar
    until: float
    """When the invocation ends, in monotonic seconds."""
    monotonic: Callable[[], float]
    clock: Callable[[], datetime]
    logger: Logger

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
        self._tell(survey)
        self._tell_unpublished(survey.saved)
        failures: dict[date, str] = {}
        compacted = self._each(survey.due, self._compact, failures)
        shrinking = {day for day in failures if self.calendar.overdue(day)} - survey.uncompacted
        if shrinking:
            self._emit("UncompactedDays", len(survey.uncompacted | shrinking))
        ended = self._end(survey, failures)
        summary = {
            "compacted": compacted,
            "uncompacted": [str(day) for day in sorted(survey.uncompacted)],
            "raw_objects_ended": ended,
        }
        if failures:
            named = "; ".join(f"{day}: {why}" for day, why in sorted(failures.items()))
            raise DaysFailed(f"{len(failures)} days failed: {named}")
        self.logger.info("hour done", **summary)
        return summary

    def _tell(self, survey: Survey) -> None:
        self._emit("UncompactedDays", len(survey.uncompacted))
        if survey.uncompacted:
            days = [str(day) for day in sorted(survey.uncompacted)]
            self.logger.warning("days without whole history: docs/operations.md#not-compacted", days=days[:TOLD])
        if survey.strays:
            self._emit("RawObjectsSetAside", len(survey.strays))
            self.logger.warning(
                "raw/ holds what belongs to no day", count=len(survey.strays), keys=survey.strays[:TOLD]
            )

    def _tell_unpublished(self, saved: Mapping[str, frozenset[datetime]]) -> None:
        try:
            missing = unpublished(self.cloudwatch, saved, self.calendar.now)
        except (ClientError, BotoCoreError) as error:
            self.logger.warning("not known which minutes are published", error=said(error))
            return
        for source, minutes in sorted(missing.items()):
            print_metrics({"Source": source}, {"UnpublishedMinutes": [float(len(minutes))]}, self.clock())
            if minutes:
                self.logger.warning(
                    "minutes are saved, and not in CloudWatch: docs/operations.md#not-published",
                    source=source,
                    count=len(minutes),
                    minutes=spans(minutes),
                )
        unknown = sorted(set(saved) - set(missing))
        if unknown:
            self.logger.warning("not known which minutes are published", sources=unknown[:TOLD])
