"""One deployed stack a worker; each test begins with an empty bucket, a cold function and a Cloudflare as new."""

from collections.abc import Iterator

import pytest

from tests.end_to_end import promises
from tests.end_to_end.stack import EXISTING_SECRETS, KEY, SPECTRUM, TOKENS, secret_of, world
from tests.sandbox.assemblies import Assemblies
from tests.sandbox.sandbox import Sandbox

_CREDENTIALS = {source: token for source, token in TOKENS.items() if source != "new"} | {
    "edge": f'{{"email": "{KEY.email}", "key": "{KEY.key}"}}'
}


# By package, not by session: other tests of the same process have an AWS double of their own.
@pytest.fixture(scope="package")
def deployed(assemblies: Assemblies) -> Iterator[Sandbox]:
    """The stack, deployed by the CDK CLI."""
    with Sandbox(assemblies.of(SPECTRUM), world()) as sandbox:
        for source in EXISTING_SECRETS:
            sandbox.aws.client("secretsmanager").create_secret(Name=secret_of(source), SecretString="-")
        yield sandbox


@pytest.fixture
def sandbox(deployed: Sandbox) -> Sandbox:
    """The stack as deployed a moment ago, its secrets filled but that of `new`."""
    deployed.reset()
    for source, text in _CREDENTIALS.items():
        deployed.put_secret(secret_of(source), text)
    return deployed


@pytest.fixture(autouse=True)
def _promises(sandbox: Sandbox) -> Iterator[None]:
    """After every test: what the project promises whatever happens."""
    yield
    promises.check(sandbox)
