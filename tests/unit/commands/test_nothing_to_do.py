"""`restore` and `replay` of what does not exist: a source that nobody knows, minutes in which nothing ran."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from collector.store import body_of
from commands._aws import Deployment
from commands.replay.__main__ import main as replay
from commands.restore import main as restore
from contract.raw import catalog_key, raw_key
from tests.unit.commands.logged import logged
from tests.unit.examples import BUCKET, MINUTE, poll

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

NOW = MINUTE + timedelta(hours=1)
SPECTRUM = {"sources": [{"name": name, "secret": name, "zones": [name[0] * 32]} for name in ("cafe", "edge")]}


@dataclass(slots=True)
class Told:
    status: int
    out: str
    err: str


class Somebody:
    """Runs the commands in a stack whose bucket is moto's and whose log is a list."""

    def __init__(self, s3: "S3Client", config: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.log: list[str] = []
        self._s3 = s3
        self._config = config
        self._capsys = capsys

    def client(self, service: str, **_: Any) -> Any:
        return self._s3 if service == "s3" else self

    def get_paginator(self, operation: str) -> Any:
        """Of CloudWatch: has everything that it is asked for."""
        self._operation = operation
        return self

    def paginate(self, **asked: Any) -> Any:
        if self._operation == "filter_log_events":
            return [{"events": [{"message": message} for message in self.log]}]
        series = asked["MetricDataQueries"]
        return [
            {
                "MetricDataResults": [
                    {"Id": each["Id"], "StatusCode": "Complete", "Timestamps": [MINUTE]} for each in series
                ]
            }
        ]

    def restore(self, *arguments: str) -> Told:
        return self._told(restore(arguments, lambda: NOW))

    def replay(self, *arguments: str) -> Told:
        return self._told(replay(["--config", str(self._config), *arguments], lambda: NOW))

    def _told(self, status: int) -> Told:
        return Told(status, *self._capsys.readouterr())


@pytest.fixture
def somebody(
    s3: "S3Client", tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Somebody:
    config = tmp_path / "cdk.json"
    config.write_text(json.dumps({"context": {"spectrum": SPECTRUM}}))
    made = Somebody(s3, config, capsys)
    outputs = {"BucketName": BUCKET, "LogGroupName": "log", "CompactorName": "compactor"}
    for module in ("commands.restore", "commands.replay.__main__"):
        monkeypatch.setattr(f"{module}.session", lambda: made)
    monkeypatch.setattr(Deployment, "find", lambda _client, stack: Deployment(stack, outputs))
    s3.put_object(Bucket=BUCKET, Key=catalog_key("edge"), Body=b"{}")
    return made


def save(s3: "S3Client", source: str = "cafe") -> None:
    s3.put_object(Bucket=BUCKET, Key=raw_key(MINUTE, source), Body=body_of([poll(source=source)]))


def unsaved(*sources: str) -> list[str]:
    """What the log has of a minute that S3 refused."""
    return [line for source in sources for line in logged("run-1", [poll(source=source)], raw_key(MINUTE, source))]


def test_restore_of_a_source_that_nobody_knows_names_the_known_ones_and_writes_nothing(
    somebody: Somebody, s3: "S3Client"
) -> None:
    somebody.log = unsaved("cafe")
    told = somebody.restore("--source", "cafe", "--source", "nope")
    assert (told.status, told.err) == (1, "The log and S3 know no source nope: they have cafe, edge.\n")
    assert "Contents" not in s3.list_objects_v2(Bucket=BUCKET, Prefix="raw/")


def test_restore_of_minutes_in_which_nothing_ran_is_not_well(somebody: Somebody, s3: "S3Client") -> None:
    told = somebody.restore("--from", "2026-11-23T09:00", "--to", "2026-11-23T10:30")
    assert told.status == 1
    assert "The log has no rows and S3 has no minute, 2026-11-23T09:00 to 2026-11-23T10:30: the collector" in told.err
    save(s3)
    assert somebody.restore("--from", "2026-11-23T09:00", "--to", "2026-11-23T09:59").status == 1
    told = somebody.restore("--from", "2026-11-23T09:00", "--to", "2026-11-23T10:30")
    assert told.status == 0
    assert "The log has no rows of these minutes, S3 has 1 of them: there is nothing to restore." in told.out


def test_restore_does_what_it_can_and_says_of_which_source_there_is_nothing(somebody: Somebody) -> None:
    somebody.log = unsaved("cafe")
    told = somebody.restore("--source", "cafe", "--source", "edge")
    assert told.status == 1
    assert "2026-11-23T10:00 cafe: written" in told.out
    assert "The log has no rows and S3 has no minute of source edge, " in told.err
    assert somebody.restore("--source", "cafe").status == 0


@pytest.mark.parametrize("sources", [(), ("--source", "edge")])
def test_restore_of_a_file_without_rows_is_not_well(sources: Sequence[str], somebody: Somebody, tmp_path: Path) -> None:
    file = tmp_path / "exported"
    file.write_text("\n".join(unsaved("cafe") if sources else ["{}"]))
    told = somebody.restore("--file", str(file), "--dry-run", *sources)
    assert told.status == 1
    assert f"{file} has no rows" in told.err
    assert ("of source edge" in told.err) is bool(sources)


def test_restore_with_a_row_that_cannot_be_read_is_not_well(somebody: Somebody) -> None:
    somebody.log = [*unsaved("cafe"), '{"unsaved": {"key": "raw/"}}']
    told = somebody.restore()
    assert (told.status, "1 log lines with a row cannot be read" in told.err) == (1, True)
    assert "cafe: written" in told.out


@pytest.mark.parametrize("option", ["--from", "--minute"])
def test_minutes_that_are_still_to_come_are_refused(option: str, somebody: Somebody, s3: "S3Client") -> None:
    save(s3)
    for command in (somebody.restore, somebody.replay):
        told = command(option, "2026-12-24T10:00")
        assert (told.status, told.err) == (1, "2026-12-24T10:00 lies in the future: it is 2026-11-23T11:00, UTC.\n")


def test_replay_of_minutes_in_which_nothing_was_saved_is_not_well(somebody: Somebody, s3: "S3Client") -> None:
    told = somebody.replay("--from", "2026-11-23T09:00", "--to", "2026-11-23T10:30")
    assert told.status == 1
    assert told.err.startswith("S3 has no minute, 2026-11-23T09:00 to 2026-11-23T10:30: nothing was collected then")
    save(s3)
    assert somebody.replay("--from", "2026-11-23T09:00", "--to", "2026-11-23T10:30").status == 0
    told = somebody.replay("--source", "edge")
    assert (told.status, told.err.partition(", ")[0]) == (1, "S3 has no minute of edge")


def test_replay_says_of_which_source_nothing_is_saved(somebody: Somebody, s3: "S3Client") -> None:
    save(s3)
    told = somebody.replay("--source", "cafe", "--source", "edge")
    assert (told.status, "All 1 saved minutes are published." in told.out) == (1, True)
    assert told.err.startswith("S3 has no minute of edge, ")
