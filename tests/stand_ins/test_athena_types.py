"""The sandbox's Athena reads Hive's types and Glue's projections, and writes values as Athena does."""

from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.lake import TABLES
from tests.sandbox.athena.answer import athena_type, text_of
from tests.sandbox.athena.hive_types import duckdb_type
from tests.sandbox.athena.projection import read_projection

TODAY = date(2026, 11, 23)
PARAMETERS = {
    "projection.enabled": "true",
    "projection.dt.type": "date",
    "projection.dt.format": "yyyy-MM-dd",
    "projection.dt.range": "2026-01-01,NOW+1DAYS",
    "storage.location.template": "s3://bucket/history/usage/dt=${dt}/",
}


@pytest.mark.parametrize(
    ("hive", "duckdb"),
    [
        ("string", "VARCHAR"),
        ("int", "INTEGER"),
        ("BIGINT", "BIGINT"),
        ("decimal(10,2)", "DECIMAL(10,2)"),
        ("array<string>", "VARCHAR[]"),
        ("struct<a:int, b:array<struct<c:double>>>", 'STRUCT("a" INTEGER, "b" STRUCT("c" DOUBLE)[])'),
    ],
)
def test_a_hive_type_has_its_counterpart(hive: str, duckdb: str) -> None:
    assert duckdb_type(hive) == duckdb


def test_every_declared_type_is_known() -> None:
    for column in (column for table in TABLES for column in table.columns):
        assert duckdb_type(column.type)


@pytest.mark.parametrize(
    "wrong", ["", "text", "array<", "array<string", "struct<a>", "struct<>", "int int", "int>", "a-b"]
)
def test_what_is_no_hive_type_is_refused(wrong: str) -> None:
    with pytest.raises(ValueError, match="Hive type"):
        duckdb_type(wrong)


def test_projected_days_are_relative_to_today() -> None:
    projection = read_projection("dt", PARAMETERS, TODAY)
    assert (projection.days.first, projection.days.last) == (date(2026, 1, 1), date(2026, 11, 24))
    assert (projection.bucket, projection.prefix) == ("bucket", "history/usage/dt={}/")
    rolling = {**PARAMETERS, "projection.dt.range": "NOW-3DAYS,NOW"}
    days = read_projection("dt", rolling, TODAY).days
    assert [date(2026, 11, day) in days for day in (19, 20, 23, 24)] == [False, True, True, False]


@pytest.mark.parametrize(
    "change",
    [
        {"projection.enabled": "false"},
        {"projection.dt.type": "enum"},
        {"projection.dt.format": "yyyyMMdd"},
        {"projection.dt.interval.unit": "MONTHS"},
        {"projection.dt.range": "NOW-3MONTHS,NOW"},
        {"storage.location.template": "s3://bucket/history/usage/"},
    ],
)
def test_a_projection_that_it_does_not_know_is_refused_and_not_guessed(change: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r".+"):
        read_projection("dt", {**PARAMETERS, **change}, TODAY)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, None),
        (True, "true"),
        (7, "7"),
        ("", ""),
        (1.0, "1.0"),
        (-0.0, "-0.0"),
        (0.001, "0.001"),
        (0.0001, "1.0E-4"),
        (1e7, "1.0E7"),
        (9999999.5, "9999999.5"),
        (123456789.125, "1.23456789125E8"),
        (1.5e300, "1.5E300"),
        (float("nan"), "NaN"),
        (float("-inf"), "-Infinity"),
        (date(2026, 11, 23), "2026-11-23"),
        (datetime(2026, 11, 23, 10, 1, 2, 250_000), "2026-11-23 10:01:02.250"),  # noqa: DTZ001
        ([1, None, "a"], "[1, null, a]"),
        ({"a": 1, "b": None}, "{a=1, b=null}"),
    ],
)
def test_a_value_is_written_as_athena_writes_it(value: object, text: str | None) -> None:
    assert text_of(value) == text


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_double_keeps_its_value(value: float) -> None:
    text = text_of(value)
    assert text is not None
    assert float(text) == value
    digits, _, exponent = text.partition("E")
    assert "." in digits
    assert bool(exponent) is not (value == 0 or 1e-3 <= abs(value) < 1e7)


@pytest.mark.parametrize(
    ("duckdb", "athena"),
    [("HUGEINT", "bigint"), ("DECIMAL(18,3)", "decimal"), ("BIGINT[]", "array"), ("STRUCT(a INTEGER)", "row")],
)
def test_a_type_has_athenas_name(duckdb: str, athena: str) -> None:
    assert athena_type(duckdb) == athena
