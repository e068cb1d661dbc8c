"""A lake made by hand and the shipped queries over it. Today is 2026-11-23; that and the day before are open days."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from contract.lake import DATABASE
from tests.sandbox.athena.answer import Answer
from tests.sandbox.athena.handmade_lake import SQL, HandmadeLake
from tests.sandbox.aws import AwsDouble

NOW = datetime(2026, 11, 23, 12, 0, 30, tzinfo=UTC)
QUERIES = {file.stem: file.read_text(encoding="utf-8") for file in sorted((SQL / "queries").glob("*.sql"))}


class Lake(HandmadeLake):
    """The lake, and its named queries by name."""

    def __init__(self, aws: AwsDouble, **options: Any) -> None:
        super().__init__(aws, **options)
        self.engine = aws.athena
        self.engine.clock = lambda: NOW

    def answer(self, name: str, first: str = "2026-11-23", last: str | None = None) -> Answer:
        """What a named query answers about these days; one day without `last`."""
        return self.engine.run(QUERIES[name], [f"'{first}'", f"'{last or first}'"], database=DATABASE)

    def ask(self, name: str, first: str = "2026-11-23", last: str | None = None) -> list[dict[str, Any]]:
        """Its rows, by column."""
        return self.answer(name, first, last).named()


@contextmanager
def open_lake(**options: Any) -> Iterator[Lake]:
    """An empty lake in an AWS of its own."""
    with AwsDouble() as aws:
        yield Lake(aws, **options)


def at(text: str) -> datetime:
    """`2026-11-23 10:00` as Athena's timestamps are: without a zone, UTC is meant."""
    return datetime.strptime(text, "%Y-%m-%d %H:%M")  # noqa: DTZ007


def picked(rows: list[dict[str, Any]], *columns: str) -> list[tuple[Any, ...]]:
    """These columns of the rows."""
    return [tuple(row[column] for column in columns) for row in rows]
