"""Every shipped query is one that a person can read, run and compare."""

import re
from collections.abc import Iterator
from datetime import date, timedelta

import pytest

from commands.query import Header
from contract.lake import HISTORIES, PARTITION, History
from tests.sandbox.athena.handmade_lake import SQL, application, poll
from tests.unit.commands.queried import QUERIES, Lake, open_lake

NAMES = (
    "concurrency_peaks",
    "connection_duration",
    "idle_new_vanished_applications",
    "missing_minutes",
    "month_to_date_volume",
    "outcome_by_reason",
    "p95_mbits",
    "rate_limit_headroom",
    "top_talkers",
    "traffic_by_application_and_hour",
)


@pytest.fixture(scope="module")
def lake() -> Iterator[Lake]:
    """Five days with a minute each; those before yesterday are closed."""
    with open_lake() as opened:
        days = [date(2026, 11, 19) + timedelta(days=number) for number in range(5)]
        opened.put(poll(f"{day} 10:00", "z1", [application("a1", ingress=1, connections=1)]) for day in days)
        for day in days[:3]:
            opened.close(f"{day}")
        yield opened


def test_these_are_the_queries() -> None:
    assert tuple(QUERIES) == NAMES


@pytest.mark.parametrize("name", QUERIES)
def test_a_query_opens_with_its_question_and_names_its_parameters_and_columns(name: str, lake: Lake) -> None:
    header = Header.read(QUERIES[name])
    assert header.question.endswith("."), "a sentence"
    assert header.parameters.startswith("first day, last day"), header.parameters
    assert [column.name for column in header.columns] == [column.name for column in lake.answer(name).columns]
    assert all(column.meaning for column in header.columns)


@pytest.mark.parametrize("name", QUERIES)
def test_a_query_has_one_pair_of_parameters_and_none_in_a_comment(name: str) -> None:
    code = re.sub(r"--.*", "", QUERIES[name])
    assert code.count("?") == QUERIES[name].count("?") == 2
    assert code.count("dt BETWEEN ? AND ?") == 1


@pytest.mark.parametrize("name", QUERIES)
def test_a_query_reads_the_asked_days_alone(name: str, lake: Lake) -> None:
    together = lake.answer(name, "2026-11-20", "2026-11-23").scanned_bytes
    alone = [lake.answer(name, f"2026-11-{day}").scanned_bytes for day in (20, 21, 22, 23)]
    assert all(alone)
    assert sum(alone) == together
    assert lake.answer(name, "2026-11-25").scanned_bytes == 0


@pytest.mark.parametrize("name", QUERIES)
def test_a_query_about_days_without_data_has_no_rows(name: str, lake: Lake) -> None:
    assert lake.ask(name, "2026-11-01", "2026-11-02") == []


@pytest.mark.parametrize("name", QUERIES)
def test_a_query_fits_athena(name: str) -> None:
    # https://docs.aws.amazon.com/athena/latest/APIReference/API_NamedQuery.html
    assert len(QUERIES[name].encode()) <= 262_144
    assert len(Header.read(QUERIES[name]).question) <= 1024


@pytest.mark.parametrize("history", HISTORIES, ids=lambda history: history.name)
def test_a_view_has_the_declared_columns_on_both_sides(history: History, lake: Lake) -> None:
    columns = [column.name for column in (*history.columns, PARTITION)]
    for day in ("2026-11-20", "2026-11-23"):
        answer = lake.engine.run(f"SELECT * FROM cloudflare_spectrum.{history.name} WHERE dt = '{day}'")
        assert [column.name for column in answer.columns] == columns
        assert len(answer.rows) == 1


def test_the_views_change_over_from_history_to_raw_at_yesterday(lake: Lake) -> None:
    answer = lake.engine.run("SELECT dt, count(*) FROM cloudflare_spectrum.usage GROUP BY dt ORDER BY dt")
    assert answer.rows == tuple((f"2026-11-{day}", 1) for day in (19, 20, 21, 22, 23))


def test_the_views_know_their_width_by_one_place_holder() -> None:
    for file in (SQL / "views").glob("*.sql"):
        assert set(re.findall(r"\{[^}]*\}", file.read_text())) == {"{open_days}"}
