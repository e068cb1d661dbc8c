"""AWS clients that reach moto's services directly: CloudFormation's own hands, which no test records or disturbs."""

from functools import lru_cache
from typing import Any, Final

import boto3
from botocore.config import Config
from moto.core.botocore_stubber import BotocoreStubber

ACCOUNT: Final = "123456789012"
REGION: Final = "us-east-1"


@lru_cache(maxsize=1)
def session() -> Any:
    """One session for all clients of this process: it keeps the service models, which take long to load."""
    return boto3.session.Session()


@lru_cache
def backstage(service: str) -> Any:
    """A boto3 client whose calls never leave this process.

    botocore checks each call against the service's model before it is sent, so an unknown or missing parameter is
    refused by its name, as the service would.
    """
    options: Any = {"retries": {"total_max_attempts": 1}, "ignore_configured_endpoint_urls": True}
    client = session().client(
        service,
        region_name=REGION,
        aws_access_key_id="AKIABACKSTAGE0000000",
        aws_secret_access_key="-",
        config=Config(**options),
    )
    stubber = BotocoreStubber()
    stubber.enabled = True
    client.meta.events.register("before-send", stubber)
    return client
