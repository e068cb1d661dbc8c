"""How often Athena is asked whether a query is done, what a result's pages hold, and what it all costs."""

from collections.abc import Iterator, Sequence
from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest

from commands.query import Column, Finished, Header, Runner, days_of, dollars, readable, result_of

TODAY = date(2026, 11, 23)


class Athena:
    """Answers as scripted."""

    meta = SimpleNamespace(region_name="eu-central-1")

    def __init__(self, states: Sequence[str] = (), pages: Sequence[Any] = ()) -> None:
        self._states = iter(states)
        self._pages = pages

    def start_query_execution(self, **_asked: Any) -> dict[str, str]:
        return {"QueryExecutionId": "q"}

    def get_query_execution(self, **_asked: Any) -> dict[str, Any]:
        statistics = {"DataScannedInBytes": 7, "TotalExecutionTimeInMillis": 1500}
        return {
            "QueryExecution": {
                "Status": {"State": next(self._states)},
                "Statistics": statistics,
                "StatementType": "DML",
            }
        }

    def get_paginator(self, _operation: str) -> Any:
        return SimpleNamespace(paginate=lambda **_asked: iter(self._pages))


def test_the_pauses_grow_to_two_seconds_and_no_further() -> None:
    pauses: list[float] = []
    athena: Any = Athena(["QUEUED"] + ["RUNNING"] * 9 + ["SUCCEEDED"])
    finished = Runner(athena, "group", pause=pauses.append).run("SELECT 1", [], "db")
    assert finished == Finished("q", scanned_bytes=7, seconds=1.5, names_first=True)
    assert pauses[:3] == pytest.approx([0.2, 0.3, 0.45])
    assert pauses == sorted(pauses)
    assert pauses[-2:] == [2.0, 2.0]


def page(*rows: Sequence[str | None]) -> dict[str, Any]:
    columns = [{"Name": "a", "Type": "varchar"}, {"Name": "b", "Type": "bigint"}]
    cells = [[{} if text is None else {"VarCharValue": text} for text in row] for row in rows]
    return {"ResultSet": {"ResultSetMetadata": {"ColumnInfo": columns}, "Rows": [{"Data": cell} for cell in cells]}}


def test_the_names_are_the_first_row_of_the_first_page_only() -> None:
    athena: Any = Athena(pages=[page(("a", "b"), ("a", "b")), page(("a", "b"), (None, "1"))])
    result = result_of(athena, Finished("q", 0, 0.0, names_first=True))
    assert [column.name for column in result.columns] == ["a", "b"]
    assert list(result.rows) == [("a", "b"), ("a", "b"), (None, "1")]


def test_a_result_without_names_in_its_first_row_keeps_it() -> None:
    athena: Any = Athena(pages=[page(("x", "1"))])
    assert list(result_of(athena, Finished("q", 0, 0.0, names_first=False)).rows) == [("x", "1")]


def test_pages_are_fetched_when_they_are_needed() -> None:
    def pages() -> Iterator[Any]:
        yield page(("a", "b"), ("x", "1"))
        raise AssertionError("nobody needs this page")

    athena: Any = SimpleNamespace(get_paginator=lambda _name: SimpleNamespace(paginate=lambda **_asked: pages()))
    assert next(result_of(athena, Finished("q", 0, 0.0, names_first=True)).rows) == ("x", "1")


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("bigint", "9007199254740993", 9007199254740993),
        ("double", "1.0E7", 1e7),
        ("double", "NaN", "NaN"),
        ("boolean", "false", False),
        ("varchar", "1", "1"),
        ("timestamp", "2026-11-23 10:00:00.000", "2026-11-23 10:00:00.000"),
        ("bigint", None, None),
    ],
)
def test_json_has_its_own_types(kind: str, text: str | None, value: object) -> None:
    found = Column("c", kind).value(text)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("scanned", "cost"), [(0, 0.00005), (10_000_000, 0.00005), (20_000_000, 0.0001), (3_000_000_000_000, 15.0)]
)
def test_a_terabyte_costs_five_dollars_and_at_least_ten_megabytes_are_charged(scanned: int, cost: float) -> None:
    assert dollars(scanned) == pytest.approx(cost)


@pytest.mark.parametrize(
    ("scanned", "text"),
    [(0, "0 bytes"), (999, "999 bytes"), (1500, "1.5 kB"), (2_500_000_000, "2.5 GB"), (7 * 10**15, "7000.0 TB")],
)
def test_bytes_are_told_in_decimal_units(scanned: int, text: str) -> None:
    assert readable(scanned) == text


@pytest.mark.parametrize(
    ("first", "last", "default", "days"),
    [
        (None, None, "the last 7 days", "2026-11-17 to 2026-11-23"),
        (None, None, "", "2026-11-17 to 2026-11-23"),
        (None, None, "this month", "2026-11-01 to 2026-11-23"),
        (date(2026, 11, 20), None, "this month", "2026-11-20 to 2026-11-23"),
        (None, date(2026, 10, 31), "this month", "2026-10-01 to 2026-10-31"),
        (None, date(2026, 10, 31), "the last 7 days", "2026-10-25 to 2026-10-31"),
        (date(2026, 11, 23), None, "", "2026-11-23"),
        (date(2026, 11, 20), date(2026, 12, 31), "", "2026-11-20 to 2026-12-31"),
    ],
)
def test_what_is_left_out_of_the_days_is_filled_in(
    first: date | None, last: date | None, default: str, days: str
) -> None:
    assert str(days_of(first, last, default, TODAY)) == days


@pytest.mark.parametrize(
    ("first", "last", "default"),
    [
        (date(2026, 11, 24), None, ""),
        (date(2026, 12, 1), date(2026, 12, 31), ""),
        (None, date(2026, 11, 30), ""),
        (None, date(2026, 12, 31), "this month"),
    ],
)
def test_days_that_are_still_to_come_have_no_answer(first: date | None, last: date | None, default: str) -> None:
    with pytest.raises(ValueError, match="lies in the future: today is 2026-11-23, UTC"):
        days_of(first, last, default, TODAY)


def test_somebody_elses_query_has_an_empty_header() -> None:
    for sql in ("", "SELECT 1", "\n-- not at the top\nSELECT 1"):
        assert Header.read(sql) == Header("", "", "", "", ())
    assert Header.read("-- What is it.\n--\n-- Columns:\n--   a: b\nSELECT 1").columns[0].meaning == "b"
