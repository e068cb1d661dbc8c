"""An hour: what is said, in which order days are done, and that one day's trouble is not another's."""

from datetime import UTC, date, datetime, timedelta

import pytest

from compactor.compact import Engine
from compactor.days import DaysFailed, NotRead, RejectedEvent
from contract.lake import HISTORIES, POLLS, USAGE, History
from contract.raw import raw_key
from tests.unit.compactor.lake import DAY, MORNING, RETENTION_DAYS, START, Calls, Killed, Lake, kill, metrics, zipped
from tests.unit.examples import BUCKET, application, client_error, lines, poll

pytestmark = pytest.mark.filterwarnings("ignore:This metric doesn't meet the requirements")

ONE_DAY = timedelta(days=1)


def uncompacted(capsys: pytest.CaptureFixture[str]) -> list[float]:
    return [value for _, values in metrics(capsys.readouterr().out)["UncompactedDays"] for value in values]


def compacted_days(lake: Lake) -> list[str]:
    return [each["day"] for each in lines(lake.written) if each["message"] == "day compacted"]


def test_in_an_empty_bucket_nothing_is_overdue(lake: Lake, capsys: pytest.CaptureFixture[str]) -> None:
    assert lake.run() == {"compacted": [], "uncompacted": [], "raw_objects_deleted": 0}
    assert uncompacted(capsys) == [0.0]


def test_a_day_is_overdue_six_hours_after_it_closed_and_not_before(
    lake: Lake, capsys: pytest.CaptureFixture[str]
) -> None:
    lake.save_day(1)
    for after, count in ((timedelta(hours=6, minutes=15), 0.0), (timedelta(hours=6, minutes=16), 1.0)):
        lake.run(now=START + ONE_DAY + after)
        assert uncompacted(capsys) == [count]
        lake.delete(*lake.listed("history/"))


@pytest.mark.parametrize("history", HISTORIES, ids=lambda history: history.name)
def test_a_day_that_lacks_one_table_is_overdue(
    lake: Lake, capsys: pytest.CaptureFixture[str], history: History
) -> None:
    lake.save_day(1)
    lake.run()
    lake.delete(history.key(DAY))
    capsys.readouterr()
    lake.run()
    assert uncompacted(capsys) == [1.0]


def test_what_is_overdue_is_said_even_if_the_day_then_kills_the_function(
    lake: Lake, capsys: pytest.CaptureFixture[str]
) -> None:
    lake.save_day(1)
    with pytest.raises(Killed):
        lake.run(before=Calls(0, kill, only="GetObject"))
    assert uncompacted(capsys) == [1.0]


def test_a_day_beyond_the_retention_without_history_is_overdue_and_left_to_a_person(
    lake: Lake, capsys: pytest.CaptureFixture[str]
) -> None:
    lake.save_day(1)
    late = MORNING + ONE_DAY * RETENTION_DAYS
    lake.run(now=late)
    assert (uncompacted(capsys), lake.listed("history/")) == ([1.0], [])
    lake.by_hand(now=late)
    capsys.readouterr()
    lake.run(now=late)
    assert uncompacted(capsys) == [0.0]


def test_every_closed_day_within_the_retention_is_compacted(lake: Lake) -> None:
    days = [DAY - ONE_DAY * back for back in (0, 1, 8, RETENTION_DAYS - 1)]
    for day in days:
        lake.save_day(1, day=day)
    lake.run()
    assert sorted(compacted_days(lake)) == sorted(str(day) for day in days)


def test_the_smallest_day_goes_first(lake: Lake) -> None:
    for back, minutes in ((0, 5), (1, 1), (2, 3)):
        lake.save_day(minutes, day=DAY - ONE_DAY * back)
    lake.run()
    assert compacted_days(lake) == [str(DAY - ONE_DAY * back) for back in (1, 2, 0)]


def test_without_time_for_another_day_the_next_hour_goes_on(lake: Lake) -> None:
    for back in range(3):
        lake.save_day(back + 1, day=DAY - ONE_DAY * back)

    def takes_long(operation: str) -> None:
        if operation == "PutObject":
            lake.time.now += 14.0

    lake.run(remaining_ms=100_000, after=takes_long)
    assert compacted_days(lake) == [str(DAY)]
    (said,) = [each for each in lines(lake.written) if each["message"].startswith("no time left to compact")]
    assert said["days"] == [str(DAY - ONE_DAY * back) for back in (1, 2)]
    lake.run()
    assert len(compacted_days(lake)) == 3


def test_one_days_trouble_is_not_anothers_and_is_told_at_the_end(lake: Lake) -> None:
    bad = DAY - ONE_DAY
    lake.save_day(1, day=bad)
    lake.save_day(2)

    def refuse(operation: str) -> None:
        if operation == "GetObject" and not lake.listed(f"history/polls/dt={DAY}") and not refused:
            refused.append(operation)
            raise client_error("AccessDenied", 403, "GetObject")

    refused: list[str] = []
    with pytest.raises(
        DaysFailed, match=r"1 days failed, the others did not\. 2026-11-21: S3 did not give .*AccessDenied"
    ):
        lake.run(before=refuse)
    assert compacted_days(lake) == [str(DAY)]
    (said,) = [each for each in lines(lake.written) if each["level"] == "ERROR"]
    assert (said["message"], said["day"]) == ("day not compacted", "2026-11-21")


def test_a_fault_of_this_program_in_one_day_is_told_with_its_trace(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("what nobody thought of")

    monkeypatch.setattr("compactor.run.compact", broken)
    lake.save_day(1)
    with pytest.raises(DaysFailed, match="2026-11-22: RuntimeError"):
        lake.run()
    assert "what nobody thought of" in lake.written.getvalue()


def test_rows_that_do_not_add_up_are_not_written(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    real = Engine.run

    def loses_a_row(self: Engine, statement: str, **parameters: object) -> object:
        if statement == "usage":
            parameters["parts"] = parameters["parts"][:-1]  # type: ignore[index]
        return real(self, statement, **parameters)

    monkeypatch.setattr("compactor.compact.CHUNK_BYTES", 1)
    monkeypatch.setattr(Engine, "run", loses_a_row)
    lake.save_day(3)
    with pytest.raises(DaysFailed, match="usage of 2026-11-22 is not what was read: nothing was written"):
        lake.run()
    assert lake.listed("history/") == []


def test_a_part_that_lost_a_row_is_not_written(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    real = Engine.run

    def loses_a_row(self: Engine, statement: str, **parameters: object) -> object:
        rows = real(self, statement, **parameters)
        return [(rows[0][0] - 1,)] if statement == "part_polls" else rows

    monkeypatch.setattr(Engine, "run", loses_a_row)
    lake.save_day(3)
    with pytest.raises(DaysFailed, match="6 rows of polls became 5: nothing was written"):
        lake.run()
    assert lake.listed("history/") == []


def test_a_line_that_became_no_row_keeps_the_day_from_being_written(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Engine.run

    def overlooks(self: Engine, statement: str, **parameters: object) -> object:
        return [] if statement == "faulty" else real(self, statement, **parameters)

    monkeypatch.setattr(Engine, "run", overlooks)
    lake.save_day(3)
    lake.put(raw_key(START, "other"), zipped([""]))
    with pytest.raises(DaysFailed, match=r"7 lines with 12 applications became .*'polls': 6.*: nothing was written"):
        lake.run()
    assert lake.listed("history/") == []


def test_a_report_that_s3_does_not_take_fails_the_day_and_the_next_hour_writes_it(lake: Lake) -> None:
    lake.save_day(3)
    puts: list[str] = []

    def refuse(operation: str) -> None:
        puts.extend([operation] if operation == "PutObject" else [])
        if len(puts) == 2:
            raise client_error("AccessDenied", 403, "PutObject")

    with pytest.raises(DaysFailed, match=r"S3 did not take .*reports/compaction/dt=2026-11-22\.json: AccessDenied"):
        lake.run(before=refuse)
    assert lake.listed("history/") == [POLLS.key(DAY)]
    lake.run()
    assert (lake.report()["rows"]["usage"], len(lake.rows(USAGE))) == (12, 12)


def test_when_it_is_not_known_whether_history_would_shrink_the_day_is_tried(lake: Lake) -> None:
    lake.save_day(1)
    lake.run()
    lake.save(START + timedelta(hours=1))
    refused: list[str] = []

    def refuse_once(operation: str) -> None:
        if operation == "GetObject" and not refused:
            refused.append(operation)
            raise client_error("SlowDown", 503, "GetObject")

    lake.run(before=refuse_once)
    assert "not known whether history would shrink" in lake.written.getvalue()
    assert len(lake.rows(POLLS)) == 3


def test_a_day_that_was_compacted_meanwhile_has_nothing_to_do(lake: Lake) -> None:
    lake.save_day(1)
    done: list[object] = []

    def another(operation: str) -> None:
        if operation == "HeadObject" and not done:
            done.append(operation)
            lake.run()

    summary = lake.run(before=another)
    assert summary["compacted"] == [{"day": "2026-11-22", "nothing_to_do": "its history is that of its raw objects"}]


def test_when_s3_does_not_list_nothing_is_done(lake: Lake) -> None:
    lake.save_day(1)

    def refuse(operation: str) -> None:
        if operation == "ListObjectsV2":
            raise client_error("AccessDenied", 403, "ListObjectsV2")

    with pytest.raises(NotRead, match=f"S3 does not list s3://{BUCKET}/raw/"):
        lake.run(before=refuse)


def test_an_open_bucket_of_years_is_surveyed_by_few_calls(lake: Lake) -> None:
    for back in range(3):
        lake.save_day(1, day=DAY - ONE_DAY * back)
    lake.run()
    calls = Calls()
    lake.run(before=calls)
    assert calls.made == ["ListObjectsV2"] * 3 + ["ListObjectsV2", "HeadObject", "HeadObject"] * 3


def test_an_event_that_is_not_ours_does_nothing(lake: Lake) -> None:
    lake.save_day(1)
    with pytest.raises(RejectedEvent):
        lake.run({"day": "yesterday"})
    assert lake.listed("history/") == []


def test_days_are_utc_and_end_at_midnight(lake: Lake) -> None:
    lake.save(datetime(2026, 11, 22, 23, 59, tzinfo=UTC), poll(apps=[application(bytes_ingress=1)]))
    lake.save(datetime(2026, 11, 23, 0, 0, tzinfo=UTC), poll(apps=[application(bytes_ingress=2)]))
    lake.run(now=MORNING + ONE_DAY)
    assert (lake.ingress(DAY), lake.ingress(date(2026, 11, 23))) == (1, 2)


def test_a_leap_day_is_a_day(lake: Lake) -> None:
    leap = date(2028, 2, 29)
    lake.save_day(1, day=leap)
    lake.run(now=datetime(2028, 3, 1, 8, 20, tzinfo=UTC))
    assert len(lake.rows(USAGE, leap)) == 4
    assert raw_key(datetime(2028, 2, 29, tzinfo=UTC), "main") in lake.listed()
    assert lake.metadata(POLLS, leap)["rows"] == "2"
