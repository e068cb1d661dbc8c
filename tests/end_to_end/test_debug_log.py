"""At DEBUG the libraries under the function say everything that they see. The promises hold all the same."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from contract.environment import LOG_LEVEL
from tests.end_to_end.truth import assert_whole
from tests.sandbox.cloudflare import Fault
from tests.sandbox.sandbox import Sandbox


@pytest.fixture
def talkative(sandbox: Sandbox) -> Iterator[Sandbox]:
    """The function as `log_level: DEBUG` deploys it."""
    deployed = sandbox.collecting.deployment
    variables = {**deployed.variables, LOG_LEVEL: "DEBUG"}
    sandbox.collecting.deployment = replace(deployed, application_log_level="DEBUG", variables=variables)
    sandbox.reset()
    yield sandbox
    sandbox.collecting.deployment = deployed


def test_not_even_a_debug_log_tells_the_token(talkative: Sandbox) -> None:
    for source in ("main", "edge"):
        invocation = talkative.run("2026-11-23T10:01:00Z", source=source)
        assert invocation.ok
        assert_whole(talkative, "2026-11-23T10:00", source)
        assert not [line for line in invocation.log if "SecretString" in line or "X-Auth-Key" in line]
    talkative.cloudflare.faults.add(Fault("unauthorized_1000", minutes="2026-11-23 10:01"))
    assert talkative.run("2026-11-23T10:02:00Z").ok
    assert {line["reason"] for line in talkative.rows("2026-11-23T10:01")} == {"unauthorized"}
