"""Where Lambda enters: builds what a process needs once and hands it every event."""

import logging
import os
import secrets
import tempfile
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import boto3
from aws_lambda_powertools import Logger
from botocore.config import Config

from compactor.fetching import THREADS
from compactor.process import Process
from compactor.settings import Settings

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

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
