"""Cloudflare and another service of AWS do not answer, at full length.

A run ends before Lambda ends it, and says what became of every zone. In real time, so the file is slow; the files of
this name run side by side.
"""

import pytest

from tests.end_to_end.stack import SOURCES
from tests.sandbox.aws import Fault as AwsFault
from tests.sandbox.cloudflare import Fault
from tests.sandbox.sandbox import Sandbox

pytestmark = pytest.mark.slow

EVENT, MINUTE = "2026-11-23T10:01:00Z", "2026-11-23T10:00"


@pytest.mark.parametrize("operation", ["GetSecretValue", "PutMetricData"])
def test_another_service_of_aws_hangs_and_the_run_still_ends_by_itself(sandbox: Sandbox, operation: str) -> None:
    sandbox.cloudflare.faults.add(Fault("hang", minutes=MINUTE))
    sandbox.aws.faults.add(AwsFault("hang", role="?*", operation=operation, times=None))
    invocation = sandbox.run(EVENT, source="wide")
    assert not invocation.timed_out
    assert len(sandbox.rows(MINUTE, "wide")) == len(SOURCES["wide"])
