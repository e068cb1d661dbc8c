"""Asks Trino, and hands out its answers: rows, with the columns' names and types."""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any, Final

from tests.athena.trino.configuration import CATALOG

_PATIENCE_S: Final = 60


class QueryError(RuntimeError):
    """Trino refused the query or could not carry it out."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__(f"{name}: {message}")
        self.name = name
        """Trino's name for the error, such as `HIVE_CURSOR_ERROR`."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a query answered."""

    columns: tuple[str, ...]
    types: tuple[str, ...]
    """As Trino spells them: `timestamp(3)`, `bigint`."""
    rows: list[tuple[Any, ...]]

    @property
    def records(self) -> list[dict[str, Any]]:
        """The rows by column name."""
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]


def ask(port: int, schema: str, sql: str, parameters: Sequence[str] = ()) -> Answer:
    """Runs one statement; `parameters` are SQL literals for its `?`, as Athena's `ExecutionParameters` are.

    https://docs.aws.amazon.com/athena/latest/ug/querying-with-prepared-statements.html: Athena, too, runs a query with
    parameters as `EXECUTE … USING` them. Raises QueryError.
    """
    from trino.dbapi import connect
    from trino.exceptions import TrinoQueryError

    statement = sql.rstrip().removesuffix(";")
    if parameters:
        quoted = statement.replace("'", "''")
        statement = f"EXECUTE IMMEDIATE '{quoted}' USING {', '.join(parameters)}"
    connection = connect(
        host="127.0.0.1",
        port=port,
        user="tester",
        catalog=CATALOG,
        schema=schema,
        timezone="UTC",
        request_timeout=_PATIENCE_S,
    )
    with closing(connection), closing(connection.cursor()) as cursor:
        try:
            cursor.execute(statement)
            rows = [tuple(row) for row in cursor.fetchall()]
        except TrinoQueryError as error:
            raise QueryError(str(error.error_name), error.message) from error
        description = cursor.description or []
        return Answer(tuple(column[0] for column in description), tuple(column[1] for column in description), rows)
