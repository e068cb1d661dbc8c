"""`make restore`: minutes that S3 would not take come back from the log as Cloudflare served them."""

import gzip
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from contract.lake import HISTORIES, HistoryMetadata
from tests.end_to_end.closed_day import FIRST_HOUR, assert_true, collect, kept, served
from tests.end_to_end.closed_day import MINUTES as CLOSING
from tests.end_to_end.operator import Operator, module
from tests.end_to_end.stack import SOURCES, world
from tests.end_to_end.truth import assert_whole, expected, published
from tests.sandbox.aws import Fault as AwsFault
from tests.sandbox.cloudflare import Application, make_id
from tests.sandbox.command import CommandError, run
from tests.sandbox.deploy import PROJECT
from tests.sandbox.sandbox import Sandbox

REFUSED = AwsFault("refuse", service="s3", operation="PutObject", key="raw/*", times=None)
"""Nobody may write raw objects, the operator neither."""

MINUTES = ("2026-11-23T10:01", "2026-11-23T10:02")
RANGE = ("--from", MINUTES[0], "--to", MINUTES[1])
LATER = "2026-11-23T11:00"


@pytest.fixture
def operator(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Operator:
    """Somebody who may do everything in this account."""
    return Operator(sandbox, tmp_path, monkeypatch, capsys)


def event_of(minute: str) -> str:
    """The time of the event by which a minute (before the tenth of its hour) is collected."""
    return f"{minute[:-1]}{int(minute[-1]) + 1}:00Z"


def refused(sandbox: Sandbox, *minutes: str, source: str = "main") -> None:
    """Let these minutes be collected, and not saved."""
    with sandbox.aws.faults.active(REFUSED):
        for minute in minutes:
            assert sandbox.run(event_of(minute), source=source).outcome.error_type == "NotSaved"


def key_of(minute: str, source: str = "main") -> str:
    """Of its raw object."""
    return f"raw/dt={minute[:10]}/{minute[11:13]}{minute[14:16]}-{source}.json.gz"


def bodies(sandbox: Sandbox, minute: str) -> set[bytes]:
    """Every text that anybody has tried to write as this minute's object."""
    sent = (each.request for each in sandbox.aws.transcript if each.label == f"s3 PutObject {key_of(minute)}")
    return {gzip.decompress(request[request.index(b"\x1f\x8b") :]) for request in sent}


def stored(sandbox: Sandbox) -> list[tuple[str, str]]:
    """Every raw object that there ever was: its key and its version."""
    listed = sandbox.s3.list_object_versions(Bucket=sandbox.bucket, Prefix="raw/")
    return [(entry["Key"], entry["VersionId"]) for entry in listed["Versions"]]


def test_restored_minutes_are_what_cloudflare_served_and_replayed_they_are_in_cloudwatch(
    sandbox: Sandbox, operator: Operator
) -> None:
    assert sandbox.run("2026-11-23T10:01:00Z").ok
    refused(sandbox, *MINUTES)
    assert sandbox.run("2026-11-23T10:04:00Z").ok
    told = operator.restore(at=LATER)
    assert told.status == 0, told
    for minute in MINUTES:
        assert f"{minute} main: to be written, {len(SOURCES['main'])} rows of run " in told.said
        assert f"{minute} main: written" in told.said
        assert_whole(sandbox, minute)
        assert len(bodies(sandbox, minute)) == 1, "the collector's try and the command's are the same text"
    runs = [sandbox.s3.head_object(Bucket=sandbox.bucket, Key=key_of(minute))["Metadata"]["run"] for minute in MINUTES]
    assert [run.partition(".")[0] for run in runs] == [each.request_id for each in sandbox.invocations[1:3]]
    assert f"make replay ARGS='--from {MINUTES[0]} --to {MINUTES[1]}'" in told.said
    assert [published(sandbox, minute) for minute in MINUTES] == [{}, {}]

    replayed = operator.replay(*RANGE, at=LATER)
    assert replayed.status == 0, replayed
    for minute in MINUTES:
        assert published(sandbox, minute) == expected(sandbox, minute)
        assert [datum.sum for datum in sandbox.health("Published", minute)] == [1]


def test_what_is_there_already_is_left_alone(sandbox: Sandbox, operator: Operator) -> None:
    refused(sandbox, *MINUTES)
    assert operator.restore(at=LATER).status == 0
    written = stored(sandbox)
    again = operator.restore(at=LATER)
    assert again.status == 0
    assert again.said.count("there already") == len(MINUTES) + 1
    assert "to be written" not in again.said
    assert stored(sandbox) == written


def test_a_minute_that_was_saved_although_its_run_could_not_tell_is_there_already(
    sandbox: Sandbox, operator: Operator
) -> None:
    sandbox.reset(timeout_s=5)
    with sandbox.aws.faults.active(
        AwsFault("drop_answer", operation="PutObject", key="raw/*"),
        AwsFault("fail", service="s3", key="raw/*", times=None),
    ):
        assert sandbox.run(event_of(MINUTES[0])).outcome.error_type == "NotSaved"
    assert sandbox.keys() == [key_of(MINUTES[0])]
    told = operator.restore(at=LATER)
    assert told.status == 0
    assert f"{MINUTES[0]} main: there already" in told.said
    assert "there is no catalog/main.json yet" in operator.replay(at=LATER).said
    assert sandbox.run("2026-11-23T10:03:00Z").ok
    assert operator.replay(at=LATER).status == 0
    assert published(sandbox, MINUTES[0]) == expected(sandbox, MINUTES[0], first=True)


def test_a_dry_run_writes_nothing(sandbox: Sandbox, operator: Operator) -> None:
    refused(sandbox, *MINUTES)
    told = operator.restore("--dry-run", at=LATER)
    assert told.status == 0
    assert told.said.count("to be written") == len(MINUTES)
    assert sandbox.keys() == []


def test_rows_in_many_parts_of_two_runs_make_one_object_and_not_a_mixture(sandbox: Sandbox, operator: Operator) -> None:
    many = tuple(Application(make_id("many", number), f"anwendung-{number}.bücher.example") for number in range(400))
    sandbox.reset(world().with_zone(replace(SOURCES["main"][0].zone, applications=many)))
    with sandbox.aws.faults.active(REFUSED):
        for late_s in (1, 62):
            sandbox.run(event_of(MINUTES[0]), late_s=late_s)
    first, second = sandbox.invocations
    assert max(line["unsaved"]["parts"] for line in sandbox.logged(first) if "unsaved" in line) > 1
    assert len(bodies(sandbox, MINUTES[0])) == 2
    told = operator.restore("--minute", MINUTES[0], at=LATER)
    assert told.status == 0, told
    assert first.request_id in told.said
    assert second.request_id not in told.said
    assert_whole(sandbox, MINUTES[0])


def test_a_minute_that_is_not_whole_in_the_log_is_told_and_the_others_are_restored(
    sandbox: Sandbox, operator: Operator, tmp_path: Path
) -> None:
    refused(sandbox, *MINUTES)
    lines = [line for invocation in sandbox.invocations for line in sandbox.logged(invocation) if "unsaved" in line]
    assert lines[0]["unsaved"]["key"] == key_of(MINUTES[0])
    exported = tmp_path / "exported"
    exported.write_text("".join(f"2026-11-23T10:02:03.000Z {json.dumps(line)}\n" for line in lines[1:]))
    told = operator.restore("--file", str(exported), at=LATER)
    assert told.status == 1
    rows = len(SOURCES["main"])
    assert f"{MINUTES[0]} main: NOT RESTORED, its rows are not whole in what was read: " in told.said
    assert f"has {rows - 1} of {rows} lines whole" in told.said
    assert sandbox.keys() == [key_of(MINUTES[1])]
    assert_whole(sandbox, MINUTES[1])
    assert operator.restore(at=LATER).status == 0
    assert_whole(sandbox, MINUTES[0])


def test_only_the_minutes_and_sources_that_are_asked_for_are_restored(sandbox: Sandbox, operator: Operator) -> None:
    refused(sandbox, *MINUTES)
    refused(sandbox, MINUTES[0], source="edge")
    assert operator.restore("--minute", MINUTES[0], "--source", "edge", at=LATER).status == 0
    assert sandbox.keys() == [key_of(MINUTES[0], "edge")]
    assert operator.restore("--minute", MINUTES[0], at=LATER).status == 0
    assert sandbox.keys() == [key_of(MINUTES[0], "edge"), key_of(MINUTES[0])]


def test_while_s3_still_refuses_nothing_is_lost_and_the_command_says_so(sandbox: Sandbox, operator: Operator) -> None:
    refused(sandbox, MINUTES[0])
    with sandbox.aws.faults.active(REFUSED):
        told = operator.restore(at=LATER)
    assert told.status == 1
    assert "NOT RESTORED, S3 refused" in told.said
    assert "The rows stay in the log: try again" in told.said
    assert operator.restore(at=LATER).status == 0
    assert_whole(sandbox, MINUTES[0])


def test_rows_of_events_that_came_hours_late_are_found_too(sandbox: Sandbox, operator: Operator) -> None:
    with sandbox.aws.faults.active(REFUSED):
        sandbox.run(event_of(MINUTES[0]), late_s=5 * 3600 + 1800)
    assert operator.restore("--minute", MINUTES[0], at="2026-11-23T20:00").status == 0
    assert {line["reason"] for line in sandbox.rows(MINUTES[0])} == {"late_event"}


def test_where_nothing_was_refused_there_is_nothing_to_do(sandbox: Sandbox, operator: Operator) -> None:
    assert sandbox.run(event_of(MINUTES[0])).ok
    told = operator.restore(at=LATER)
    assert told.status == 0
    assert "The log has no rows of these minutes, S3 has 1 of them" in told.said
    assert operator.restore("--minute", MINUTES[0], at=LATER).status == 0
    assert operator.restore("--minute", MINUTES[1], at=LATER).status == 1, "this one was asked for and is not there"


YESTERDAY = "2026-11-22T23:59"


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The days whose compaction Lambda was asked for."""
    events: list[str] = []

    def accept(_self: Any, body: bytes, *_headers: Any) -> str:
        events.append(json.loads(body)["day"])
        return ""

    monkeypatch.setattr("moto.awslambda.models.LambdaFunction.invoke", accept)
    return events


def compacted(sandbox: Sandbox, raw_objects: int) -> None:
    """History of yesterday that was made of so many raw objects."""
    for history in HISTORIES:
        sandbox.s3.put_object(
            Bucket=sandbox.bucket,
            Key=f"{history.prefix}dt={YESTERDAY[:10]}/{history.name}.parquet",
            Metadata={HistoryMetadata.RAW_OBJECTS.value: str(raw_objects)},
        )


def test_a_closed_day_has_the_restored_minute_in_its_history(
    sandbox: Sandbox, operator: Operator, started: list[str]
) -> None:
    collect(sandbox, CLOSING[:-1])
    collect(sandbox, CLOSING[-1:], sources=("edge",))
    with sandbox.aws.faults.active(REFUSED):
        assert sandbox.run("2026-11-23T00:00:00Z").outcome.error_type == "NotSaved"
    assert sandbox.compact(FIRST_HOUR).ok
    assert kept(sandbox) != served(sandbox)
    told = operator.restore(at="2026-11-23T00:30")
    assert told.status == 0, told
    assert "2026-11-22 is compacted again" in told.said
    assert started == ["2026-11-22"]
    (call,) = sandbox.aws.calls.of("Invoke")
    assert call.key == sandbox.deployment.outputs["CompactorName"]
    assert call.parameters["InvocationType"] == "Event"
    # As if that compaction had never run; and then as it is when it has.
    assert operator.restore(at="2026-11-23T00:40").status == 0
    assert started == ["2026-11-22"] * 2
    assert sandbox.compact("2026-11-23T00:41:00Z", {"day": started[0]}).ok
    assert_true(sandbox)
    assert operator.restore(at="2026-11-23T00:50").status == 0
    assert started == ["2026-11-22"] * 2


def test_a_day_that_is_open_or_not_compacted_yet_is_left_to_the_hourly_compaction(
    sandbox: Sandbox, operator: Operator, started: list[str]
) -> None:
    with sandbox.aws.faults.active(REFUSED):
        sandbox.run("2026-11-23T00:00:00Z")
    assert operator.restore(at="2026-11-23T00:10").status == 0
    told = operator.restore(at="2026-11-23T00:20")
    assert "2026-11-22 is closed and not compacted yet: the hourly compaction will take it" in told.said
    assert started == []


def test_a_compaction_that_cannot_be_started_is_told(sandbox: Sandbox, operator: Operator) -> None:
    with sandbox.aws.faults.active(REFUSED):
        sandbox.run("2026-11-23T00:00:00Z")
    compacted(sandbox, 0)
    with sandbox.aws.faults.active(AwsFault("refuse", service="lambda", operation="Invoke", times=None)):
        told = operator.restore(at="2026-11-23T00:20")
    assert told.status == 1
    assert "whether the compaction of 2026-11-22 was started: AccessDenied" in told.complained
    assert "The hourly compaction will find it by itself" in told.complained
    assert_whole(sandbox, YESTERDAY)


def test_a_minute_of_a_day_whose_raw_objects_have_ended_is_not_put_there_alone(
    sandbox: Sandbox, operator: Operator, started: list[str]
) -> None:
    with sandbox.aws.faults.active(REFUSED):
        sandbox.run("2026-11-23T00:00:00Z")
    compacted(sandbox, 1_439)
    told = operator.restore(at="2026-11-23T00:20")
    assert told.status == 1
    assert "the raw objects of 2026-11-22 have ended (0 are left of 1439)" in told.said
    assert sandbox.keys() == []
    assert started == []


def test_another_stack_is_not_found_and_the_command_says_where_it_looked(operator: Operator) -> None:
    told = operator.restore("--stack", "Other", at=LATER)
    assert told.status == 1
    assert "There is no stack Other in us-east-1" in told.complained


def test_as_make_runs_it_it_says_what_is_missing_without_credentials_and_asks_with_them(operator: Operator) -> None:
    environment = {**operator.environment, "PATH": "/usr/bin:/bin", "PYTHONPATH": "lambda"}
    none = {name: value for name, value in environment.items() if "ACCESS_KEY" not in name}
    with pytest.raises(CommandError, match=r"(?s)ended with status 1:.*No AWS credentials.*aws sso login"):
        run(module("restore"), environment=none, folder=PROJECT)
    with pytest.raises(CommandError, match=r"(?s)ended with status 1:.*The log has no rows and S3 has no minute, "):
        run((*module("restore"), "--dry-run"), environment=environment, folder=PROJECT)
