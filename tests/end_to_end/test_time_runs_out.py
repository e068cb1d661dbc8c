"""Nothing answers, at full length: a run ends before Lambda ends it, and says what became of every zone.

In real time, so the file is slow.
"""

from collections import Counter

import pytest

from tests.end_to_end.stack import SOURCES, ZONES
from tests.end_to_end.truth import assert_collected, assert_whole, by_request, published
from tests.sandbox.aws import Fault as AwsFault
from tests.sandbox.cloudflare import Call, Fault
from tests.sandbox.sandbox import Sandbox

pytestmark = pytest.mark.slow

EVENT, MINUTE = "2026-11-23T10:01:00Z", "2026-11-23T10:00"


def test_cloudflare_hangs_for_everyone_and_every_zone_has_its_row(sandbox: Sandbox) -> None:
    sandbox.cloudflare.faults.add(Fault("hang", minutes=MINUTE))
    invocation = sandbox.run(EVENT, source="wide")
    assert invocation.ok
    assert invocation.duration_ms < 45_000
    reasons = Counter((line["outcome"], line["reason"]) for line in sandbox.rows(MINUTE, "wide"))
    assert set(reasons) == {("failed", "timeout"), ("skipped", "deadline")}
    assert reasons.total() == len(SOURCES["wide"])
    assert published(sandbox, MINUTE) == {}
    assert len(sandbox.health("Published", Source="wide")) == 1
    assert sandbox.run("2026-11-23T10:02:00Z", source="wide").ok
    assert_whole(sandbox, "2026-11-23T10:01", "wide")


def test_zones_that_hang_or_drip_cost_the_others_nothing(sandbox: Sandbox) -> None:
    sandbox.run(EVENT, source="wide")
    troubled = dict(
        zip((zone.id for zone in ZONES["wide"]), ("hang", "hang_in_body", "drip_body", "drip_headers"), strict=False)
    )
    for zone_id, kind in troubled.items():
        sandbox.cloudflare.faults.add(Fault(kind, zone=zone_id, call=Call.USAGE, delay_s=0.5))
    invocation = sandbox.run("2026-11-23T10:02:00Z", source="wide")
    assert invocation.ok
    assert invocation.duration_ms < 45_000
    lines = by_request(sandbox.rows("2026-11-23T10:01", "wide"))
    for polled in SOURCES["wide"]:
        line = lines[polled.zone.id, None]
        if polled.zone.id in troubled:
            assert (line["outcome"], line["reason"]) == ("failed", "timeout")
        else:
            assert_collected(sandbox, line, polled, None, "2026-11-23T10:01")
            assert line["observed_at"] < "2026-11-23 10:02:10"


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


@pytest.mark.parametrize("operation", ["GetSecretValue", "PutMetricData"])
def test_another_service_of_aws_hangs_and_the_run_still_ends_by_itself(sandbox: Sandbox, operation: str) -> None:
    sandbox.cloudflare.faults.add(Fault("hang", minutes=MINUTE))
    sandbox.aws.faults.add(AwsFault("hang", role="?*", operation=operation, times=None))
    invocation = sandbox.run(EVENT, source="wide")
    assert not invocation.timed_out
    assert len(sandbox.rows(MINUTE, "wide")) == len(SOURCES["wide"])
