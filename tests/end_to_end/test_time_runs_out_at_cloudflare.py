"""Cloudflare does not answer, at full length.

A run ends before Lambda ends it, and says what became of every zone. In real time, so the file is slow; the files of
this name run side by side.
"""

from collections import Counter

import pytest

from tests.end_to_end.stack import SOURCES, ZONES
from tests.end_to_end.truth import assert_collected, assert_whole, by_request, published
from tests.end_to_end.waiting import wait_until
from tests.sandbox.cloudflare import KINDS, Call, Fault
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
    kinds = [kind for kind in sorted(KINDS) if kind.startswith(("drip", "hang"))]
    troubled = dict(zip((zone.id for zone in ZONES["wide"]), kinds, strict=False))
    for zone_id, kind in troubled.items():
        sandbox.cloudflare.faults.add(Fault(kind, zone=zone_id, call=Call.USAGE, delay_s=1.0))
    invocation = sandbox.run("2026-11-23T10:02:00Z", source="wide")
    assert invocation.ok
    assert invocation.duration_ms < 45_000
    lines = by_request(sandbox.rows("2026-11-23T10:01", "wide"))
    for polled in SOURCES["wide"]:
        line = lines[polled.zone.id, None]
        if polled.zone.id in troubled:
            assert (line["outcome"], line["reason"]) == ("failed", "timeout"), troubled[polled.zone.id]
        else:
            assert_collected(sandbox, line, polled, None, "2026-11-23T10:01")
            assert line["observed_at"] < "2026-11-23 10:02:10"
    wait_until(lambda: sandbox.cloudflare.connections == 0)
