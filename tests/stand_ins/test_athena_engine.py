"""The sandbox's Athena answers in Trino's SQL, from the days that a query needs, as Hive reads them."""

import gzip
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from contract.lake import DATABASE
from tests.sandbox.athena import Engine, QueryFailed
from tests.sandbox.athena.failures import QueryMalformed, ScanLimitReached
from tests.sandbox.athena.handmade_lake import BUCKET, HandmadeLake, application, parquet_of, poll
from tests.sandbox.athena.objects import write_object
from tests.sandbox.aws import AwsDouble

NOW = datetime(2026, 11, 23, 12, 0, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
def double() -> Iterator[AwsDouble]:
    with AwsDouble() as aws:
        aws.athena.clock = lambda: NOW
        yield aws


@pytest.fixture(scope="module")
def deployed(double: AwsDouble) -> HandmadeLake:
    return HandmadeLake(double)


@pytest.fixture
def lake(deployed: HandmadeLake) -> HandmadeLake:
    deployed.clear()
    return deployed


@pytest.fixture
def engine(double: AwsDouble) -> Engine:
    return double.athena


def rows(engine: Engine, sql: str, *parameters: str) -> list[tuple[Any, ...]]:
    return list(engine.run(sql, parameters, database=DATABASE).rows)


def write(name: str, *lines: Any, day: str = "2026-11-23") -> None:
    """A raw object of these lines; text is taken as it is."""
    texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    write_object(BUCKET, f"raw/dt={day}/{name}", gzip.compress("".join(text + "\n" for text in texts).encode()))


def test_closed_days_are_read_from_history_and_open_ones_from_raw(lake: HandmadeLake, engine: Engine) -> None:
    lake.put(poll(f"2026-11-{day} 10:00", "z1", [application("a1", ingress=day)]) for day in (20, 21, 22, 23))
    lake.close("2026-11-20")
    sql = "SELECT dt, bytes_ingress FROM usage ORDER BY dt"
    assert rows(engine, sql) == [("2026-11-20", 20), ("2026-11-22", 22), ("2026-11-23", 23)]  # the 21st: not compacted


def test_only_the_days_that_a_query_needs_are_read(lake: HandmadeLake, engine: Engine) -> None:
    lake.put(poll(f"2026-11-{day} 10:00", "z1", [application("a1")]) for day in (20, 22, 23))
    lake.close("2026-11-20")
    write("broken.json.gz", "{", day="2026-11-22")
    assert rows(engine, "SELECT count(*) FROM usage WHERE dt = '2026-11-20'") == [(1,)]
    assert rows(engine, "SELECT count(*) FROM usage WHERE dt > '2026-11-22'") == [(1,)]
    assert rows(engine, "SELECT count(*) FROM usage WHERE dt BETWEEN ? AND ?", "'2026-11-23'", "'2026-11-24'") == [(1,)]
    with pytest.raises(QueryFailed, match=r"HIVE_BAD_DATA: s3://handmade-lake/raw/dt=2026-11-22/broken.json.gz: "):
        rows(engine, "SELECT count(*) FROM usage WHERE dt >= '2026-11-22'")


def test_the_bytes_of_what_was_read_are_told_and_limited(lake: HandmadeLake, engine: Engine) -> None:
    lake.put([poll("2026-11-23 10:00", "z1", [application("a1")])])
    answer = engine.run("SELECT 1 FROM polls", database=DATABASE)
    size = len(gzip.compress(json.dumps(poll("2026-11-23 10:00", "z1", [application("a1")])).encode() + b"\n", mtime=0))
    assert answer.scanned_bytes == size
    assert engine.run("SELECT 1 FROM polls", database=DATABASE, limit=size).rows == ((1,),)
    with pytest.raises(ScanLimitReached, match="Bytes scanned limit was exceeded"):
        engine.run("SELECT 1 FROM polls", database=DATABASE, limit=size - 1)


def test_what_changes_in_s3_changes_the_answer(lake: HandmadeLake, engine: Engine) -> None:
    sql = "SELECT count(*) FROM polls WHERE dt = '2026-11-23'"
    assert rows(engine, sql) == [(0,)]
    lake.put([poll("2026-11-23 10:00", "z1")])
    assert rows(engine, sql) == [(1,)]
    lake.put([poll("2026-11-23 10:00", "z1"), poll("2026-11-23 10:00", "z2")])
    assert rows(engine, sql) == [(2,)]
    lake.clear()
    assert rows(engine, sql) == [(0,)]


def test_a_field_too_many_is_ignored_and_one_too_few_is_null(lake: HandmadeLake, engine: Engine) -> None:
    lake.clear()
    write("1000-main.json.gz", {"zone_id": "z1", "news": {"a": 1}, "apps": [{"app_id": "a1", "more": 1}]})
    assert rows(engine, "SELECT zone_id, colo, attempts FROM polls") == [("z1", None, None)]
    assert rows(engine, "SELECT app_id, bytes_ingress, reported FROM usage") == [("a1", None, None)]


def test_a_history_object_without_a_column_has_nulls_in_it(lake: HandmadeLake, engine: Engine) -> None:
    lake.clear()
    day = parquet_of("SELECT 'z1' AS zone_id, 1 AS attempts, 2 AS other")
    write_object(BUCKET, "history/polls/dt=2026-11-20/polls.parquet", day)
    assert rows(engine, "SELECT zone_id, colo, attempts FROM polls") == [("z1", None, 1)]


@pytest.mark.parametrize("apps", [None, []])
def test_a_line_without_applications_is_a_poll_and_no_usage(lake: HandmadeLake, engine: Engine, apps: Any) -> None:
    lake.clear()
    write("1000-main.json.gz", {"zone_id": "z1", "apps": apps})
    assert rows(engine, "SELECT count(*) FROM polls") == [(1,)]
    assert rows(engine, "SELECT count(*) FROM usage") == [(0,)]


def test_every_file_in_a_folder_is_read_but_hidden_ones(lake: HandmadeLake, engine: Engine) -> None:
    lake.clear()
    write("1000-main.json.gz", {"zone_id": "z1"})
    write("sub/folder.json.gz", {"zone_id": "z2"})
    write("_success", "nonsense")
    write(".hidden", "nonsense")
    assert rows(engine, "SELECT zone_id FROM polls ORDER BY 1") == [("z1",), ("z2",)]


def test_days_that_are_not_projected_are_not_seen(lake: HandmadeLake, engine: Engine) -> None:
    lake.clear()
    for day in ("2026-11-23", "2026-11-25", "2020-01-01", "someday", "2026-1-2"):
        write("1000-main.json.gz", {"zone_id": day}, day=day)
    assert rows(engine, "SELECT zone_id FROM polls_raw") == [("2026-11-23",)]


def test_an_object_that_is_cut_short_fails_the_query_and_is_named(lake: HandmadeLake, engine: Engine) -> None:
    lake.clear()
    whole = gzip.compress(b'{"zone_id": "z1"}\n' * 100)
    write_object(BUCKET, "raw/dt=2026-11-23/1000-main.json.gz", whole[:-20])
    with pytest.raises(
        QueryFailed, match=r"HIVE_CURSOR_ERROR: .*s3://handmade-lake/raw/dt=2026-11-23/1000-main.json.gz"
    ):
        rows(engine, "SELECT count(*) FROM polls")


def test_integers_divide_into_integers_as_in_trino(lake: HandmadeLake, engine: Engine) -> None:
    lake.put([poll("2026-11-23 10:00", "z1", [application("a1", ingress=7, connections=7)])])
    sql = "SELECT bytes_ingress / 2, -bytes_ingress / 2, connections / 2, count(*) / 2 FROM usage GROUP BY 1, 2, 3"
    assert rows(engine, sql) == [(3, -3, 3.5, 0)]


def test_columns_without_a_name_have_trinos(lake: HandmadeLake, engine: Engine) -> None:
    del lake
    answer = engine.run("SELECT 1, 'a' AS b, 2.5e0", database=DATABASE)
    assert [(column.name, column.type) for column in answer.columns] == [
        ("_col0", "integer"),
        ("b", "varchar"),
        ("_col2", "double"),
    ]


def test_its_clock_can_be_set(lake: HandmadeLake, engine: Engine) -> None:
    del lake
    sql = "SELECT current_date, CAST(current_timestamp AT TIME ZONE 'UTC' AS timestamp)"
    assert rows(engine, sql) == [(NOW.date(), NOW.replace(tzinfo=None))]


def test_a_parameter_is_sql_and_its_place_is_not_in_a_comment_or_a_text(lake: HandmadeLake, engine: Engine) -> None:
    lake.put([poll("2026-11-23 10:00", "z1"), poll("2026-11-23 10:00", "z2")])
    sql = "-- which one?\nSELECT zone_id, '?' FROM polls WHERE zone_id = ? /* or? */ AND dt = ?"
    assert rows(engine, sql, "'z2'", "'2026-11-' || '23'") == [("z2", "?")]


@pytest.mark.parametrize("parameters", [(), ("1",), ("1", "2", "3")])
def test_each_place_wants_one_parameter(lake: HandmadeLake, engine: Engine, parameters: tuple[str, ...]) -> None:
    del lake
    with pytest.raises(QueryFailed, match=f"INVALID_PARAMETER_USAGE.*expected 2 but found {len(parameters)}"):
        rows(engine, "SELECT 1 FROM polls WHERE dt BETWEEN ? AND ?", *parameters)


@pytest.mark.parametrize(
    "sql",
    ["SELECT ?", "SELECT 1 FROM polls LIMIT ?", "SELEC 1", "SELECT 1; SELECT 2", "", "DROP TABLE polls", "SELECT 'a"],
)
def test_what_athena_would_not_start_is_refused(lake: HandmadeLake, engine: Engine, sql: str) -> None:
    del lake
    with pytest.raises(QueryMalformed):
        rows(engine, sql, *(["1"] * sql.count("?")))


@pytest.mark.parametrize("sql", ["SELECT nope FROM polls", "SELECT 1 FROM nope", "SELECT sum(zone_id) FROM polls"])
def test_what_athena_would_fail_on_fails(lake: HandmadeLake, engine: Engine, sql: str) -> None:
    del lake
    with pytest.raises(QueryFailed, match=r"nope|sum"):
        rows(engine, sql)
