"""Reads what a query found, page by page."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from commands.query.execution import Finished

if TYPE_CHECKING:
    from types_boto3_athena import AthenaClient
    from types_boto3_athena.type_defs import RowTypeDef

Row = tuple[str | None, ...]
"""Values as Athena writes them; None for null."""

_INTEGERS: Final = frozenset({"tinyint", "smallint", "integer", "bigint"})
_FRACTIONS: Final = frozenset({"float", "real", "double", "decimal"})


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the result."""

    name: str
    type: str

    @property
    def is_number(self) -> bool:
        """Whether its values are numbers."""
        return self.type in _INTEGERS | _FRACTIONS

    def value(self, text: str | None) -> str | int | float | bool | None:
        """A value in JSON's types. A decimal becomes a float, and what has no such type stays text."""
        if text is None:
            return None
        if self.type in _INTEGERS:
            return int(text)
        if self.type in _FRACTIONS and text not in ("NaN", "Infinity", "-Infinity"):
            return float(text)
        return text == "true" if self.type == "boolean" else text


@dataclass(frozen=True, slots=True)
class Result:
    """The columns, and the rows as they come: the next page is fetched when it is needed."""

    columns: tuple[Column, ...]
    rows: Iterator[Row]


def result_of(athena: "AthenaClient", query: Finished) -> Result:
    """What the query found."""
    pages = iter(athena.get_paginator("get_query_results").paginate(QueryExecutionId=query.id))
    first = next(pages)["ResultSet"]
    columns = tuple(Column(each["Name"], each["Type"]) for each in first["ResultSetMetadata"]["ColumnInfo"])

    def rows() -> Iterator[Row]:
        yield from map(_row, first["Rows"])
        for page in pages:
            yield from map(_row, page["ResultSet"]["Rows"])

    found = rows()
    if query.names_first:
        next(found, None)
    return Result(columns, found)


def _row(row: "RowTypeDef") -> Row:
    return tuple(each.get("VarCharValue") for each in row["Data"])
