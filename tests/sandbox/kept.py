"""What is there after a run: in S3, in CloudWatch, in the queues, in the log."""

import gzip
import json
import tempfile
from collections.abc import Iterator
from datetime import UTC, date, datetime
from functools import cached_property
from typing import Any

import duckdb

from contract.lake import HISTORIES, REPORT_PREFIX, History, HistoryMetadata, report_key
from contract.metrics import HEALTH_NAMESPACE, TRAFFIC_NAMESPACE
from contract.raw import RAW_PREFIX, raw_key
from tests.sandbox.aws import AwsDouble
from tests.sandbox.aws.metrics import Datum, Series
from tests.sandbox.deploy import Deployment
from tests.sandbox.function.invocation import Invocation


class Kept:
    """The reading side of the sandbox. Times are text, read as UTC."""

    aws: AwsDouble
    deployment: Deployment

    @cached_property
    def s3(self) -> Any:
        """A client of the test's own: making one takes longer than a call."""
        return self.aws.client("s3")

    @cached_property
    def sqs(self) -> Any:
        """Likewise."""
        return self.aws.client("sqs")

    @property
    def bucket(self) -> str:
        """The deployed bucket, as the stack's outputs name it."""
        return self.deployment.outputs["BucketName"]

    def rows(self, minute: str, source: str = "main") -> list[dict[str, Any]]:
        """The lines of the raw object of this minute. Raises the client's NoSuchKey when there is none."""
        return self.read(raw_key(instant(minute), source))

    def read(self, key: str) -> list[dict[str, Any]]:
        """The lines of a raw object."""
        return [json.loads(line) for line in self.text(key).splitlines()]

    def text(self, key: str) -> str:
        """An object's text, unpacked if it is gzipped."""
        return self.content(key).decode()

    def content(self, key: str) -> bytes:
        """An object's bytes, unpacked if it is gzipped."""
        body = self.body(key)
        return gzip.decompress(body) if key.endswith(".gz") else body

    def body(self, key: str) -> bytes:
        """An object's bytes as they are stored."""
        body: bytes = self.s3.get_object(Bucket=self.bucket, Key=key)["Body"].read()
        return body

    def keys(self, prefix: str = RAW_PREFIX) -> list[str]:
        """Every key in the bucket under this prefix."""
        pages = self.s3.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=prefix)
        return [entry["Key"] for page in pages for entry in page.get("Contents", [])]

    def history(self, name: str, day: str) -> list[dict[str, Any]]:
        """The rows of a compacted day in `polls` or `usage`, in the object's order. Raises NoSuchKey likewise.

        Timestamps come without a zone; they are UTC.
        """
        body = self.content(_history(name).key(date.fromisoformat(day)))
        with tempfile.NamedTemporaryFile(suffix=".parquet") as file, duckdb.connect() as database:
            file.write(body)
            file.flush()
            read = database.execute("SELECT * FROM read_parquet(?)", [file.name])
            columns = [column[0] for column in read.description or ()]
            return [dict(zip(columns, row, strict=True)) for row in read.fetchall()]

    def history_metadata(self, name: str, day: str) -> dict[HistoryMetadata, str]:
        """What the metadata of that object tells; a KeyError when it lacks one."""
        key = _history(name).key(date.fromisoformat(day))
        metadata = self.s3.head_object(Bucket=self.bucket, Key=key)["Metadata"]
        return {each: metadata[each] for each in HistoryMetadata}

    def compacted_days(self, name: str = "usage") -> list[str]:
        """The days of which a history object is there, oldest first."""
        return [key.split("dt=")[1].partition("/")[0] for key in self.keys(_history(name).prefix)]

    def report(self, day: str) -> dict[str, Any]:
        """What the compactor reported of this day. Raises NoSuchKey likewise."""
        report: dict[str, Any] = json.loads(self.text(report_key(date.fromisoformat(day))))
        return report

    def reported_days(self) -> list[str]:
        """The days of which there is a report, oldest first."""
        return [key.split("dt=")[1].removesuffix(".json") for key in self.keys(REPORT_PREFIX)]

    def traffic(self, metric: str, minute: str | None = None, **dimensions: str) -> list[Datum]:
        """The traffic data put under exactly these dimensions, at this minute if one is given."""
        found = self.aws.metrics.data(TRAFFIC_NAMESPACE, metric, dimensions)
        return [datum for datum in found if minute is None or datum.timestamp == instant(minute)]

    def health(self, metric: str, minute: str | None = None, **dimensions: str) -> list[Datum]:
        """The same of the functions' health; by `Source` main unless told."""
        found = self.aws.metrics.data(HEALTH_NAMESPACE, metric, dimensions or {"Source": "main"})
        return [datum for datum in found if minute is None or datum.timestamp == instant(minute)]

    def all_traffic(self) -> Iterator[tuple[Series, Datum]]:
        """Every datum of the traffic namespace."""
        return self.aws.metrics.all(TRAFFIC_NAMESPACE)

    def queued(self, output: str) -> list[dict[str, Any]]:
        """Take all messages out of the queue whose URL is this output of the stack; their bodies."""
        url = self.deployment.outputs[output]
        bodies: list[dict[str, Any]] = []
        while messages := self.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", []):
            for message in messages:
                bodies.append(json.loads(message["Body"]))
                self.sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return bodies

    def logged(self, invocation: Invocation) -> list[dict[str, Any]]:
        """The function's own lines of this invocation, as CloudWatch Logs has them; metrics are lines, too."""
        logs, group = self.aws.client("logs"), self.deployment.only("AWS::Logs::LogGroup")
        pages = logs.get_paginator("filter_log_events").paginate(
            logGroupName=group, logStreamNames=[invocation.log_stream]
        )
        lines = [json.loads(event["message"]) for page in pages for event in page["events"]]
        return [line for line in lines if line.get("function_request_id") == invocation.request_id or "_aws" in line]


def _history(name: str) -> History:
    return next(history for history in HISTORIES if history.name == name)


def instant(text: str) -> datetime:
    """`2026-11-23T10:00` or `2026-11-23T10:00:00Z` as a moment, UTC."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
