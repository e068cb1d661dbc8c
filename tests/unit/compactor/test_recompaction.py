"""A day is compacted again when its raw objects change, or a person says so, and never loses anything by it."""

from datetime import timedelta

import pytest

from compactor.days import DaysFailed, HistoryWouldShrink, NotRead, RejectedEvent
from contract.lake import HISTORIES, POLLS, USAGE
from contract.raw import raw_key
from tests.unit.compactor.lake import DAY, MORNING, START, Calls, Lake, lines_of, metrics, zipped
from tests.unit.examples import application, poll, zone

pytestmark = pytest.mark.filterwarnings("ignore:This metric doesn't meet the requirements")

HOUR = timedelta(hours=1)


def restore(lake: Lake) -> None:
    lake.save(START + HOUR, poll(apps=[application()]))


def test_a_day_whose_raw_objects_are_the_same_is_not_touched(lake: Lake) -> None:
    lake.save_day(3)
    lake.run()
    calls = Calls()
    summary = lake.run(before=calls)
    assert "PutObject" not in calls.made
    assert "GetObject" not in calls.made
    assert summary["compacted"] == []


def test_a_minute_restored_late_is_in_history_an_hour_later(lake: Lake) -> None:
    lake.save_day(3)
    lake.run()
    restore(lake)
    lake.run()
    assert "01:00" in lake.minutes()
    assert lake.metadata(POLLS)["raw-objects"] == lake.metadata(USAGE)["raw-objects"] == "4"
    assert lake.report()["raw_objects"] == 4


def test_on_the_seventh_day_it_still_is_and_on_the_eighth_no_more(lake: Lake) -> None:
    lake.save_day(3)
    lake.run()
    restore(lake)
    lake.run(now=MORNING + timedelta(days=7))
    assert "01:00" not in lake.minutes()
    lake.run(now=MORNING + timedelta(days=6))
    assert "01:00" in lake.minutes()


def test_by_hand_it_is_at_any_age(lake: Lake) -> None:
    lake.save_day(3)
    lake.run()
    restore(lake)
    summary = lake.by_hand(now=MORNING + timedelta(days=400))
    assert "01:00" in lake.minutes()
    assert summary["rows"] == {"polls": 7, "usage": 13}
    assert summary["history"] == {"polls": "written", "usage": "written"}


def test_by_hand_a_day_is_written_anew_though_nothing_has_changed(lake: Lake) -> None:
    lake.save_day(3)
    lake.run(run_id="first")
    lake.by_hand(run_id="second")
    assert [lake.metadata(history)["run"] for history in HISTORIES] == ["second", "second"]


def test_by_hand_a_day_that_was_never_compacted_is(lake: Lake) -> None:
    lake.save_day(3)
    lake.by_hand(now=MORNING + timedelta(days=400))
    assert len(lake.rows(USAGE)) == 12


def test_a_day_that_is_not_over_is_refused(lake: Lake) -> None:
    lake.save_day(3)
    with pytest.raises(RejectedEvent, match="2026-11-22 is not over"):
        lake.by_hand(now=START + timedelta(days=1, minutes=14))


def test_a_day_without_raw_objects_is_refused(lake: Lake) -> None:
    lake.put("raw/dt=2026-11-22/", b"")
    with pytest.raises(RejectedEvent, match="2026-11-22 has no raw objects"):
        lake.by_hand()


def test_a_deleted_raw_object_takes_nothing_from_history(lake: Lake, capsys: pytest.CaptureFixture[str]) -> None:
    keys = lake.save_day(3)
    lake.run()
    before = lake.etags()
    lake.delete(keys[1])
    calls = Calls()
    capsys.readouterr()
    with pytest.raises(DaysFailed, match=r"2026-11-22: .* \(main: 2026-11-22 00:01\): nothing was written"):
        lake.run(before=calls)
    assert lake.etags() == before
    assert metrics(capsys.readouterr().out)["UncompactedDays"] == [({}, [1.0])]
    assert calls.made.count("GetObject") == 2  # the old polls, in the survey and for the day: nothing of raw


def test_the_error_says_what_to_do(lake: Lake) -> None:
    keys = lake.save_day(3)
    lake.run()
    lake.delete(keys[0])
    with pytest.raises(HistoryWouldShrink) as caught:
        lake.by_hand()
    assert "Restore those raw objects" in str(caught.value)
    assert all(f"{history.key(DAY)}" in str(caught.value) for history in HISTORIES)


def test_once_the_raw_object_is_back_the_day_is_well(lake: Lake, capsys: pytest.CaptureFixture[str]) -> None:
    lake.save_day(3)
    lake.run()
    lake.delete(raw_key(START, "main"))
    with pytest.raises(DaysFailed):
        lake.run()
    lake.save_day(3)
    capsys.readouterr()
    lake.run()
    assert metrics(capsys.readouterr().out)["UncompactedDays"] == [({}, [0.0])]


def test_history_that_was_deleted_on_purpose_is_made_of_what_is_there(lake: Lake) -> None:
    keys = lake.save_day(3)
    lake.run()
    lake.delete(keys[0], *(history.key(DAY) for history in HISTORIES))
    lake.by_hand()
    assert lake.minutes() == ["00:01", "00:02"] * 2


def test_deleting_one_table_alone_is_not_on_purpose(lake: Lake) -> None:
    keys = lake.save_day(3)
    lake.run()
    lake.delete(keys[0], POLLS.key(DAY))
    with pytest.raises(HistoryWouldShrink, match="main: 2026-11-22 00:00"):
        lake.by_hand()


def test_a_raw_object_that_lost_a_zone_takes_nothing_from_history_and_is_counted(
    lake: Lake, capsys: pytest.CaptureFixture[str]
) -> None:
    lake.save_day(3)
    lake.run()
    before = lake.etags()
    lake.put(raw_key(START, "main"), zipped(lines_of(poll(zone(1)))))
    capsys.readouterr()
    with pytest.raises(DaysFailed, match=r"main: 2026-11-22 00:00\)"):
        lake.run()
    assert lake.etags() == before
    assert metrics(capsys.readouterr().out)["UncompactedDays"] == [({}, [0.0]), ({}, [1.0])]


def test_a_raw_object_that_was_spoilt_takes_nothing_from_history(lake: Lake) -> None:
    lake.save_day(3)
    lake.run()
    before = lake.etags()
    lake.put(raw_key(START, "main"), b"spoilt")
    with pytest.raises(HistoryWouldShrink):
        lake.by_hand()
    assert lake.etags() == before


def test_history_that_cannot_be_read_is_not_replaced(lake: Lake) -> None:
    lake.save_day(3)
    lake.run()
    lake.put(POLLS.key(DAY), b"PAR1 no more")
    with pytest.raises(HistoryWouldShrink, match=r"history of 2026-11-22 cannot be read \(InvalidInputException\)"):
        lake.by_hand()
    lake.delete(*(history.key(DAY) for history in HISTORIES))
    lake.by_hand()
    assert len(lake.rows(POLLS)) == 6


def test_more_in_raw_than_in_history_is_a_gain(lake: Lake) -> None:
    lake.save_day(3)
    lake.run()
    lake.save(START, poll(zone(1)), poll(zone(2)), poll(zone(3), [application(bytes_ingress=5)]))
    lake.run()
    assert len(lake.rows(POLLS)) == 7


def test_a_day_that_changes_while_it_is_read_is_begun_anew(lake: Lake) -> None:
    lake.save_day(3)
    calls = Calls(
        0, lambda: lake.save(START + HOUR * 2, poll()) and lake.save(START, poll(apps=[application()])), "GetObject"
    )
    lake.run(before=calls)
    assert "02:00" in lake.minutes()
    assert "begun anew" in lake.written.getvalue()
    assert calls.made.count("GetObject") > 3


def test_a_day_that_always_changes_is_left_to_the_next_hour(lake: Lake) -> None:
    lake.save_day(1)
    numbers = iter(range(100))

    def change(operation: str) -> None:
        if operation == "GetObject":
            lake.save(START, poll(apps=[application(bytes_ingress=next(numbers))]))

    with pytest.raises(NotRead, match="2026-11-22 changed each of the 3 times that it was read"):
        lake.by_hand(before=change)
    assert lake.listed("history/") == []
    lake.run()
    assert len(lake.rows(POLLS)) == 1


def test_only_the_table_that_is_missing_is_written(lake: Lake) -> None:
    lake.save_day(3)
    lake.run(run_id="first")
    lake.delete(USAGE.key(DAY))
    lake.run(run_id="second")
    assert [lake.metadata(history)["run"] for history in HISTORIES] == ["first", "second"]
