"""A query reads the days that it asks for, each from one side: old ones from history, open ones from raw."""

import json
from datetime import date, datetime
from typing import Any

import pytest

from contract.lake import FIRST_DAY, HISTORIES, RAW, History
from tests.athena.days import DAY
from tests.athena.lake import OPEN_DAYS, Lake

pytestmark = [
    pytest.mark.athena,
    pytest.mark.parametrize("history", HISTORIES, ids=lambda history: history.name),
]


def _read(lake: Lake, history: History, where: str) -> dict[str, list[date]]:
    """By table, the days that Trino means to read."""
    plan = lake.trino.query(f"EXPLAIN (TYPE IO) SELECT count(*), max(minute) FROM {history.name} WHERE {where}")
    return {
        table["table"]["schemaTable"]["table"]: sorted(_days(table["constraint"]))
        for table in json.loads(plan.rows[0][0])["inputTableColumnInfos"]
    }


def _days(constraint: Any) -> list[date]:
    (column,) = constraint["columnConstraints"]
    ranges = column["domain"]["ranges"]
    assert column["columnName"] == "dt"
    assert all(each["low"] == each["high"] and each["low"]["bound"] == "EXACTLY" for each in ranges)
    return [date.fromisoformat(each["low"]["value"]) for each in ranges]


def _days_to(first: date, last: date) -> list[date]:
    return [first + number * DAY for number in range((last - first).days + 1)]


def test_a_query_for_an_old_day_reads_no_raw_object(lake: Lake, history: History) -> None:
    old = lake.script.days.day(3)
    assert _read(lake, history, f"dt = '{old}'") == {history.table.name: [old]}


def test_a_query_for_today_reads_no_history(lake: Lake, history: History) -> None:
    today = lake.today()
    assert _read(lake, history, f"dt = '{today}'") == {RAW.name: [today]}


def test_a_range_reads_each_day_from_one_side_only(lake: Lake, history: History) -> None:
    before = lake.today()
    first = before - 5 * DAY
    read = _read(lake, history, f"dt BETWEEN '{first}' AND '{before}'")
    if lake.today() != before:  # midnight came in between
        before, read = lake.today(), _read(lake, history, f"dt BETWEEN '{first}' AND '{lake.today()}'")
    border = before - OPEN_DAYS * DAY
    assert read == {history.table.name: _days_to(first, border - DAY), RAW.name: _days_to(border, before)}


def test_a_filter_that_is_computed_reaches_both_sides(lake: Lake, history: History) -> None:
    today = lake.today()
    where = "dt >= date_format(current_date - INTERVAL '3' DAY, '%Y-%m-%d') AND dt < '9999'"
    read = _read(lake, history, where)
    assert read[history.table.name] == _days_to(today - 3 * DAY, today - (OPEN_DAYS + 1) * DAY)
    assert read[RAW.name][:2] == [today - DAY, today]


def test_days_before_the_first_are_not_there(lake: Lake, history: History) -> None:
    first = datetime.fromisoformat(FIRST_DAY).date()
    read = _read(lake, history, f"dt BETWEEN '{first - 2 * DAY}' AND '{first + DAY}'")
    assert read == {history.table.name: [first, first + DAY]}
