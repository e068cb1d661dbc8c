"""Every deployed named query answers on Trino what plain Python works out from what Cloudflare served."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Final

import pytest

from contract.lake import DATABASE
from tests.athena.days import MINUTE
from tests.athena.differences import differences
from tests.athena.expected import EXPECTED, Row
from tests.athena.lake import Lake
from tests.sandbox.deploy import PROJECT

pytestmark = pytest.mark.athena

NAMES: Final = sorted(path.stem for path in (PROJECT / "infra" / "sql" / "queries").glob("*.sql"))

RANGES: Final = {
    "history and raw": (3, 0),
    # Twenty buckets of five minutes, so that the 95th percentile lies on a border.
    "two days": (2, 1),
    "nothing": (5, 4),
}
"""First and last day, in days ago."""

DIFFERENCES: Final[dict[tuple[str, str], str]] = {}
"""By query and column, why the stand-in for Athena answers something else than Trino."""


def test_every_query_is_deployed_and_has_an_answer_worked_out_by_itself(lake: Lake) -> None:
    assert sorted(lake.queries) == NAMES
    assert sorted(EXPECTED) == NAMES


@pytest.mark.parametrize("days_ago", RANGES.values(), ids=list(RANGES))
@pytest.mark.parametrize("name", NAMES)
def test_a_query_answers_what_cloudflare_served(lake: Lake, name: str, days_ago: tuple[int, int]) -> None:
    first, last = (lake.script.days.day(each) for each in days_ago)
    begun = datetime.now(UTC)
    answer = lake.ask(name, first, last)
    found = [differences(answer.records, expected) for expected in _expected(lake, name, first, last, begun)]
    assert [] in found, "\n".join(found[0])
    assert answer.rows or days_ago == RANGES["nothing"]


def _expected(lake: Lake, name: str, first: date, last: date, begun: datetime) -> list[list[Row]]:
    """What must be answered; both, if a minute has begun since the question."""
    work_out: Callable[..., list[Row]] = EXPECTED[name]
    asked = {moment.replace(second=0, microsecond=0) for moment in (begun, datetime.now(UTC))}
    return [work_out(lake.asked(first, last, minute)) for minute in sorted(asked)]


@pytest.mark.parametrize("name", NAMES)
def test_the_stand_in_for_athena_answers_as_trino_does(lake: Lake, name: str) -> None:
    first, last = lake.script.days.day(3), lake.script.days.day(0)
    trino, stand_in = _both_in_one_minute(lake, name, first, last)
    known = {column for query, column in DIFFERENCES if query == name}
    assert differences(_without(known, stand_in), _without(known, trino)) == []
    for column in known:
        assert [row[column] for row in stand_in] != [row[column] for row in trino], f"{column} no longer differs"


def _both_in_one_minute(lake: Lake, name: str, first: date, last: date) -> tuple[list[Row], list[Row]]:
    """Both answers: what is missing depends on the minute in which one asks."""
    while True:
        begun = datetime.now(UTC)
        trino = lake.ask(name, first, last).records
        stand_in = lake.sandbox.aws.athena.run(
            lake.queries[name], (f"'{first}'", f"'{last}'"), database=DATABASE
        ).named()
        if datetime.now(UTC) < begun.replace(second=0, microsecond=0) + MINUTE:
            return trino, stand_in


def _without(columns: set[str], rows: list[Row]) -> list[Row]:
    return [{name: value for name, value in row.items() if name not in columns} for row in rows]
