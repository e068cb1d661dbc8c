"""One deployed stack; each test begins with an empty bucket, a cold function and a Cloudflare as new."""

from collections.abc import Iterator

import pytest

from tests.end_to_end import promises
from tests.end_to_end_sources.stack import SOURCES, SPECTRUM, token, world
from tests.sandbox.assemblies import Assemblies
from tests.sandbox.sandbox import Sandbox


@pytest.fixture(scope="package")
def deployed(assemblies: Assemblies) -> Iterator[Sandbox]:
    """The stack, deployed by the CDK CLI."""
    with Sandbox(assemblies.of(SPECTRUM), world()) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(deployed: Sandbox) -> Sandbox:
    """The stack as deployed a moment ago, its secrets filled."""
    deployed.reset()
    for source in SOURCES:
        deployed.put_secret(f"cloudflare-spectrum/{source}", token(source))
    return deployed


@pytest.fixture(autouse=True)
def _promises(sandbox: Sandbox) -> Iterator[None]:
    """After every test: what the project promises whatever happens."""
    yield
    promises.check(sandbox)
