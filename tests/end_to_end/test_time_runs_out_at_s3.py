"""S3 does not answer, at full length.

A run ends before Lambda ends it, and says what became of every zone. In real time, so the file is slow; the files of
this name run side by side.
"""

import pytest

from tests.end_to_end.stack import SOURCES
from tests.sandbox.aws import Fault as AwsFault
from tests.sandbox.cloudflare import Fault
from tests.sandbox.sandbox import Sandbox

pytestmark = pytest.mark.slow

EVENT = "2026-11-23T10:01:00Z"


def test_s3_down_for_all_of_the_time_ends_in_the_log(sandbox: Sandbox) -> None:
    sandbox.aws.faults.add(AwsFault("fail", service="s3", role="?*", times=None, status=503, code="SlowDown"))
    invocation = sandbox.run(EVENT)
    assert invocation.outcome.error_type == "NotSaved"
    assert 35_000 < invocation.duration_ms < 50_000
    unsaved = [line["unsaved"] for line in sandbox.logged(invocation) if "unsaved" in line]
    assert len(unsaved) == len(SOURCES["main"])


def test_everything_hangs_and_the_run_still_ends_by_itself(sandbox: Sandbox) -> None:
    sandbox.cloudflare.faults.add(Fault("hang"))
    sandbox.aws.faults.add(AwsFault("hang", role="?*", service="s3", times=None))
    invocation = sandbox.run(EVENT, source="wide")
    assert invocation.outcome.error_type == "NotSaved"
    assert invocation.duration_ms < 50_000
    unsaved = [line["unsaved"] for line in sandbox.logged(invocation) if "unsaved" in line]
    assert len(unsaved) == len(SOURCES["wide"])
    assert [datum.sum for datum in sandbox.health("SaveFailed", Source="wide")] == [1]
