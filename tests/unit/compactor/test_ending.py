"""Raw objects end when their history is verified, and at no other time."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import boto3
import pytest

from compactor.days import DaysFailed
from compactor.retention import RawPruner
from contract.lake import POLLS, USAGE
from contract.raw import raw_key
from tests.unit.compactor.lake import DAY, MORNING, RETENTION_DAYS, START, Calls, Killed, Lake, kill, metrics
from tests.unit.examples import BUCKET, application, client_error, lines, poll

pytestmark = pytest.mark.filterwarnings("ignore:This metric doesn't meet the requirements")

LAST = MORNING + timedelta(days=RETENTION_DAYS - 1)
"""The day is as old as the retention."""
PAST = LAST + timedelta(days=1)


@pytest.fixture
def old(lake: Lake) -> Lake:
    """A compacted day."""
    lake.save_day(3)
    lake.run()
    return lake


def kept(lake: Lake) -> list[str]:
    """Why raw days stay, as the last run said."""
    said = [each for each in lines(lake.written) if each["message"].startswith("raw days stay beyond")]
    return list(said[-1]["days"]) if said else []


def rewrite(lake: Lake, history: Any = USAGE, body: bytes | None = None, **metadata: str | None) -> None:
    """Change a history object behind the compactor's back, a day after it was written."""
    found = lake.s3.get_object(Bucket=BUCKET, Key=history.key(DAY))
    changed = {**found["Metadata"], **{name.replace("_", "-"): value for name, value in metadata.items()}}
    lake.s3.put_object(
        Bucket=BUCKET,
        Key=history.key(DAY),
        Body=found["Body"].read() if body is None else body,
        Metadata={name: value for name, value in changed.items() if value is not None},
    )


def test_raw_objects_end_the_day_after_the_retention(old: Lake, capsys: pytest.CaptureFixture[str]) -> None:
    old.run(now=LAST)
    assert len(old.listed("raw/")) == 3
    capsys.readouterr()
    summary = old.run(now=PAST)
    assert old.listed("raw/") == []
    assert summary["raw_objects_deleted"] == 3
    told = metrics(capsys.readouterr().out)
    assert (told["RawObjectsDeleted"], told["UncompactedDays"]) == ([({}, [3.0])], [({}, [0.0])])
    assert len(old.rows(USAGE)) == 12


def test_nothing_is_said_of_a_day_that_has_ended(old: Lake, capsys: pytest.CaptureFixture[str]) -> None:
    old.run(now=PAST)
    capsys.readouterr()
    calls = Calls()
    old.run(now=PAST, before=calls)
    assert "RawObjectsDeleted" not in metrics(capsys.readouterr().out)
    assert set(calls.made) == {"ListObjectsV2"}
    assert kept(old) == []


def test_a_folder_marker_stays_and_is_nothing(old: Lake) -> None:
    old.put("raw/dt=2026-11-22/", b"")
    old.run(now=PAST)
    old.run(now=PAST)
    assert (old.listed("raw/"), kept(old)) == (["raw/dt=2026-11-22/"], [])


def test_what_is_deleted_is_deleted_as_the_version_that_was_listed(old: Lake) -> None:
    asked: list[Any] = []
    etags = {key: old.s3.head_object(Bucket=BUCKET, Key=key)["ETag"] for key in old.listed("raw/")}

    def look(**how: Any) -> None:
        asked.extend(how["params"]["Delete"]["Objects"])

    real = boto3.client

    def watched(*args: Any, **kwargs: Any) -> Any:
        client = real(*args, **kwargs)
        client.meta.events.register("provide-client-params.s3.DeleteObjects", look)
        return client

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(boto3, "client", watched)
        old.run(now=PAST)
    assert {each["Key"]: each["ETag"] for each in asked} == etags


def test_a_day_without_history_stays(old: Lake) -> None:
    for history in (POLLS, USAGE):
        old.delete(history.key(DAY))
        old.run(now=PAST)
        assert len(old.listed("raw/")) == 3


def test_a_day_of_which_something_was_rejected_stays(lake: Lake) -> None:
    lake.save_day(3)
    lake.put(raw_key(START + timedelta(hours=1), "main"), b"not gzip")
    lake.run()
    lake.run(now=PAST)
    assert len(lake.listed("raw/")) == 4
    assert kept(lake) == ["some of it is not in history: see its report, mend it and compact it by hand"]


def test_a_day_with_a_foreign_file_stays_until_it_is_moved_away(old: Lake) -> None:
    alien = old.put("raw/dt=2026-11-22/notes.txt", b"x")
    old.run(now=PAST)
    assert len(old.listed("raw/")) == 4
    assert kept(old) == ["something lies there that the collector did not write: move it away"]
    old.delete(alien)
    old.run(now=PAST)
    assert old.listed("raw/") == []


def new_object(lake: Lake) -> None:
    lake.save(START + timedelta(hours=1))


def replaced_object(lake: Lake) -> None:
    lake.save(START, poll(apps=[application(bytes_ingress=9)]))


def one_deleted_one_new(lake: Lake) -> None:
    lake.delete(raw_key(START, "main"))
    lake.save(START + timedelta(hours=1))


def two_deleted_one_new(lake: Lake) -> None:
    lake.delete(*lake.listed("raw/")[:2])
    lake.save(START + timedelta(hours=1))


def one_deleted_one_written_later(lake: Lake) -> None:
    lake.delete(raw_key(START, "main"))
    lake.save(START + timedelta(minutes=1), at=MORNING + timedelta(days=9))


def one_written_in_the_same_second(lake: Lake) -> None:
    lake.delete(raw_key(START, "main"))
    lake.save(START + timedelta(minutes=1), at=MORNING)


def usage_cut_short(lake: Lake) -> None:
    rewrite(lake, body=b"PAR1")


def polls_cut_short(lake: Lake) -> None:
    rewrite(lake, POLLS, body=b"PAR1")


def fewer_rows_than_told(lake: Lake) -> None:
    rewrite(lake, rows="13")


def no_digest(lake: Lake) -> None:
    rewrite(lake, raw_digest=None)


def no_number(lake: Lake) -> None:
    rewrite(lake, rejected="none")


def two_compactions(lake: Lake) -> None:
    lake.delete(raw_key(START, "main"))
    rewrite(lake, raw_digest="0" * 64)


STAYS: list[tuple[Callable[[Lake], None], str]] = [
    (new_object, "its raw objects are not those that history was made of"),
    (replaced_object, "its raw objects are not those that history was made of"),
    (one_deleted_one_new, "its raw objects are not those that history was made of"),
    (two_deleted_one_new, "history lacks minutes of it"),
    (one_deleted_one_written_later, "some of it is younger than its history"),
    (one_written_in_the_same_second, "some of it is younger than its history"),
    (usage_cut_short, "history/usage/dt=2026-11-22/usage.parquet does not hold the rows"),
    (polls_cut_short, "history/polls/dt=2026-11-22/polls.parquet does not hold the rows"),
    (fewer_rows_than_told, "history/usage/dt=2026-11-22/usage.parquet does not hold the rows"),
    (no_digest, "does not say of what it was made"),
    (no_number, "some of it is not in history"),
    (two_compactions, "its history objects are of different compactions"),
]


@pytest.mark.parametrize(("disturb", "why"), STAYS, ids=lambda each: getattr(each, "__name__", ""))
def test_a_day_that_is_not_exactly_what_history_was_made_of_stays(
    old: Lake, disturb: Callable[[Lake], None], why: str
) -> None:
    disturb(old)
    there = old.listed("raw/")
    old.run(now=PAST)
    assert old.listed("raw/") == there != []
    assert [why in each for each in kept(old)] == [True]


def test_the_days_that_stay_are_named_once_a_run_by_their_reason(lake: Lake) -> None:
    for back in range(2):
        lake.save_day(1, day=DAY - timedelta(days=back))
    lake.put("raw/dt=2026-11-22/notes.txt", b"x")
    lake.put("raw/dt=2026-11-21/notes.txt", b"x")
    lake.run()
    lake.run(now=PAST)
    (said,) = [each for each in lines(lake.written) if each["message"].startswith("raw days stay")]
    assert list(said["days"].values()) == [["2026-11-21", "2026-11-22"]]


def test_a_deletion_that_was_killed_half_way_goes_on(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("compactor.retention.BATCH", 2)
    lake.save_day(6)
    lake.run()
    with pytest.raises(Killed):
        lake.run(now=PAST, before=Calls(1, kill, only="DeleteObjects"))
    assert len(lake.listed("raw/")) == 4
    lake.run(now=PAST)
    assert lake.listed("raw/") == []
    assert len(lake.rows(USAGE)) == 24


def test_two_at_once_end_it_once(old: Lake) -> None:
    old.run(now=PAST, before=Calls(0, lambda: old.run(now=PAST), only="DeleteObjects"))
    assert old.listed("raw/") == []


def test_a_day_that_a_person_compacts_meanwhile_stays_for_the_hour(old: Lake) -> None:
    def another(operation: str) -> None:
        if operation == "GetObject" and not done:
            done.append(operation)
            old.save(START + timedelta(hours=1))
            old.by_hand(now=PAST)

    done: list[str] = []
    old.run(now=PAST, before=another)
    assert kept(old) == ["it is being compacted: the next hour looks again"]
    assert len(old.listed("raw/")) == 4
    old.run(now=PAST + timedelta(hours=1))
    assert old.listed("raw/") == []


def test_a_day_that_is_being_ended_cannot_be_compacted_from_what_is_left(lake: Lake) -> None:
    lake.save_day(3)
    lake.run()
    lake.delete(raw_key(START, "main"))
    before = lake.etags()
    with pytest.raises(Exception, match="holds minutes that raw/ does not hold any more"):
        lake.by_hand(now=PAST)
    assert lake.etags() == before


def answering(errors: list[dict[str, str]]) -> Any:
    def answer(**_: Any) -> Any:
        return {"Errors": errors}

    return answer


@pytest.mark.parametrize(
    ("code", "fails"), [("AccessDenied", True), ("PreconditionFailed", True), ("NoSuchKey", False)]
)
def test_what_s3_does_not_delete_is_told(
    old: Lake, monkeypatch: pytest.MonkeyPatch, code: str, fails: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    errors = [{"Key": raw_key(START, "main"), "Code": code, "Message": "no"}]
    real = RawPruner._delete

    def delete(self: RawPruner, objects: Any) -> int:
        class Client:
            delete_objects = staticmethod(answering(errors))

        return real(RawPruner(Client(), "b", self.raw, self.store, self.folder, self.memory_mb), objects)  # type: ignore[arg-type]

    monkeypatch.setattr(RawPruner, "_delete", delete)
    capsys.readouterr()
    if fails:
        with pytest.raises(DaysFailed, match=f"S3 did not delete 1 raw objects of 2026-11-22: {code}"):
            old.run(now=PAST)
    else:
        old.run(now=PAST)
        assert metrics(capsys.readouterr().out)["RawObjectsDeleted"] == [({}, [2.0])]


def test_a_deletion_that_s3_refuses_is_told_and_the_next_hour_tries_again(old: Lake) -> None:
    def refuse(operation: str) -> None:
        if operation == "DeleteObjects":
            raise client_error("AccessDenied", 403, "DeleteObjects")

    with pytest.raises(DaysFailed, match=r"S3 did not delete raw objects of 2026-11-22: AccessDenied \(HTTP 403\)"):
        old.run(now=PAST, before=refuse)
    assert len(old.listed("raw/")) == 3
    old.run(now=PAST)
    assert old.listed("raw/") == []


def test_a_day_whose_history_is_deleted_at_the_last_moment_stays(old: Lake) -> None:
    old.run(now=PAST, before=Calls(0, lambda: old.delete(USAGE.key(DAY)), only="HeadObject"))
    assert kept(old) == ["its history is not whole: compact it by hand"]
    assert len(old.listed("raw/")) == 3


def test_without_time_nothing_is_ended(old: Lake) -> None:
    old.run(now=PAST, remaining_ms=59_000)
    assert len(old.listed("raw/")) == 3
    assert "no time left to delete the raw objects of these days" in old.written.getvalue()
