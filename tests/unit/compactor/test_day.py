"""A day that goes well: what history holds then."""

from datetime import timedelta
from pathlib import Path

import pytest

from compactor.compact import DUCKDB_TYPES, emptied
from contract.lake import HISTORIES, POLLS, USAGE, History, HistoryMetadata
from contract.raw import raw_key
from tests.unit.compactor.lake import DAY, MORNING, START, Lake, lines_of, metrics, zipped
from tests.unit.examples import application, failed_poll, poll, zone

pytestmark = pytest.mark.filterwarnings("ignore:This metric doesn't meet the requirements")

PARQUET = {
    "timestamp": ("INT64", "TIMESTAMP_MICROS"),
    "string": ("BYTE_ARRAY", "UTF8"),
    "int": ("INT32", "INT_32"),
    "bigint": ("INT64", "INT_64"),
    "double": ("DOUBLE", None),
    "boolean": ("BOOLEAN", None),
}


def test_a_closed_day_becomes_one_object_a_table_and_nothing_else(lake: Lake) -> None:
    raw = lake.save_day(3)
    lake.run()
    assert lake.listed("history/") == [history.key(DAY) for history in HISTORIES]
    assert lake.listed("raw/") == raw
    assert (len(lake.rows(POLLS)), len(lake.rows(USAGE))) == (6, 12)
    assert lake.ingress() == sum(2 * (1000 * n + 10 * z) + 3 for n in range(3) for z in (1, 2))


def test_an_open_day_is_left_alone(lake: Lake) -> None:
    lake.save_day(3)
    lake.run(now=START + timedelta(days=1, minutes=14))
    assert lake.listed("history/") == []


def test_a_row_of_usage_is_the_poll_and_its_application(lake: Lake) -> None:
    app = application("app9", app_name="ssh.example.com", protocol="tcp/22", bytes_ingress=2**62, connections=1.5)
    lake.save(START, poll(zone(1, name="example.com"), [app], colo="LHR", zone_name="example.com"))
    lake.run()
    observed = poll().observed_at.replace(tzinfo=None)
    minute = START.replace(tzinfo=None)
    identity = (minute, observed, "main", zone(1).id, "example.com", "LHR")
    assert lake.rows(USAGE) == [(*identity, "app9", "ssh.example.com", "tcp/22", 2**62, 200, 1.5, 50.0, True)]
    assert lake.rows(POLLS) == [(*identity, "collected", None, 200, None, None, 1, 20, None)]


def test_a_failed_request_stands_in_polls_and_has_no_usage(lake: Lake) -> None:
    lake.save(START, failed_poll(error_message='"quoted", \n broken, ü, 😀'))
    lake.run()
    assert lake.rows(POLLS, columns="outcome, reason, http_status, error_message") == [
        ("failed", "server_error", 503, '"quoted", \n broken, ü, 😀')
    ]
    assert lake.rows(USAGE) == []


@pytest.mark.parametrize("history", HISTORIES, ids=lambda history: history.name)
@pytest.mark.parametrize("minutes", [0, 1])
def test_the_columns_are_the_contracts_in_its_order_and_types(lake: Lake, history: History, minutes: int) -> None:
    lake.save_day(minutes)
    lake.put(raw_key(START, "other"), b"nothing to read")
    lake.run()
    found = [(name, physical, converted) for name, physical, converted, _ in lake.schema(history)]
    assert found == [(column.name, *PARQUET[column.type]) for column in history.columns]
    logical = {name: kind for name, _, _, kind in lake.schema(history)}
    assert "isAdjustedToUTC=0" in logical["minute"]


def test_the_types_that_duckdb_reads_by_are_those_of_all_columns() -> None:
    assert set(DUCKDB_TYPES) == {column.name for column in POLLS.columns} | {"apps"}


def test_the_rows_lie_in_the_order_that_they_are_asked_for(lake: Lake) -> None:
    lake.save_day(40, sources=("b", "a"))
    lake.run()
    usage = lake.rows(USAGE, columns="zone_id, app_id, minute, source")
    assert usage == sorted(usage)
    polls = lake.rows(POLLS, columns="zone_id, minute, source")
    assert polls == sorted(polls)
    assert len(usage) == 2 * len(polls) == 320


def test_the_objects_say_of_what_they_were_made(lake: Lake) -> None:
    lake.save_day(3)
    lake.run(run_id="request.1234")
    polls, usage = lake.metadata(POLLS), lake.metadata(USAGE)
    digest = polls.pop(HistoryMetadata.RAW_DIGEST)
    assert usage.pop(HistoryMetadata.RAW_DIGEST) == digest
    assert len(digest) == 64
    common = {"run": "request.1234", "raw-objects": "3", "rejected": "0"}
    assert (polls, usage) == ({**common, "rows": "6"}, {**common, "rows": "12"})
    assert lake.head(POLLS)["ContentType"] == "application/vnd.apache.parquet"


def test_the_report_counts_what_went_in_and_what_came_out(lake: Lake) -> None:
    keys = lake.save_day(3)
    lake.run(run_id="request.1234")
    assert lake.report() == {
        "run": "request.1234",
        "at": MORNING.isoformat(),
        "seconds": 0.0,
        "day": "2026-11-22",
        "raw_objects": 3,
        "raw_bytes": sum(lake.s3.head_object(Bucket="spectrum-test", Key=key)["ContentLength"] for key in keys),
        "raw_digest": lake.metadata(POLLS)["raw-digest"],
        "lines": 6,
        "rows": {"polls": 6, "usage": 12},
        "bytes_ingress": lake.ingress(),
        "bytes_egress": 12 * 200,
        "rejected": {"unexpected_objects": 0, "objects": 0, "listed": []},
    }


def test_the_metrics_tell_rows_and_duration_and_nothing_was_rejected(
    lake: Lake, capsys: pytest.CaptureFixture[str]
) -> None:
    lake.save_day(3)
    lake.run()
    told = metrics(capsys.readouterr().out)
    assert told["CompactedRows"] == [({}, [12.0])]
    assert told["CompactionDuration"] == [({}, [0.0])]
    assert not {"RawObjectsRejected", "RawObjectsDeleted"} & set(told)


def test_a_day_of_one_object_is_a_day(lake: Lake) -> None:
    lake.save(START + timedelta(hours=23, minutes=59))
    lake.run()
    assert lake.minutes() == ["23:59"]


def test_two_sources_share_a_days_object(lake: Lake) -> None:
    lake.save_day(2, sources=("main", "other"))
    lake.run()
    assert sorted(set(lake.rows(USAGE, columns="source"))) == [("main",), ("other",)]
    assert len(lake.rows(USAGE)) == 16


def test_a_field_of_the_future_is_ignored_and_one_of_the_past_is_null(lake: Lake) -> None:
    (line,) = lines_of(poll(apps=[application()]))
    future = line.replace('"colo":', '"tier":"gold","nested":{"a":[1]},"colo":').replace(
        '"app_name":', '"x":1,"app_name":'
    )
    past = (
        line.replace('"rate_limit_remaining":null,', "").replace(',"reported":true', "").replace("00:00:00", "00:01:00")
    )
    lake.put(raw_key(START, "main"), zipped([future]))
    lake.put(raw_key(START + timedelta(minutes=1), "main"), zipped([past]))
    lake.run()
    assert lake.rows(USAGE, columns="bytes_ingress, reported") == [(100, True), (100, None)]
    assert lake.report()["rejected"]["listed"] == []


def test_ten_thousand_applications_in_a_minute_are_ten_thousand_rows(lake: Lake) -> None:
    apps = [application(f"app{number:05}", bytes_ingress=number) for number in range(10_000)]
    lake.save(START, poll(apps=apps))
    lake.run()
    assert len(lake.rows(USAGE)) == 10_000
    assert lake.ingress() == sum(range(10_000))


def test_more_than_one_chunk_makes_one_object(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("compactor.compact.CHUNK_BYTES", 2000)
    lake.save_day(20)
    lake.run()
    assert len(lake.rows(USAGE)) == 80
    assert lake.minutes() == sorted([f"00:{n:02}" for n in range(20)]) * 2


def test_what_a_killed_run_left_in_the_temporary_folder_is_not_read(tmp_path: Path) -> None:
    folder = tmp_path / "compactor"
    folder.mkdir()
    (folder / "polls-000000.parquet").write_bytes(b"left behind")
    with emptied(folder) as empty:
        assert list(empty.iterdir()) == []
        (empty / "more").write_bytes(b"")
    assert not folder.exists()
