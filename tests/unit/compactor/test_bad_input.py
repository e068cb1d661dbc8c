"""Raw objects that are not what they should be: rejected, said, and never in the way of the day."""

import gzip
import json
import zlib
from datetime import timedelta
from typing import Any, cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from compactor.compact import UNREADABLE, Engine
from compactor.days import DaysFailed
from contract.lake import HISTORIES, POLLS, USAGE, HistoryMetadata
from contract.raw import day_prefix, raw_key
from tests.unit.compactor.lake import DAY, START, Lake, lines_of, metrics, zipped
from tests.unit.examples import application, failed_poll, poll, zone

pytestmark = pytest.mark.filterwarnings("ignore:This metric doesn't meet the requirements")

BAD = raw_key(START + timedelta(minutes=10), "main")
"""Of a minute that `save_day` does not write."""
GOOD_LINE = lines_of(poll(apps=[application()]), minute=START + timedelta(minutes=10))[0]


def rejected(lake: Lake) -> list[tuple[str, str]]:
    return [(each["key"], each["reason"]) for each in lake.report()["rejected"]["listed"]]


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "empty"),
        (b"not gzip", "not gzip, or damaged at its beginning"),
        (zipped([GOOD_LINE])[:-1], "cut short"),
        (zipped([GOOD_LINE])[:100], "cut short"),
        (zipped([GOOD_LINE]) + b"more", "the gzip data is followed by something else"),
        (zlib.compress(GOOD_LINE.encode()), "not gzip, or damaged at its beginning"),
        (zipped([]), "holds no row"),
        (gzip.compress(b"\n \r\n", mtime=0), "holds no row"),
    ],
)
def test_an_object_that_cannot_be_read_is_rejected_and_the_day_goes_on(
    lake: Lake, capsys: pytest.CaptureFixture[str], body: bytes, why: str
) -> None:
    lake.save_day(3)
    lake.put(BAD, body)
    lake.run()
    assert rejected(lake) == [(BAD, why)]
    assert lake.metadata(USAGE) | {"rows": "12", "rejected": "1"} == lake.metadata(USAGE)
    assert metrics(capsys.readouterr().out)["RawObjectsRejected"] == [({}, [1.0])]


def test_a_bomb_is_rejected(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("compactor.download.LARGEST_BYTES", 100_000)
    lake.save_day(3)
    lake.put(BAD, gzip.compress(b"x" * 1_000_000))
    lake.run()
    assert rejected(lake) == [(BAD, "larger than 100000 bytes when inflated")]
    assert len(lake.rows(USAGE)) == 12


NOT_ITS_OWN = "a row is not of the minute and source of its key"
INCOMPLETE = "a row has no zone_id or no outcome"
NOT_ONCE = "an application has no app_id, or is there twice in one row"


@pytest.mark.parametrize("position", [0, 1, 2])
@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("{", UNREADABLE),
        (GOOD_LINE[:-9], UNREADABLE),
        ("[1, 2]", UNREADABLE),
        (GOOD_LINE.replace('"bytes_egress":200', '"bytes_egress":"many"'), UNREADABLE),
        (GOOD_LINE.replace('"bytes_egress":200', f'"bytes_egress":{2**63}'), UNREADABLE),
        (GOOD_LINE.replace('"apps":[{', '"apps":["app1",{'), UNREADABLE),
        ("", "its lines are not one row each"),
        (GOOD_LINE * 2, UNREADABLE),
        ("null", NOT_ITS_OWN),
        ("{}", NOT_ITS_OWN),
        (GOOD_LINE.replace("00:10:00", "00:11:00"), NOT_ITS_OWN),
        (GOOD_LINE.replace('"main"', '"other"'), NOT_ITS_OWN),
        (GOOD_LINE.replace(f'"{zone().id}"', "null"), INCOMPLETE),
        (GOOD_LINE.replace('"collected"', "null"), INCOMPLETE),
        (GOOD_LINE.replace('"app_id":"app1"', '"app_id":null'), NOT_ONCE),
        (GOOD_LINE.replace('"apps":[{', '"apps":[null,{'), NOT_ONCE),
        (lines_of(poll(apps=[application()] * 2), minute=START + timedelta(minutes=10))[0], NOT_ONCE),
        (lines_of(failed_poll(zone(5)), minute=START + timedelta(minutes=10))[0], "a zone and colo is there twice"),
    ],
)
def test_an_object_with_a_line_that_is_no_row_is_rejected_as_a_whole_and_costs_no_other_a_row(
    lake: Lake, capsys: pytest.CaptureFixture[str], line: str, why: str, position: int
) -> None:
    lake.save_day(3)
    lines = lines_of(poll(zone(5)), poll(zone(6), [application()]), minute=START + timedelta(minutes=10))
    lines.insert(position, line)
    lake.put(BAD, zipped(lines))
    lake.run()
    assert rejected(lake) == [(BAD, why)]
    assert (len(lake.rows(POLLS)), len(lake.rows(USAGE))) == (6, 12)
    assert (lake.report()["lines"], lake.report()["rejected"]["objects"]) == (6, 1)
    assert lake.metadata(POLLS)["rejected"] == "1"
    assert BAD in lake.listed()
    assert metrics(capsys.readouterr().out)["RawObjectsRejected"] == [({}, [1.0])]


def test_rows_of_one_zone_and_of_several_colos_stand_beside_each_other(lake: Lake) -> None:
    polls = (poll(zone(1)), poll(zone(1), colo="LHR"), poll(zone(1), colo="AMS"), poll(zone(2)))
    lake.put(BAD, zipped(lines_of(*polls, minute=START + timedelta(minutes=10))))
    lake.run()
    assert (len(lake.rows(POLLS)), rejected(lake)) == (4, [])


@pytest.mark.parametrize("line", ['"' + "é" * 25 + '"', '{"http_status":"' + "é" * 25 + '"}'])
def test_a_value_that_duckdb_quotes_up_to_the_middle_of_a_character_blocks_no_day(lake: Lake, line: str) -> None:
    lake.save_day(3)
    lake.put(BAD, zipped([line]))
    lake.run()
    assert rejected(lake) == [(BAD, UNREADABLE)]
    assert len(lake.rows(POLLS)) == 6


def test_a_last_line_without_a_break_is_a_line(lake: Lake) -> None:
    lake.put(BAD, gzip.compress(GOOD_LINE.encode()))
    lake.run()
    assert len(lake.rows(POLLS)) == 1


def test_gzip_files_in_a_row_are_one_object(lake: Lake) -> None:
    other = lines_of(poll(zone(2)), minute=START + timedelta(minutes=10))
    lake.put(BAD, zipped([GOOD_LINE]) + zipped(other))
    lake.run()
    assert (len(lake.rows(POLLS)), rejected(lake)) == (2, [])


ALIENS = [
    "notes.txt",
    "0000-main.json",
    "0000-main.json.gz.tmp",
    "2400-main.json.gz",
    "0000-.json.gz",
    "sub/0000-main.json.gz",
    "0001-main.json.gz ",
]


@pytest.mark.parametrize("name", ALIENS)
def test_a_foreign_file_is_named_and_left_where_it_is(
    lake: Lake, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    lake.save_day(3)
    alien = lake.put(day_prefix(DAY) + name, zipped([GOOD_LINE]))
    lake.run()
    assert len(lake.rows(POLLS)) == 6
    assert rejected(lake) == [(alien, "not a name that the collector gives")]
    assert alien in lake.listed()
    assert metrics(capsys.readouterr().out)["RawObjectsRejected"] == [({}, [1.0])]
    assert lake.metadata(POLLS)["rejected"] == "0"


def test_a_folder_marker_is_nothing(lake: Lake, capsys: pytest.CaptureFixture[str]) -> None:
    lake.put(day_prefix(DAY), b"")
    lake.put("raw/", b"")
    lake.run()
    assert lake.listed("history/") == []
    lake.save_day(1)
    lake.run()
    assert rejected(lake) == []
    told = metrics(capsys.readouterr().out)
    assert told["UncompactedDays"] == [({}, [0.0]), ({}, [1.0])]
    assert "RawObjectsRejected" not in told


@pytest.mark.parametrize(
    "stray", ["raw/notes.txt", "raw/dt=yesterday/x", "raw/dt=2026-11-31/x", "raw/old/dt=2026-11-22/x"]
)
def test_what_belongs_to_no_day_is_counted_every_hour(
    lake: Lake, capsys: pytest.CaptureFixture[str], stray: str
) -> None:
    lake.put(stray, b"x")
    lake.save_day(1)
    lake.run()
    capsys.readouterr()
    lake.run()
    assert metrics(capsys.readouterr().out)["RawObjectsRejected"] == [({}, [1.0])]
    assert "raw/ holds what belongs to no day" in lake.written.getvalue()
    assert stray in lake.listed()


@pytest.mark.parametrize("key", [BAD, day_prefix(DAY) + "notes.txt"])
def test_a_day_of_which_nothing_can_be_read_is_settled_with_no_row(
    lake: Lake, capsys: pytest.CaptureFixture[str], key: str
) -> None:
    lake.put(key, b"nothing")
    lake.run()
    assert [lake.rows(history) for history in HISTORIES] == [[], []]
    capsys.readouterr()
    lake.run()
    assert metrics(capsys.readouterr().out)["UncompactedDays"] == [({}, [0.0])]


def test_an_alien_that_arrives_later_does_not_compact_the_day_again(lake: Lake) -> None:
    lake.save_day(3)
    lake.run()
    before = lake.etags()
    lake.put(day_prefix(DAY) + "notes.txt", b"x")
    lake.run()
    assert (lake.etags(), lake.metadata(POLLS)["run"]) == (before, "run-1")


def test_a_corrupt_object_that_was_mended_compacts_the_day_again(lake: Lake) -> None:
    lake.save_day(3)
    lake.put(BAD, zipped([GOOD_LINE])[:-3])
    lake.run()
    lake.put(BAD, zipped([GOOD_LINE]))
    lake.run()
    assert (len(lake.rows(POLLS)), lake.metadata(POLLS)["rejected"], rejected(lake)) == (7, "0", [])


def test_the_report_lists_so_many_and_counts_them_all(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("compactor.compact.LISTED", 2)
    for minute in range(3):
        lake.put(raw_key(START + timedelta(minutes=minute), "main"), zipped(["{"]))
    lake.run()
    report = lake.report()["rejected"]
    assert (len(report["listed"]), report["objects"]) == (2, 3)
    assert lake.metadata(POLLS)[HistoryMetadata.REJECTED] == "3"


@pytest.mark.parametrize("line", [GOOD_LINE.replace('"http_status":200', '"http_status":"hunter2"'), '{"hunter2'])
def test_no_content_of_a_rejected_object_is_told_anywhere(
    lake: Lake, capsys: pytest.CaptureFixture[str], line: str
) -> None:
    lake.put(BAD, zipped([line]))
    lake.run()
    assert rejected(lake) == [(BAD, UNREADABLE)]
    assert "hunter2" not in lake.written.getvalue() + capsys.readouterr().out + json.dumps(lake.report())


def test_files_that_only_together_do_not_add_up_are_a_fault_of_this_program(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Engine.run
    together: list[list[str]] = []

    def confused(self: Engine, statement: str, **parameters: object) -> list[tuple[Any, ...]]:
        rows = real(self, statement, **parameters)
        if statement == "expected":
            together.append(cast("list[str]", parameters["files"]))
        return [(together[-1][0], "why")] if statement == "faulty" and len(together[-1]) > 1 else rows

    monkeypatch.setattr(Engine, "run", confused)
    lake.save_day(3)
    with pytest.raises(DaysFailed, match="files that are faultless one by one are not so together"):
        lake.run()
    assert lake.listed("history/") == []


LINES = st.one_of(
    st.just(GOOD_LINE),
    st.sampled_from(lines_of(poll(zone(2)), failed_poll(zone(1)), minute=START + timedelta(minutes=10))),
    st.text(st.characters(exclude_characters="\n\r", exclude_categories=["Cs"]), max_size=20),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=3),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    ).map(json.dumps),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(st.lists(LINES, max_size=6), st.binary(max_size=30))
def test_no_object_whatever_it_holds_blocks_the_day_or_costs_another_its_rows(
    lake: Lake, lines: list[str], bytes_: bytes
) -> None:
    lake.delete(*lake.listed())
    lake.save_day(2)
    lake.put(BAD, zipped(lines))
    lake.put(raw_key(START + timedelta(minutes=11), "main"), bytes_)
    lake.run()
    good = lake.rows(POLLS, columns="count(*) FILTER (minute < TIMESTAMP '2026-11-22 00:10:00')")
    assert good == [(4,)]
    report = lake.report()
    assert report["lines"] == report["rows"]["polls"]
    assert report["rejected"]["objects"] >= 1
