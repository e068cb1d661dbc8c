"""A lake in this process: raw objects by the collector's own writer, the whole compactor, and history read back."""

import gzip
import itertools
import json
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

import boto3
import duckdb
import time_machine

from collector.rows import Poll
from collector.store import body_of
from compactor.handler import Process, Settings
from contract.lake import HISTORIES, POLLS, USAGE, History, report_key
from contract.raw import raw_key
from tests.unit.examples import BUCKET, application, logger, poll, zone
from tests.unit.fake_time import FakeTime

if TYPE_CHECKING:
    from types_boto3_cloudwatch import CloudWatchClient
    from types_boto3_s3 import S3Client

DAY: Final = date(2026, 11, 22)
START: Final = datetime(2026, 11, 22, tzinfo=UTC)
MORNING: Final = datetime(2026, 11, 23, 8, 20, tzinfo=UTC)
"""Eight hours after the day's end: it is closed, and overdue."""
RETENTION_DAYS: Final = 90

Hook = Callable[[str], None]
"""Called with the name of an S3 operation, on the thread that calls S3."""


class Killed(BaseException):
    """The end of the process, as far as a test can have it."""


class CloudWatch:
    """A CloudWatch that knows which minutes are published, and answers in pages of `page` points."""

    def __init__(self) -> None:
        self.published: dict[str, set[datetime]] = {}
        self.page = 100_800
        self.asked: list[dict[str, Any]] = []
        self.fault: Exception | None = None
        self.status: dict[str, str] = {}

    def get_metric_data(self, **request: Any) -> dict[str, Any]:
        """As the API reference says."""
        self.asked.append(request)
        if self.fault:
            raise self.fault
        points: list[tuple[str, datetime]] = []
        for query in request["MetricDataQueries"]:
            (dimension,) = query["MetricStat"]["Metric"]["Dimensions"]
            points += [
                (query["Id"], minute)
                for minute in sorted(self.published.get(dimension["Value"], ()))
                if request["StartTime"] <= minute < request["EndTime"]
            ]
        start = int(request.get("NextToken", "0"))
        page, more = points[start : start + self.page], len(points) > start + self.page
        results = []
        for query in request["MetricDataQueries"]:
            moments = [minute for name, minute in page if name == query["Id"]]
            source = query["MetricStat"]["Metric"]["Dimensions"][0]["Value"]
            status = self.status.get(source, "PartialData" if more else "Complete")
            results.append(
                {"Id": query["Id"], "Timestamps": moments, "Values": [1.0] * len(moments), "StatusCode": status}
            )
        return {"MetricDataResults": results, **({"NextToken": str(start + self.page)} if more else {})}


class Lake:
    """One bucket, and the compactor."""

    def __init__(self, s3: "S3Client") -> None:
        self.s3 = s3
        self.cloudwatch = CloudWatch()
        self.time = FakeTime()
        self.log, self.written = logger()
        self.retention_days = RETENTION_DAYS
        self._runs = itertools.count(1)

    # What the collector does.

    def save(self, minute: datetime, *polls: Poll, source: str = "main", at: datetime | None = None) -> str:
        """Write a minute as the collector does, a minute later or at a given time; return its key."""
        rows = [_of(each, minute, source) for each in polls or (poll(apps=[application()]),)]
        return self.put(raw_key(minute, source), body_of(rows), at=at or minute + timedelta(minutes=1))

    def save_day(self, minutes: int = 3, sources: Sequence[str] = ("main",), day: date = DAY) -> list[str]:
        """A small day: two zones with two applications each, their traffic telling minute, zone and application."""
        start = datetime.combine(day, datetime.min.time(), UTC)
        keys = []
        for source, number in itertools.product(sources, range(minutes)):
            polls = [
                poll(zone(z), [application(f"app{a}", bytes_ingress=1000 * number + 10 * z + a) for a in (1, 2)])
                for z in (1, 2)
            ]
            keys.append(self.save(start + timedelta(minutes=number), *polls, source=source))
        return keys

    def put(self, key: str, body: bytes, at: datetime = MORNING - timedelta(hours=12)) -> str:
        """Write any object."""
        with time_machine.travel(at, tick=False):
            self.s3.put_object(Bucket=BUCKET, Key=key, Body=body)
        return key

    def delete(self, *keys: str) -> None:
        """Delete objects."""
        for key in keys:
            self.s3.delete_object(Bucket=BUCKET, Key=key)

    # What the compactor does.

    def run(
        self,
        event: object | None = None,
        *,
        now: datetime = MORNING,
        before: Hook | None = None,
        after: Hook | None = None,
        remaining_ms: int = 900_000,
        run_id: str | None = None,
    ) -> dict[str, Any]:
        """One invocation, with hooks before and after each call of S3."""
        client = boto3.client("s3", region_name="us-east-1")
        for moment, hook in (("before-call.s3", before), ("after-call.s3", after)):
            if hook:
                client.meta.events.register(moment, _called(hook))
        with tempfile.TemporaryDirectory() as folder, time_machine.travel(now, tick=False):
            process = Process(
                settings=Settings(BUCKET, self.retention_days, memory_mb=512),
                s3=client,
                cloudwatch=cast("CloudWatchClient", self.cloudwatch),
                folder=Path(folder) / "compactor",
                logger=self.log,
                clock=lambda: now,
                monotonic=self.time.monotonic,
                sleep=self.time.sleep,
            )
            return process.run(
                {"scheduled_time": "2026-11-23T08:20:00Z"} if event is None else event,
                run_id or f"run-{next(self._runs)}",
                remaining_ms,
            )

    def by_hand(self, day: date = DAY, **how: Any) -> dict[str, Any]:
        """One invocation for one day."""
        return self.run({"day": day.isoformat()}, **how)

    # What is there then.

    def listed(self, prefix: str = "") -> list[str]:
        """All keys under a prefix."""
        pages = self.s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix=prefix)
        return [found["Key"] for page in pages for found in page.get("Contents", [])]

    def head(self, history: History, day: date = DAY) -> Any:
        """HEAD of a history object."""
        return self.s3.head_object(Bucket=BUCKET, Key=history.key(day))

    def metadata(self, history: History, day: date = DAY) -> dict[str, str]:
        """Metadata of a history object."""
        return cast("dict[str, str]", self.head(history, day)["Metadata"])

    def etags(self, day: date = DAY) -> tuple[str, ...]:
        """Of both history objects."""
        return tuple(self.head(history, day)["ETag"] for history in HISTORIES)

    def rows(self, history: History, day: date = DAY, columns: str = "*") -> list[tuple[Any, ...]]:
        """The rows of a history object, in the file's order."""
        with self._local(history, day) as file:
            return duckdb.execute(f"SELECT {columns} FROM read_parquet('{file}')").fetchall()

    def schema(self, history: History, day: date = DAY) -> list[tuple[Any, ...]]:
        """Name, physical and logical type of every column."""
        with self._local(history, day) as file:
            return duckdb.execute(
                f"SELECT name, type, converted_type, logical_type FROM parquet_schema('{file}') WHERE type IS NOT NULL"
            ).fetchall()

    def ingress(self, day: date = DAY) -> int:
        """All bytes of the day."""
        ((total,),) = self.rows(USAGE, day, "coalesce(sum(bytes_ingress), 0)::BIGINT")
        return cast("int", total)

    def minutes(self, day: date = DAY) -> list[str]:
        """The minutes of the requests that history holds."""
        return [each for (each,) in self.rows(POLLS, day, "strftime(minute, '%H:%M')")]

    def report(self, day: date = DAY) -> dict[str, Any]:
        """The last report."""
        body = self.s3.get_object(Bucket=BUCKET, Key=report_key(day))["Body"].read()
        return cast("dict[str, Any]", json.loads(body))

    @contextmanager
    def _local(self, history: History, day: date) -> Iterator[Path]:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "history.parquet"
            self.s3.download_file(BUCKET, history.key(day), str(file))
            yield file


class Calls:
    """Counts the calls of one invocation, and acts at one of them."""

    def __init__(self, at: int | None = None, act: Callable[[], object] | None = None, only: str = "") -> None:
        self.made: list[str] = []
        self._at = at
        self._act = act
        self._only = only
        self._lock = threading.Lock()

    def __call__(self, operation: str) -> None:
        """Count."""
        if self._only and operation != self._only:
            return
        with self._lock:
            self.made.append(operation)
            mine = len(self.made) - 1 == self._at
        if mine and self._act:
            self._act()


def kill() -> None:
    """End the invocation here."""
    raise Killed


def lines_of(*polls: Poll, minute: datetime = START, source: str = "main") -> list[str]:
    """The lines of a raw object."""
    return [_of(each, minute, source).to_line() for each in polls]


def zipped(lines: Iterable[str]) -> bytes:
    """A raw object of any lines."""
    return gzip.compress("".join(line + "\n" for line in lines).encode(), mtime=0)


def metrics(printed: str) -> dict[str, list[tuple[dict[str, str], list[float]]]]:
    """What was printed in embedded metric format: by metric, the dimensions and values of each line."""
    found: dict[str, list[tuple[dict[str, str], list[float]]]] = {}
    for line in printed.splitlines():
        blob = json.loads(line)
        (directive,) = blob["_aws"]["CloudWatchMetrics"]
        (names,) = directive["Dimensions"]
        for metric in directive["Metrics"]:
            value = blob[metric["Name"]]
            values = value if isinstance(value, list) else [value]
            found.setdefault(metric["Name"], []).append(({name: blob[name] for name in names}, values))
    return found


def _called(hook: Hook) -> Callable[..., None]:
    def called(model: Any, **_: object) -> None:
        hook(model.name)

    return called


def _of(row: Poll, minute: datetime, source: str) -> Poll:
    return replace(row, minute=minute, source=source)
