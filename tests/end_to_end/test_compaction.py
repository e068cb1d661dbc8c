"""A closed day becomes one object a table, with every number that Cloudflare served, and stays true when it changes."""

import json
from datetime import date
from typing import Any

import pytest

from contract.lake import POLLS, USAGE, HistoryMetadata
from tests.end_to_end.closed_day import (
    DAY,
    FIRST_HOUR,
    MINUTES,
    NEXT_HOUR,
    SOURCES,
    assert_true,
    collect,
    history_objects,
    kept,
    served,
    stack_metric,
)
from tests.sandbox.aws import Fault
from tests.sandbox.cloudflare import Fault as CloudflareFault
from tests.sandbox.sandbox import Sandbox


def test_a_closed_day_becomes_one_object_a_table_with_every_number_that_was_served(sandbox: Sandbox) -> None:
    collect(sandbox)
    assert sandbox.compact(FIRST_HOUR).ok
    assert list(history_objects(sandbox)) == [
        f"history/polls/dt={DAY}/polls.parquet",
        f"history/usage/dt={DAY}/usage.parquet",
    ]
    assert_true(sandbox)
    usage, polls = sandbox.history("usage", DAY), sandbox.history("polls", DAY)
    assert list(usage[0]) == [column.name for column in USAGE.columns]
    assert list(polls[0]) == [column.name for column in POLLS.columns]
    assert usage == sorted(usage, key=lambda row: (row["zone_id"], row["app_id"], row["minute"]))
    for name, rows in (("usage", usage), ("polls", polls)):
        metadata = sandbox.history_metadata(name, DAY)
        assert metadata[HistoryMetadata.ROWS] == str(len(rows))
        assert metadata[HistoryMetadata.RAW_OBJECTS] == str(len(MINUTES) * len(SOURCES))
        assert metadata[HistoryMetadata.REJECTED] == "0"
    assert stack_metric(sandbox, "CompactedRows") == [len(usage)]
    assert stack_metric(sandbox, "UncompactedDays") == [0]
    assert sandbox.reported_days() == [DAY]


def test_minutes_that_are_not_known_are_in_polls_with_their_reason_and_nowhere_in_usage(sandbox: Sandbox) -> None:
    zone = sandbox.cloudflare.world.zones[0].id
    sandbox.cloudflare.faults.add(CloudflareFault("forbidden_10000", zone=zone, minutes=f"{DAY} 23:55"))
    collect(sandbox, sources=("main",))
    assert sandbox.compact(FIRST_HOUR).ok
    assert_true(sandbox)
    (lost,) = [row for row in sandbox.history("polls", DAY) if row["outcome"] != "collected"]
    assert (lost["zone_id"], lost["reason"], lost["http_status"]) == (zone, "forbidden", 403)
    assert not [
        row for row in sandbox.history("usage", DAY) if (row["zone_id"], row["minute"]) == (zone, lost["minute"])
    ]


def test_a_day_is_left_alone_until_its_last_minute_has_had_time_to_arrive(sandbox: Sandbox) -> None:
    collect(sandbox)
    assert sandbox.compact("2026-11-23T00:14:00Z", {"scheduled_time": "2026-11-23T00:14:00Z"}).ok
    assert history_objects(sandbox) == {}


def test_an_hour_with_nothing_to_do_writes_nothing(sandbox: Sandbox) -> None:
    collect(sandbox)
    sandbox.compact(FIRST_HOUR)
    before = history_objects(sandbox)
    sandbox.aws.calls.clear()
    assert sandbox.compact(NEXT_HOUR).ok
    assert history_objects(sandbox) == before
    operations = {call.operation for call in sandbox.aws.calls.of(role=sandbox.compacting.role)}
    assert "PutObject" not in operations
    assert "GetObject" not in operations


def test_an_empty_bucket_is_no_trouble(sandbox: Sandbox) -> None:
    assert sandbox.compact(FIRST_HOUR).ok
    assert sandbox.keys("") == []
    assert stack_metric(sandbox, "UncompactedDays") == [0]


def test_a_minute_that_comes_late_is_in_history_an_hour_later(sandbox: Sandbox) -> None:
    collect(sandbox, MINUTES[:-1])
    sandbox.compact(FIRST_HOUR)
    before = kept(sandbox)
    collect(sandbox, MINUTES[-1:], ("main",))
    assert sandbox.compact(NEXT_HOUR).ok
    assert_true(sandbox)
    assert len(kept(sandbox)) > len(before)
    assert len(history_objects(sandbox)) == 2


def test_a_day_is_recompacted_on_demand_whatever_its_age(sandbox: Sandbox) -> None:
    collect(sandbox)
    sandbox.compact(FIRST_HOUR)
    truth = served(sandbox)
    sandbox.s3.delete_object(Bucket=sandbox.bucket, Key=USAGE.key(date.fromisoformat(DAY)))
    invocation = sandbox.compact("2026-12-24T12:00:00Z", {"day": DAY})
    assert invocation.ok
    assert kept(sandbox) == truth


@pytest.mark.parametrize(
    ("event", "because"),
    [
        ({"day": "2026-11-23"}, "2026-11-23 is not over"),
        ({"day": "2026-11-20"}, "2026-11-20 has no raw objects"),
        ({"day": "yesterday"}, "the event must be"),
        ({"day": 20261122}, "the event must be"),
        ({"days": 1}, "the event must be"),
    ],
)
def test_a_request_that_cannot_be_met_is_an_error_that_says_why(
    sandbox: Sandbox, event: dict[str, Any], because: str
) -> None:
    collect(sandbox, MINUTES[:1])
    invocation = sandbox.compact("2026-11-23T12:00:00Z", event)
    assert not invocation.ok
    assert because in json.dumps(invocation.outcome.payload)
    assert history_objects(sandbox) == {}


def test_history_never_loses_a_row_because_raw_objects_are_gone(sandbox: Sandbox) -> None:
    collect(sandbox)
    sandbox.compact(FIRST_HOUR)
    before, truth = history_objects(sandbox), served(sandbox)
    sandbox.s3.delete_object(Bucket=sandbox.bucket, Key=f"raw/dt={DAY}/2355-main.json.gz")
    sandbox.compact(NEXT_HOUR)
    assert history_objects(sandbox) == before
    assert kept(sandbox) == truth
    sandbox.compact("2026-11-23T07:20:00Z")
    assert stack_metric(sandbox, "UncompactedDays")[-1] == 1
    by_hand = sandbox.compact("2026-11-23T08:00:00Z", {"day": DAY})
    assert not by_hand.ok
    assert "23:55" in json.dumps(by_hand.outcome.payload)
    assert history_objects(sandbox) == before


@pytest.mark.parametrize("operation", ["GetObject", "PutObject", "ListObjectsV2", "HeadObject"])
def test_s3_that_is_busy_for_a_while_delays_the_day_and_loses_nothing(sandbox: Sandbox, operation: str) -> None:
    collect(sandbox)
    busy = Fault("fail", operation=operation, role=sandbox.compacting.role, code="SlowDown", status=503, times=2)
    with sandbox.aws.faults.active(busy):
        sandbox.compact(FIRST_HOUR)
    sandbox.compact(NEXT_HOUR)
    assert_true(sandbox)


def test_a_day_that_cannot_be_written_is_told_before_the_view_needs_it(sandbox: Sandbox) -> None:
    collect(sandbox)
    refused = Fault("refuse", operation="PutObject", key="history/*", times=None)
    with sandbox.aws.faults.active(refused):
        assert not sandbox.compact(FIRST_HOUR).ok
        sandbox.compact("2026-11-23T05:20:00Z")
        sandbox.compact("2026-11-23T06:20:00Z")
    assert stack_metric(sandbox, "UncompactedDays") == [0, 0, 1]
    assert len(sandbox.queued("FailureQueueUrl")) == 3
    assert sandbox.compact("2026-11-23T07:20:00Z").ok
    assert_true(sandbox)
    sandbox.compact("2026-11-23T08:20:00Z")
    assert stack_metric(sandbox, "UncompactedDays")[-1] == 0


def test_two_days_and_two_sources_are_compacted_each_into_its_own_object(sandbox: Sandbox) -> None:
    other = "2026-11-21"
    collect(sandbox, (f"{other}T23:58", f"{other}T23:59", *MINUTES[:2]))
    assert sandbox.compact(FIRST_HOUR).ok
    assert sandbox.compacted_days() == [other, DAY]
    assert_true(sandbox)
    assert_true(sandbox, other)
    assert {row["source"] for row in sandbox.history("usage", DAY)} == set(SOURCES)


def test_minutes_without_published_are_counted_by_source_once_they_are_late(sandbox: Sandbox) -> None:
    refused = Fault("refuse", operation="PutMetricData", role=sandbox.role, times=None)
    collect(sandbox, MINUTES[:2])
    with sandbox.aws.faults.active(refused):
        for scheduled in ("23:57:00", "23:58:00"):
            sandbox.run(f"{DAY}T{scheduled}Z")
    sandbox.compact("2026-11-23T00:10:00Z", {"scheduled_time": "2026-11-23T00:10:00Z"})
    assert [datum.sum for datum in sandbox.health("UnpublishedMinutes")] == [0]
    sandbox.compact(FIRST_HOUR)
    assert [datum.sum for datum in sandbox.health("UnpublishedMinutes")][-1] == 2
    assert [datum.sum for datum in sandbox.health("UnpublishedMinutes", Source="edge")] == [0, 0]
