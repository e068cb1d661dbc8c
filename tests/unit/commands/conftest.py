"""The lake that the shipped queries are asked of."""

from collections.abc import Iterator

import pytest

from tests.unit.commands.queried import Lake, open_lake


@pytest.fixture(scope="module")
def deployed() -> Iterator[Lake]:
    """One for each module, as it takes a moment to open."""
    with open_lake() as opened:
        yield opened


@pytest.fixture
def lake(deployed: Lake) -> Lake:
    """It, and nothing in it."""
    deployed.clear()
    return deployed
