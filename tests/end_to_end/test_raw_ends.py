"""Raw days end when they are older than the retention and their history is verified; everything else stays for ever."""

import pytest

from tests.end_to_end.closed_day import DAY, FIRST_HOUR, MINUTES, SOURCES, collect, kept, served, stack_metric
from tests.end_to_end.test_compaction_interrupted import kill_when
from tests.sandbox.aws import Fault
from tests.sandbox.aws.faults import Kind
from tests.sandbox.sandbox import Sandbox

WITHIN = "2027-02-20T00:20:00Z"
"""90 days after the day."""
AFTER = "2027-02-21T00:20:00Z"
"""91 days after it."""
OBJECTS = len(MINUTES) * len(SOURCES)


def test_a_day_older_than_the_retention_ends_and_its_history_stays(sandbox: Sandbox) -> None:
    collect(sandbox)
    sandbox.compact(FIRST_HOUR)
    assert sandbox.compact(WITHIN).ok
    assert len(sandbox.keys()) == OBJECTS
    assert sandbox.compact(AFTER).ok
    assert sandbox.keys() == []
    assert stack_metric(sandbox, "RawObjectsDeleted") == [OBJECTS]
    assert stack_metric(sandbox, "UncompactedDays")[-1] == 0
    assert kept(sandbox) == served(sandbox)
    versions = sandbox.s3.list_object_versions(Bucket=sandbox.bucket, Prefix="raw/")["Versions"]
    assert len(versions) == OBJECTS


def test_a_day_without_history_never_ends_and_is_told(sandbox: Sandbox) -> None:
    collect(sandbox)
    sandbox.compact(AFTER)
    assert len(sandbox.keys()) == OBJECTS
    assert sandbox.keys("history/") == []
    assert stack_metric(sandbox, "UncompactedDays") == [1]


def test_a_minute_that_is_not_in_history_keeps_its_whole_day(sandbox: Sandbox) -> None:
    collect(sandbox, MINUTES[:-1])
    sandbox.compact(FIRST_HOUR)
    collect(sandbox, MINUTES[-1:])
    sandbox.compact(AFTER)
    assert len(sandbox.keys()) == OBJECTS


def test_a_day_of_which_something_was_rejected_stays(sandbox: Sandbox) -> None:
    collect(sandbox)
    sandbox.s3.put_object(Bucket=sandbox.bucket, Key=f"raw/dt={DAY}/1200-main.json.gz", Body=b"no")
    sandbox.compact(FIRST_HOUR)
    sandbox.compact(AFTER)
    assert len(sandbox.keys()) == OBJECTS + 1


@pytest.mark.parametrize("table", ["polls", "usage"])
def test_a_day_whose_history_is_damaged_stays(sandbox: Sandbox, table: str) -> None:
    collect(sandbox)
    sandbox.compact(FIRST_HOUR)
    key = f"history/{table}/dt={DAY}/{table}.parquet"
    answer = sandbox.s3.get_object(Bucket=sandbox.bucket, Key=key)
    body = answer["Body"].read()
    sandbox.s3.put_object(Bucket=sandbox.bucket, Key=key, Body=body[: len(body) // 2], Metadata=answer["Metadata"])
    sandbox.compact(AFTER)
    assert len(sandbox.keys()) == OBJECTS


@pytest.mark.parametrize("kind", ["hang", "hang_answer"])
def test_killed_while_it_deletes_the_next_run_goes_on(sandbox: Sandbox, kind: Kind) -> None:
    collect(sandbox)
    sandbox.compact(FIRST_HOUR)
    kill_when(sandbox, Fault(kind, operation="DeleteObjects", role=sandbox.compacting.role), AFTER)
    assert sandbox.compact("2027-02-21T01:20:00Z").ok
    assert sandbox.keys() == []
    assert kept(sandbox) == served(sandbox)


def test_a_deletion_that_was_half_done_goes_on(sandbox: Sandbox) -> None:
    collect(sandbox)
    sandbox.compact(FIRST_HOUR)
    for key in sandbox.keys()[:5]:
        sandbox.s3.delete_object(Bucket=sandbox.bucket, Key=key)
    assert sandbox.compact(AFTER).ok
    assert sandbox.keys() == []
    assert kept(sandbox) == served(sandbox)


def test_a_refused_deletion_is_an_error_that_names_no_success(sandbox: Sandbox) -> None:
    collect(sandbox)
    sandbox.compact(FIRST_HOUR)
    with sandbox.aws.faults.active(Fault("refuse", operation="DeleteObjects", times=None)):
        assert not sandbox.compact(AFTER).ok
    assert len(sandbox.keys()) == OBJECTS
    assert stack_metric(sandbox, "RawObjectsDeleted") == []
