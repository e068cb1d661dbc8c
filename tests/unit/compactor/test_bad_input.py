"""Raw objects that are not what they should be: rejected, said, and never in the way of the day."""

import gzip
import json
import zlib
from datetime import timedelta
from typing import Any, cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from compactor.compact import Engine, Fault, Repaired
from compactor.days import DaysFailed
from contract.lake import HISTORIES, POLLS, USAGE, HistoryMetadata
from contract.raw import day_prefix, raw_key
from tests.unit.compactor.lake import DAY, START, Lake, lines_of, metrics, zipped
from tests.unit.examples import application, failed_poll, poll, zone

pytestmark = pytest.mark.filterwarnings("ignore:This metric doesn't meet the requirements")

BAD = raw_key(START + timedelta(minutes=10), "main")
"""Of a minute that `save_day` does not write."""
GOOD_LINE = lines_of(poll(apps=[application()]), minute=START + timedelta(minutes=10))[0]


def rejected(lake: Lake) -> list[tuple[str, int | None, str]]:
    return [(each["key"], each.get("line"), each["reason"]) for each in lake.report()["rejected"]["listed"]]


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "empty"),
        (b"not gzip", "not gzip, or damaged at its beginning"),
        (zipped([GOOD_LINE])[:-1], "cut short"),
        (zipped([GOOD_LINE])[:100], "cut short"),
        (zipped([GOOD_LINE]) + b"more", "the gzip data is followed by something else"),
        (zlib.compress(GOOD_LINE.encode()), "not gzip, or damaged at its beginning"),
        (zipped([]), "holds no line"),
        (gzip.compress(b"\n \r\n", mtime=0), "holds no line"),
    ],
)
def test_an_object_that_cannot_be_read_is_rejected_and_the_day_goes_on(
    lake: Lake, capsys: pytest.CaptureFixture[str], body: bytes, why: str
) -> None:
    lake.save_day(3)
    lake.put(BAD, body)
    lake.run()
    assert rejected(lake) == [(BAD, None, why)]
    assert lake.metadata(USAGE) | {"rows": "12", "rejected": "1"} == lake.metadata(USAGE)
    assert metrics(capsys.readouterr().out)["RawObjectsRejected"] == [({}, [1.0])]


def test_a_bomb_is_rejected(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("compactor.download.LARGEST_BYTES", 100_000)
    lake.save_day(3)
    lake.put(BAD, gzip.compress(b"x" * 1_000_000))
    lake.run()
    assert rejected(lake) == [(BAD, None, "larger than 100000 bytes when inflated")]
    assert len(lake.rows(USAGE)) == 12


@pytest.mark.parametrize("position", [0, 1, 2])
@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("{", "not JSON"),
        (GOOD_LINE[:-9], "not JSON"),
        ("null", "not an object"),
        ("{}", "minute is missing"),
        (GOOD_LINE.replace("00:10:00", "00:11:00"), "its minute is not that of the object's name"),
        (GOOD_LINE.replace('"main"', '"other"'), "its source is not that of the object's name"),
        (GOOD_LINE.replace(f'"{zone().id}"', "null"), "zone_id is missing"),
        (GOOD_LINE.replace('"app_id":"app1"', '"app_id":null'), "an application without app_id"),
        (GOOD_LINE.replace('"bytes_egress":200', '"bytes_egress":"many"'), "bytes_egress is not a bigint"),
        (GOOD_LINE.replace('"apps":[{', '"apps":[null,{'), "apps is not a list of objects"),
    ],
)
def test_a_line_that_is_no_row_is_rejected_and_its_neighbours_stay(
    lake: Lake, capsys: pytest.CaptureFixture[str], line: str, why: str, position: int
) -> None:
    lake.save_day(3)
    lines = lines_of(poll(zone(5)), poll(zone(6), [application()]), minute=START + timedelta(minutes=10))
    lines.insert(position, line)
    lake.put(BAD, zipped(lines))
    lake.run()
    assert rejected(lake) == [(BAD, position + 1, why)]
    assert (len(lake.rows(POLLS)), len(lake.rows(USAGE))) == (8, 13)
    assert lake.report()["lines"] == 9
    assert lake.metadata(POLLS)["rejected"] == "1"
    assert metrics(capsys.readouterr().out)["RawLinesRejected"] == [({}, [1.0])]
    assert "RawObjectsRejected" not in metrics(capsys.readouterr().out)


@pytest.mark.parametrize("line", ['"' + "é" * 25 + '"', '{"http_status":"' + "é" * 25 + '"}'])
def test_a_value_that_duckdb_quotes_up_to_the_middle_of_a_character_blocks_no_day(lake: Lake, line: str) -> None:
    lake.save_day(3)
    lake.put(BAD, zipped([line]))
    lake.run()
    assert [key for key, _, _ in rejected(lake)] == [BAD]
    assert len(lake.rows(POLLS)) == 6


def test_blank_lines_are_no_fault(lake: Lake) -> None:
    lake.put(BAD, gzip.compress(f"\n{GOOD_LINE}\r\n\r\n \n".encode()))
    lake.run()
    assert (len(lake.rows(POLLS)), rejected(lake)) == (1, [])


def test_a_last_line_without_a_break_is_a_line(lake: Lake) -> None:
    lake.put(BAD, gzip.compress(GOOD_LINE.encode()))
    lake.run()
    assert len(lake.rows(POLLS)) == 1


def test_gzip_files_in_a_row_are_one_object(lake: Lake) -> None:
    other = lines_of(poll(zone(2)), minute=START + timedelta(minutes=10))
    lake.put(BAD, zipped([GOOD_LINE]) + zipped(other))
    lake.run()
    assert (len(lake.rows(POLLS)), rejected(lake)) == (2, [])


def test_a_zone_that_is_there_twice_counts_once(lake: Lake) -> None:
    twice = lines_of(failed_poll(), poll(apps=[application(bytes_ingress=7)]), minute=START + timedelta(minutes=10))
    lake.put(BAD, zipped(twice))
    lake.run()
    assert (len(lake.rows(POLLS)), lake.ingress()) == (1, 7)
    assert rejected(lake) == [(BAD, 1, "there twice: line 2 has the same zone and colo")]


def test_an_application_that_is_there_twice_counts_once(lake: Lake, capsys: pytest.CaptureFixture[str]) -> None:
    apps = [application(bytes_ingress=7), application(bytes_ingress=8), application("app2")]
    lake.put(BAD, zipped(lines_of(poll(apps=apps), minute=START + timedelta(minutes=10))))
    lake.run()
    assert (len(lake.rows(USAGE)), lake.ingress()) == (2, 107)
    assert rejected(lake) == [(BAD, 1, "an application is there twice: the first that is reported is kept")]
    assert lake.metadata(USAGE)["rejected"] == "1"
    assert metrics(capsys.readouterr().out)["RawLinesRejected"] == [({}, [1.0])]


def test_an_object_whose_every_line_is_bad_leaves_nothing_and_is_counted_by_its_lines(lake: Lake) -> None:
    lake.put(BAD, zipped(["{", "null"]))
    lake.run()
    assert (len(lake.rows(POLLS)), [line for _, line, _ in rejected(lake)]) == (0, [1, 2])


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
    assert rejected(lake) == [(alien, None, "not a name that the collector gives")]
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


def test_the_report_lists_a_thousand_and_counts_them_all(lake: Lake) -> None:
    lake.put(BAD, zipped(["{"] * 1500))
    lake.run()
    report = lake.report()["rejected"]
    assert (len(report["listed"]), report["lines"]) == (1000, 1500)
    assert lake.metadata(POLLS)[HistoryMetadata.REJECTED] == "1500"


def test_no_content_of_a_bad_line_is_told_anywhere(lake: Lake, capsys: pytest.CaptureFixture[str]) -> None:
    lake.put(BAD, zipped([GOOD_LINE.replace('"http_status":200', '"http_status":"hunter2"'), '{"hunter2']))
    lake.run()
    assert len(rejected(lake)) == 2
    assert "hunter2" not in lake.written.getvalue() + capsys.readouterr().out + json.dumps(lake.report())


def test_an_object_that_looks_right_and_that_duckdb_does_not_read_is_rejected(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    unreadable = Repaired(rows=(b"{",), lines=(Fault(2, "not counted, as the whole object is"),), applications=())
    monkeypatch.setattr("compactor.compact.repair", lambda *_: unreadable)
    lake.save_day(3)
    lake.put(BAD, zipped([GOOD_LINE, "{"]))
    lake.run()
    assert rejected(lake) == [(BAD, None, "its lines look right and DuckDB does not read them")]
    assert (lake.report()["lines"], len(lake.rows(POLLS))) == (6, 6)


def test_files_that_only_together_do_not_add_up_are_a_fault_of_this_program(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Engine.run
    together: list[list[str]] = []

    def confused(self: Engine, statement: str, **parameters: object) -> list[tuple[Any, ...]]:
        rows = real(self, statement, **parameters)
        if statement == "expected":
            together.append(cast("list[str]", parameters["files"]))
        return [(together[-1][0],)] if statement == "faulty" and len(together[-1]) > 1 else rows

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
    assert report["lines"] == report["rows"]["polls"] + report["rejected"]["lines"]
    assert report["rejected"]["objects"] >= 1
