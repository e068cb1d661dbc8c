"""One deployed stack a worker, on which one scene is played after the other."""

from collections.abc import Iterator

import pytest

from tests.end_to_end_alarms.stack import SPECTRUM, world
from tests.end_to_end_alarms.stage import Stage
from tests.sandbox.assemblies import Assemblies
from tests.sandbox.sandbox import Sandbox


@pytest.fixture(scope="package")
def stage(assemblies: Assemblies) -> Iterator[Stage]:
    """The stack, deployed by the CDK CLI."""
    with Sandbox(assemblies.of(SPECTRUM), world()) as sandbox:
        yield Stage(sandbox)
