"""The collector as a Lambda function: what it runs, how much it gets, how long it may take."""

from typing import Final

from contract import environment
from infra.configuration import Configuration
from infra.function import Program

HANDLER: Final = "collector.handler.handler"
TIMEOUT_SECONDS: Final = 55
"""Shorter than the minute between two runs, which the rate budget counts on."""
EVENT_AGE_SECONDS: Final = 60
"""The shortest that Lambda knows. An event that waited longer would read another minute.

Nor is a failed one run again: the collector retries inside, while it is time.
"""


def collector(configuration: Configuration, *, bucket: str) -> Program:
    """Take one event for each source and minute."""
    return Program(
        description="Polls Cloudflare Spectrum usage every minute into S3 and CloudWatch",
        handler=HANDLER,
        environment={
            environment.BUCKET: bucket,
            environment.BASE_URL: environment.DEFAULT_BASE_URL,
            environment.LOG_LEVEL: configuration.log_level,
        },
        memory_mb=512,
        timeout_s=TIMEOUT_SECONDS,
        event_age_s=EVENT_AGE_SECONDS,
        reserved_concurrency=configuration.reserved_concurrency,
    )
