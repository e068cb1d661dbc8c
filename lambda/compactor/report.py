"""What a day's compaction did, as an object for people: counts, and what was set aside and why."""

import json
from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from aws.errors import said
from compactor.compaction import Compacted
from compactor.errors import NotWritten
from compactor.listing import DayListing
from contract.lake import report_key

if TYPE_CHECKING:
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
        "set_aside": compacted.findings.as_json(),
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
            raise NotWritten(f"S3 did not take s3://{self._bucket}/{key}: {said(error)}") from error
