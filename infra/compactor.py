"""The compactor as a Lambda function: what it runs, how much it gets, how long it may take."""

from typing import Final

from contract import environment
from infra.configuration import Configuration
from infra.function import Program

HANDLER: Final = "compactor.handler.handler"
TIMEOUT_SECONDS: Final = 900
"""The longest that Lambda knows. What one run does not finish, the next one does."""
EVENT_AGE_SECONDS: Final = 3600
"""An older event is the next hour's affair."""
SCRATCH_MB: Final = 10_240
"""The most that Lambda gives, for a day that is larger than the memory. It is paid while the function runs."""


def compactor(configuration: Configuration, *, bucket: str) -> Program:
    """Take one event an hour, or a day by hand."""
    return Program(
        description="Turns each closed day of Spectrum usage into one Parquet object a table",
        handler=HANDLER,
        environment={
            environment.BUCKET: bucket,
            environment.LOG_LEVEL: configuration.log_level,
            environment.RAW_RETENTION_DAYS: str(configuration.raw_retention_days),
        },
        memory_mb=configuration.compactor_memory_mb,
        timeout_s=TIMEOUT_SECONDS,
        event_age_s=EVENT_AGE_SECONDS,
        scratch_mb=SCRATCH_MB,
    )
