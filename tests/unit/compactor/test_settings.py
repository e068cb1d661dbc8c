"""What the deployment tells the compactor."""

import pytest

from compactor.days import SettingsInvalid
from compactor.handler import DEFAULT_MEMORY_MB, MEMORY_VARIABLE, Settings
from contract.environment import BUCKET, COMPACTOR, LOG_LEVEL, RAW_RETENTION_DAYS

GOOD = {BUCKET: "b", RAW_RETENTION_DAYS: "90", MEMORY_VARIABLE: "3008"}


def test_the_environment_says_bucket_retention_and_memory() -> None:
    assert Settings.from_env(GOOD) == Settings("b", 90, 3008)
    assert Settings.from_env({**GOOD, LOG_LEVEL: "DEBUG", "PATH": "x"}) == Settings("b", 90, 3008)


def test_what_the_stack_sets_is_enough() -> None:
    deployed = {name: GOOD.get(name, "INFO") for name in COMPACTOR}
    assert Settings.from_env(deployed).memory_mb == DEFAULT_MEMORY_MB


@pytest.mark.parametrize("days", ["", "0", "7", "-1", "15.5", "ninety", "٩٠", "9" * 5000])
def test_a_retention_that_is_not_a_number_of_days_beyond_the_compared_week_is_refused(days: str) -> None:
    with pytest.raises(SettingsInvalid, match="RAW_RETENTION_DAYS must be a whole number, at least 8"):
        Settings.from_env({**GOOD, RAW_RETENTION_DAYS: days})


def test_every_fault_stands_in_one_message() -> None:
    with pytest.raises(SettingsInvalid) as caught:
        Settings.from_env({MEMORY_VARIABLE: "much"})
    assert all(name in str(caught.value) for name in (BUCKET, RAW_RETENTION_DAYS, MEMORY_VARIABLE))
