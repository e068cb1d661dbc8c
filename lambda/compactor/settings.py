"""Everything the deployment tells the function, read once and checked whole."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from compactor.calendar import COMPARED_DAYS
from compactor.errors import SettingsInvalid
from contract import environment

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
