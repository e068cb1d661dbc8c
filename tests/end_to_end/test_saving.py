"""S3 in trouble: what passes costs nothing, what does not leaves the rows in the log, and nothing is made up."""

import gzip
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import groupby
from operator import itemgetter
from typing import Any

import pytest

from contract.metrics import TRAFFIC_NAMESPACE
from tests.end_to_end.stack import SOURCES, world
from tests.end_to_end.truth import assert_whole, by_request, expected, numbers, published, readings, saved
from tests.sandbox.aws import Fault as AwsFault
from tests.sandbox.cloudflare import Application, make_id
from tests.sandbox.function.invocation import Invocation
from tests.sandbox.sandbox import Sandbox

EVENT, MINUTE = "2026-11-23T10:01:00Z", "2026-11-23T10:00"
KEY = "raw/dt=2026-11-23/1000-main.json.gz"


def of_s3(kind: str, operation: str = "PutObject", key: str = "raw/*", times: int | None = 1, **more: Any) -> AwsFault:
    """A fault of the function's own calls."""
    return AwsFault(kind, service="s3", operation=operation, key=key, times=times, role="?*", **more)  # type: ignore[arg-type]


PASSING: dict[str, list[AwsFault]] = {
    "503 for a while": [of_s3("fail", status=503, code="SlowDown", times=2)],
    "409 for a while": [of_s3("refuse", status=409, code="ConditionalRequestConflict", times=2)],
    "cut before it was written": [of_s3("drop")],
    "cut after it was written": [of_s3("drop_answer")],
    "500 after it was written": [of_s3("fail_answer")],
    "written, and the answer hangs": [of_s3("hang_answer")],
    "written, cut, and the object cannot be looked at": [of_s3("drop_answer"), of_s3("fail", "HeadObject", times=3)],
    "the names cannot be read twice": [of_s3("fail", "GetObject", "catalog/*", times=2)],
    "nobody says whether the object is there": [of_s3("fail", "HeadObject", times=3)],
    "everything hangs once": [of_s3("hang", "HeadObject"), of_s3("hang"), of_s3("hang", key="catalog/*")],
}


@pytest.mark.parametrize(
    "trouble", [pytest.param(name, marks=[pytest.mark.slow] * ("everything" in name)) for name in PASSING]
)
def test_what_passes_costs_nothing(sandbox: Sandbox, trouble: str) -> None:
    sandbox.aws.faults.add(*PASSING[trouble])
    assert sandbox.run(EVENT).ok
    assert_whole(sandbox, MINUTE)
    assert published(sandbox, MINUTE) == expected(sandbox, MINUTE, first=True)
    assert [datum.sum for datum in sandbox.health("Published")] == [1]
    assert [datum.sum for datum in sandbox.health("RowsSaved")] == [len(SOURCES["main"])]
    assert sandbox.health("DuplicatesRefused") == []
    assert {fault.operation for fault in sandbox.aws.faults.pending()} <= {"HeadObject"}


def test_an_object_that_another_run_wrote_meanwhile_stands(sandbox: Sandbox) -> None:
    body = gzip.compress(b"{}\n")
    sandbox.s3.put_object(Bucket=sandbox.bucket, Key=KEY, Body=body, Metadata={"run": "another"})
    sandbox.aws.faults.add(of_s3("fail", "HeadObject"))
    assert sandbox.run(EVENT).outcome.payload == {"duplicate_of": KEY}
    assert sandbox.rows(MINUTE) == [{}]
    assert published(sandbox, MINUTE) == {}
    assert [datum.sum for datum in sandbox.health("DuplicatesRefused")] == [1]
    assert sandbox.health("Published") == []


def test_without_the_right_to_list_the_bucket_it_collects_and_publishes_nothing_under_guessed_names(
    sandbox: Sandbox,
) -> None:
    with without_grant(sandbox, "s3:ListBucket"):
        failed = sandbox.run(EVENT)
        assert {call.error for call in sandbox.aws.calls.of("GetObject", role=sandbox.role)} == {"AccessDenied"}
        assert_whole(sandbox, MINUTE)
        assert_not_published(sandbox, failed)


def test_while_the_names_cannot_be_read_a_minute_is_saved_and_not_published(sandbox: Sandbox) -> None:
    with sandbox.aws.faults.active(of_s3("fail", "GetObject", "catalog/*", times=None)):
        failed = sandbox.run(EVENT)
    assert_whole(sandbox, MINUTE)
    assert_not_published(sandbox, failed)
    assert sandbox.run("2026-11-23T10:02:00Z").ok
    assert published(sandbox, "2026-11-23T10:01") == expected(sandbox, "2026-11-23T10:01", first=True)


def test_names_that_cannot_be_kept_cost_nothing(sandbox: Sandbox) -> None:
    sandbox.aws.faults.add(of_s3("fail", key="catalog/*"))
    assert sandbox.run(EVENT).ok
    assert published(sandbox, MINUTE) == expected(sandbox, MINUTE, first=True)
    assert sandbox.keys("catalog/") == []
    assert sandbox.run("2026-11-23T10:02:00Z").ok
    assert sandbox.keys("catalog/") == ["catalog/main.json"]


@pytest.mark.parametrize("body", ["{", '{"version": 2}'])
def test_kept_names_that_are_unreadable_are_read_anew(sandbox: Sandbox, body: str) -> None:
    sandbox.s3.put_object(Bucket=sandbox.bucket, Key="catalog/main.json", Body=body.encode())
    assert sandbox.run(EVENT).ok
    assert published(sandbox, MINUTE) == expected(sandbox, MINUTE, first=True)
    assert json.loads(sandbox.text("catalog/main.json"))["version"] == 1


@pytest.mark.parametrize(
    ("faults", "timeout_s"),
    [
        pytest.param([of_s3("refuse", times=None)], None, id="refused"),
        pytest.param([of_s3("fail", "*", "*", times=None, status=503, code="SlowDown")], 5, id="down"),
    ],
)
def test_rows_that_s3_does_not_take_stand_in_the_log_and_rebuild_the_object(
    sandbox: Sandbox, faults: list[AwsFault], timeout_s: float | None
) -> None:
    many = tuple(
        Application(make_id("many", number), f"anwendung-{number}.bücher.example", "tcp/22") for number in range(400)
    )
    zone = replace(SOURCES["main"][0].zone, applications=many)
    sandbox.reset(world().with_zone(zone), timeout_s=timeout_s)
    sandbox.aws.faults.add(*faults)
    failed = sandbox.run(EVENT)
    sandbox.aws.faults.clear()

    assert failed.outcome.error_type == "NotSaved"
    assert sandbox.keys() == []
    assert list(sandbox.all_traffic()) == []
    assert sandbox.aws.calls.of("PutMetricData", role=sandbox.role) == ()
    assert [datum.sum for datum in sandbox.health("SaveFailed", MINUTE)] == [1]
    assert [datum.sum for datum in sandbox.health("RequestsCollected", MINUTE)] == [len(SOURCES["main"])]
    assert sandbox.health("RowsSaved") == []
    (record,) = sandbox.queued("FailureQueueUrl")
    assert record["requestPayload"] == {"source": "main", "scheduled_time": EVENT}
    assert record["responsePayload"]["errorType"] == "NotSaved"

    rebuilt = object_from_log(sandbox, failed)
    sandbox.s3.put_object(Bucket=sandbox.bucket, Key=KEY, Body=rebuilt, IfNoneMatch="*")
    sent = next(each.request for each in sandbox.aws.transcript if each.label == f"s3 PutObject {KEY}")
    assert gzip.decompress(rebuilt) == gzip.decompress(sent[sent.index(b"\x1f\x8b") :])
    for (zone_id, _), line in by_request(sandbox.rows(MINUTE)).items():
        polled = next(polled for polled in SOURCES["main"] if polled.zone.id == zone_id)
        true = numbers(readings(sandbox.cloudflare, polled, MINUTE))
        assert saved(line) == {app_id: true[app_id] for app_id in saved(line)}
    assert max(line["unsaved"]["parts"] for line in sandbox.logged(failed) if "unsaved" in line) > 1
    assert sandbox.run(EVENT, late_s=60).outcome.payload == {"duplicate_of": KEY}


def test_of_two_runs_that_could_not_save_a_minute_one_is_rebuilt_and_not_a_mixture(sandbox: Sandbox) -> None:
    with sandbox.aws.faults.active(of_s3("refuse", times=None)):
        runs = [sandbox.run(EVENT, late_s=late_s) for late_s in (1, 62)]
    bodies = {
        gzip.decompress(each.request[each.request.index(b"\x1f\x8b") :])
        for each in sandbox.aws.transcript
        if each.label == f"s3 PutObject {KEY}"
    }
    assert len(bodies) == 2
    assert gzip.decompress(object_from_log(sandbox, *runs)) in bodies


def object_from_log(sandbox: Sandbox, *invocations: Invocation) -> bytes:
    """What `make restore` does, in few words: of a run that is complete, the texts by line, then part, gzipped."""
    logged = [line for invocation in invocations for line in sandbox.logged(invocation)]
    parts = [line["unsaved"] for line in logged if line.get("unsaved", {}).get("key") == KEY]
    runs = [[part for part in parts if part["run"] == run] for run in sorted({part["run"] for part in parts})]
    return gzip.compress(next(text for text in map(_joined, runs) if text is not None).encode())


def _joined(parts: list[dict[str, Any]]) -> str | None:
    """The object's text; None when a line or a part is missing."""
    parts = sorted(parts, key=itemgetter("line", "part"))
    lines = {number: list(pieces) for number, pieces in groupby(parts, key=itemgetter("line"))}
    whole = len(lines) == parts[0]["lines"] and all(len(pieces) == pieces[0]["parts"] for pieces in lines.values())
    return "".join("".join(piece["text"] for piece in lines[number]) + "\n" for number in lines) if whole else None


def assert_not_published(sandbox: Sandbox, invocation: Invocation) -> None:
    """The invocation failed because its minute is not in CloudWatch, and it is not."""
    assert invocation.outcome.error_type == "NotPublished"
    assert sandbox.aws.metrics.series(TRAFFIC_NAMESPACE) == []
    assert sandbox.health("Published") == []
    assert [datum.sum for datum in sandbox.health("PublishFailed")] == [1]
    (record,) = sandbox.queued("FailureQueueUrl")
    assert "docs/operations.md#not-published" in record["responsePayload"]["errorMessage"]


@contextmanager
def without_grant(sandbox: Sandbox, action: str) -> Iterator[None]:
    """The function's role, for a while, without this action."""
    iam = sandbox.aws.client("iam")
    (name,) = iam.list_role_policies(RoleName=sandbox.role)["PolicyNames"]
    granted = iam.get_role_policy(RoleName=sandbox.role, PolicyName=name)["PolicyDocument"]
    left = [statement for statement in granted["Statement"] if action not in statement["Action"]]
    assert len(left) == len(granted["Statement"]) - 1
    document = json.dumps({**granted, "Statement": left})
    iam.put_role_policy(RoleName=sandbox.role, PolicyName=name, PolicyDocument=document)
    try:
        yield
    finally:
        iam.put_role_policy(RoleName=sandbox.role, PolicyName=name, PolicyDocument=json.dumps(granted))
