"""The report of a compaction in S3, and what a run found as metrics and log lines."""

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final

from aws_lambda_powertools import Logger
from botocore.exceptions import BotoCoreError, ClientError

from aws import describe_error, print_metrics
from compactor.bucket import DayListing, unpublished
from compactor.compact import Compacted
from compactor.days import NotWritten, spans
from contract.lake import report_key

if TYPE_CHECKING:
    from types_boto3_cloudwatch import CloudWatchClient
    from types_boto3_s3 import S3Client


def report_of(listing: DayListing, compacted: Compacted) -> dict[str, Any]:
    """The report, but for when, who and how long."""
    return {
        "day": listing.day.isoformat(),
        "raw_objects": len(listing.objects),
        "raw_bytes": listing.size_bytes,
        "raw_digest": listing.digest,
        "lines": compacted.lines,
        "rows": dict(compacted.rows),
        "bytes_ingress": compacted.bytes_ingress,
        "bytes_egress": compacted.bytes_egress,
        "rejected": compacted.rejections.as_json(),
    }


class ReportStore:
    """Keeps the last report of each day."""

    def __init__(self, client: "S3Client", bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def put(self, day: date, report: Mapping[str, Any]) -> None:
        """Write the day's report over the last one. Raises NotWritten."""
        key = report_key(day)
        try:
            self._client.put_object(
                Bucket=self._bucket,
                Key=key,
                Body=json.dumps(report, ensure_ascii=False, indent=1).encode(errors="replace"),
                ContentType="application/json",
            )
        except (ClientError, BotoCoreError) as error:
            raise NotWritten(f"S3 did not take s3://{self._bucket}/{key}: {describe_error(error)}") from error


MAX_LOGGED: Final = 50
"""Keys or days that one log line names."""


@dataclass(frozen=True, slots=True)
class Reporter:
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
                days=[str(day) for day in sorted(days)[:MAX_LOGGED]],
            )

    def strays(self, keys: Sequence[str]) -> None:
        """Say what lies in raw/ and belongs to no day."""
        if keys:
            self._emit("RawObjectsRejected", len(keys))
            self.logger.warning("raw/ holds what belongs to no day", count=len(keys), keys=keys[:MAX_LOGGED])

    def deleted(self, objects: int, kept: Mapping[str, Sequence[date]]) -> None:
        """Say how many raw objects were deleted, and which days stay and why."""
        if objects:
            self._emit("RawObjectsDeleted", objects)
        if kept:
            self.logger.warning(
                "raw days stay beyond their retention: docs/operations.md#raw-stays",
                days={why: [str(day) for day in days[:MAX_LOGGED]] for why, days in kept.items()},
            )

    def unpublished(self, saved: Mapping[str, frozenset[datetime]], now: datetime) -> None:
        """Say how many saved minutes of each source are not in CloudWatch, none included; nothing when not known."""
        try:
            missing = unpublished(self.cloudwatch, saved, now)
        except Exception as error:
            # botocore has more kinds of failure than it declares, and none of them may cost a day its compaction.
            self.logger.warning("not known which minutes are published", error=describe_error(error))
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
            self.logger.warning("not known which minutes are published", sources=unknown[:MAX_LOGGED])

    def _emit(self, metric: str, number: int) -> None:
        print_metrics({}, {metric: [float(number)]}, self.clock())
