"""What lives as long as the process: the settings and the connections. Every run is built on them."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger

from compactor.calendar import Calendar
from compactor.ending import Ender
from compactor.fetching import Fetcher
from compactor.history import HistoryStore
from compactor.listing import RawLayer
from compactor.report import ReportStore
from compactor.run import Run
from compactor.settings import Settings
from compactor.settling import Settler
from compactor.survey import Surveyor
from compactor.telling import Teller
from compactor.trigger import day_of

if TYPE_CHECKING:
    from types_boto3_cloudwatch import CloudWatchClient
    from types_boto3_s3 import S3Client


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
        """Do what an event asks for. Returns a summary; raises CompactorError when a person must act.

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
            surveyor=Surveyor(raw, store, self.folder, memory_mb, self.logger),
            settler=Settler(
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
            ender=Ender(self.s3, bucket, raw, store, self.folder, memory_mb),
            teller=Teller(self.cloudwatch, self.clock, self.logger),
            calendar=Calendar(self.clock(), self.settings.raw_retention_days),
            remaining_s=lambda: until - self.monotonic(),
            logger=self.logger,
        )
