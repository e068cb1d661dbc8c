"""Where Lambda enters: builds what a process needs once and hands it every event."""

import logging
import os
import secrets
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import boto3
from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.parameters import SecretsProvider
from botocore.config import Config

from collector.cloudflare.transport import Transport, utc_now
from collector.naming.catalog_store import CatalogStore
from collector.naming.names import Names
from collector.process import Process
from collector.publishing.publication import Publisher
from collector.run import Connections
from collector.saving.raw_store import RawStore
from collector.secret import Credentials
from collector.settings import Settings
from contract.environment import SOURCES_FILE

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

AWS_CLIENTS: Final = Config(
    # botocore's own time-outs (60 s) and retries would outlast the function; the collector retries by its deadline.
    connect_timeout=1,
    read_timeout=4,
    retries={"mode": "standard", "total_max_attempts": 1},
    request_min_compression_size_bytes=1024,
)

logger = Logger(service="spectrum-meter")
# At DEBUG botocore logs whole answers, the secret's among them.
for library in ("boto3", "botocore", "urllib3"):
    logging.getLogger(library).setLevel(logging.WARNING)


@cache
def _process() -> Process:
    settings = Settings.from_env(os.environ, Path(__file__).parent.parent / SOURCES_FILE)
    s3 = boto3.client("s3", config=AWS_CLIENTS)
    connections = Connections(
        cloudflare=Transport(settings.base_url),
        credentials=Credentials(
            SecretsProvider(boto3_client=boto3.client("secretsmanager", config=AWS_CLIENTS)), logger
        ),
        raw=RawStore(s3, settings.bucket),
        names=Names(CatalogStore(s3, settings.bucket), logger),
        publisher=Publisher(boto3.client("cloudwatch", config=AWS_CLIENTS)),
        logger=logger,
        clock=utc_now,
    )
    return Process(settings, connections)


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: "LambdaContext") -> dict[str, Any]:
    """Account for the minute that the event names. See `run`."""
    # Lambda may hand over one event twice, under one request id: what tells the two runs apart must be their own.
    run_id = f"{context.aws_request_id}.{secrets.token_hex(4)}"
    return _process().run(event, run_id, context.get_remaining_time_in_millis())
