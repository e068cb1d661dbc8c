"""The Lambda handler: reads the settings and the event, creates the clients once per process, and runs it."""

import logging
import os
import secrets
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import boto3
from aws_lambda_powertools import Logger
from botocore.config import Config

from compactor.bucket import RawLayer
from compactor.days import COMPARED_DAYS, Calendar, RejectedEvent, SettingsInvalid, date_of
from compactor.download import THREADS, Fetcher
from compactor.history import HistoryStore
from compactor.reporting import Reporter, ReportStore
from compactor.retention import RawPruner
from compactor.run import BucketScan, DayCompactor, Run
from contract import environment

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext
    from types_boto3_cloudwatch import CloudWatchClient
    from types_boto3_s3 import S3Client


MEMORY_VARIABLE: Final = "AWS_LAMBDA_FUNCTION_MEMORY_SIZE"
"""Lambda's own: the function's memory in MB."""

DEFAULT_MEMORY_MB: Final = 2048


@dataclass(frozen=True, slots=True)
class Settings:
    """The function's settings."""

    bucket: str
    raw_retention_days: int
    memory_mb: int

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> "Settings":
        """Read the environment. Raises SettingsInvalid with every fault at once."""
        faults: list[str] = []
        bucket = env.get(environment.BUCKET, "")
        if not bucket:
            faults.append(f"{environment.BUCKET} is not set: it must name the bucket of raw/ and history/")
        # A day that is still compared with LIST must not be one that is being deleted.
        days = _whole_number(env.get(environment.RAW_RETENTION_DAYS, ""), COMPARED_DAYS + 1)
        if days is None:
            faults.append(f"{environment.RAW_RETENTION_DAYS} must be a whole number, at least {COMPARED_DAYS + 1}")
        memory = _whole_number(env.get(MEMORY_VARIABLE, str(DEFAULT_MEMORY_MB)), 1)
        if memory is None:
            faults.append(f"{MEMORY_VARIABLE} must be a whole number of MB")
        if faults or days is None or memory is None:
            raise SettingsInvalid("the function is not set up right; deploy again: " + "; ".join(faults))
        return cls(bucket=bucket, raw_retention_days=days, memory_mb=memory)


def _whole_number(text: str, least: int) -> int | None:
    if not (text.isascii() and text.isdigit() and len(text) < 10):  # noqa: PLR2004
        return None
    number = int(text)
    return number if number >= least else None


def day_of(event: object) -> date | None:
    """The day of `{"day": "2026-11-22"}`; None for the scheduler's `{"scheduled_time": …}` and for `{}`.

    Raises RejectedEvent for anything else: a mistyped key must not pass for the hour's work.
    """
    if isinstance(event, dict):
        if set(event) <= {"scheduled_time"}:
            return None
        text = event.get("day")
        day = date_of(text) if isinstance(text, str) else None
        if day is not None and set(event) == {"day"}:
            return day
    raise RejectedEvent('the event must be {"scheduled_time": …}, {} or {"day": "2026-11-22"}')


def utc_now() -> datetime:
    """The time."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Process:
    """Compacts the days of one bucket, one event after the other."""

    settings: Settings
    s3: "S3Client"
    cloudwatch: "CloudWatchClient"
    folder: Path
    """For one day at a time; emptied before and after."""
    logger: Logger
    clock: Callable[[], datetime] = utc_now
    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep

    def run(self, event: object, run_id: str, remaining_ms: int) -> dict[str, Any]:
        """Do what an event asks for. Returns a summary; raises CompactorError when operator action is required.

        `run_id` is this run's alone, `remaining_ms` what the invocation has left.
        """
        until = self.monotonic() + remaining_ms / 1000
        day = day_of(event)
        run = self._run(run_id, until)
        return run.hourly() if day is None else run.by_hand(day)

    def _run(self, run_id: str, until: float) -> Run:
        bucket, memory_mb = self.settings.bucket, self.settings.memory_mb
        raw = RawLayer(self.s3, bucket)
        store = HistoryStore(self.s3, bucket, self.sleep)
        return Run(
            raw=raw,
            scanner=BucketScan(raw, store, self.folder, memory_mb, self.logger),
            compactor=DayCompactor(
                raw=raw,
                fetcher=Fetcher(self.s3, bucket, self.sleep),
                store=store,
                reports=ReportStore(self.s3, bucket),
                folder=self.folder,
                memory_mb=memory_mb,
                run_id=run_id,
                clock=self.clock,
                monotonic=self.monotonic,
                logger=self.logger,
            ),
            pruner=RawPruner(self.s3, bucket, raw, store, self.folder, memory_mb),
            reporter=Reporter(self.cloudwatch, self.clock, self.logger),
            calendar=Calendar(self.clock(), self.settings.raw_retention_days),
            remaining_s=lambda: until - self.monotonic(),
            logger=self.logger,
        )


AWS_CLIENTS: Final = Config(
    # Every call may be sent again: reads, conditional writes whose writer is known afterwards, deletions of what is
    # gone then. A function of minutes can wait for S3 to recover; 60 s is for the bodies of large objects.
    connect_timeout=2,
    read_timeout=60,
    retries={"mode": "standard", "total_max_attempts": 5},
    max_pool_connections=THREADS + 2,
)

logger = Logger(service="spectrum-meter")
# At DEBUG botocore logs whole answers.
for library in ("boto3", "botocore", "urllib3"):
    logging.getLogger(library).setLevel(logging.WARNING)


@cache
def _process() -> Process:
    return Process(
        settings=Settings.from_env(os.environ),
        s3=boto3.client("s3", config=AWS_CLIENTS),
        cloudwatch=boto3.client("cloudwatch", config=AWS_CLIENTS),
        folder=Path(tempfile.gettempdir()) / "compactor",
        logger=logger,
    )


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: "LambdaContext") -> dict[str, Any]:
    """Do the hour's work, or compact the day that the event names. See `run`."""
    # Lambda may hand over one event twice, under one request id: what tells the two runs apart must be their own.
    run_id = f"{context.aws_request_id}.{secrets.token_hex(4)}"
    return _process().run(event, run_id, context.get_remaining_time_in_millis())
