"""What an hour's look at the bucket found, as metrics and log lines."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Final

from aws_lambda_powertools import Logger

from aws.embedded_metrics import print_metrics
from aws.errors import said
from compactor.spans import spans
from compactor.unpublished import unpublished

if TYPE_CHECKING:
    from types_boto3_cloudwatch import CloudWatchClient

TOLD: Final = 50
"""Keys or days that one log line names."""


@dataclass(frozen=True, slots=True)
class Teller:
    """Says what was found."""

    cloudwatch: "CloudWatchClient"
    clock: Callable[[], datetime]
    logger: Logger

    def uncompacted(self, days: Collection[date]) -> None:
        """Say how many days are overdue, none included."""
        self._emit("UncompactedDays", len(days))
        if days:
            self.logger.warning(
                "days without whole history: docs/operations.md#not-compacted",
                count=len(days),
                days=[str(day) for day in sorted(days)[:TOLD]],
            )

    def strays(self, keys: Sequence[str]) -> None:
        """Say what lies in raw/ and belongs to no day."""
        if keys:
            self._emit("RawObjectsSetAside", len(keys))
            self.logger.warning("raw/ holds what belongs to no day", count=len(keys), keys=keys[:TOLD])

    def ended(self, objects: int, kept: Mapping[str, Sequence[date]]) -> None:
        """Say how many raw objects ended, and which days stay and why."""
        if objects:
            self._emit("RawObjectsEnded", objects)
        if kept:
            self.logger.warning(
                "raw days stay beyond their retention: docs/operations.md#raw-stays",
                days={why: [str(day) for day in days[:TOLD]] for why, days in kept.items()},
            )

    def unpublished(self, saved: Mapping[str, frozenset[datetime]], now: datetime) -> None:
        """Say how many saved minutes of each source are not in CloudWatch, none included; nothing when not known."""
        try:
            missing = unpublished(self.cloudwatch, saved, now)
        except Exception as error:
            # botocore has more kinds of failure than it declares, and none of them may cost a day its compaction.
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

    def _emit(self, metric: str, number: int) -> None:
        print_metrics({}, {metric: [float(number)]}, self.clock())
