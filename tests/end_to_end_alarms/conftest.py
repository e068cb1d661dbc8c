"""One deployed stack a worker, on which one scene is played after the other."""

from collections.abc import Iterator

import pytest

from tests.end_to_end_alarms.stack import SPECTRUM, world
from tests.end_to_end_alarms.stage import Stage
from tests.sandbox.deploy import synthesise
from tests.sandbox.sandbox import Sandbox


@pytest.fixture(scope="package")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """The stack, synthesised and deployed by the CDK CLI."""
    assembly = synthesise(tmp_path_factory.mktemp("assembly"), spectrum=SPECTRUM)
    with Sandbox(assembly, world()) as sandbox:
        yield Stage(sandbox)
