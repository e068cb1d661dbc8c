"""Where Lambda enters: builds what a process needs once and hands it every event."""

import logging
import os
import secrets
import tempfile
import time
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import boto3
from aws_lambda_powertools import Logger
from botocore.config import Config

from compactor.calendar import Calendar
from compactor.ending import Ending
from compactor.fetching import THREADS, Fetcher
from compactor.history import HistoryStore
from compactor.listing import RawLayer
from compactor.report import ReportStore
from compactor.run import Run
from compactor.settings import Settings
from compactor.settling import Settler
from compactor.survey import Surveyor
from compactor.trigger import day_of

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

AWS_CLIENTS: Final = Config(
    connect_timeout=2,
    read_timeout=60,
    # Every call can be repeated: reads change nothing, and a write is conditional or says the same again.
    retries={"mode": "standard", "total_max_attempts": 5},
    max_pool_connections=THREADS,
)

logger = Logger(service="spectrum-meter")
for library in ("boto3", "botocore", "urllib3"):
    logging.getLogger(library).setLevel(logging.WARNING)


def _now() -> datetime:
    return datetime.now(UTC)


@cache
def _clients() -> tuple[Any, Any, Settings]:
    return (
        boto3.client("s3", config=AWS_CLIENTS),
        boto3.client("cloudwatch", config=AWS_CLIENTS),
        Settings.from_env(os.environ),
    )


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: "LambdaContext") -> dict[str, Any]:
    """Do the hour's work, or compact the day that the event names. See `run`."""
    s3, cloudwatch, settings = _clients()
    raw, store = RawLayer(s3, settings.bucket), HistoryStore(s3, settings.bucket)
    folder = Path(tempfile.gettempdir(), "compaction")
    settler = Settler(
        raw=raw,
        fetcher=Fetcher(s3, settings.bucket),
        store=store,
        reports=ReportStore(s3, settings.bucket),
        folder=folder,
        memory_mb=settings.memory_mb,
        run_id=f"{context.aws_request_id}.{secrets.token_hex(4)}",
        clock=_now,
        monotonic=time.monotonic,
        logger=logger,
    )
    run = Run(
        surveyor=Surveyor(raw, store, folder, settings.memory_mb, logger),
        settler=settler,
        ending=Ending(s3, settings.bucket, raw, store, folder, settings.memory_mb),
        cloudwatch=cloudwatch,
        calendar=Calendar(_now(), settings.raw_retention_days),
        remaining_s=lambda: context.get_remaining_time_in_millis() / 1000,
        logger=logger,
    )
    day = day_of(event)
    return run.hour() if day is None else run.day(day)
