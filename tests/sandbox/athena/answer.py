"""A query's answer, and how Athena writes its values: every one of them as text."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

Row = tuple[Any, ...]

_TYPES: Final = {
    "VARCHAR": "varchar",
    "BOOLEAN": "boolean",
    "TINYINT": "tinyint",
    "SMALLINT": "smallint",
    "INTEGER": "integer",
    "BIGINT": "bigint",
    "HUGEINT": "bigint",  # what DuckDB makes of a sum of bigint
    "FLOAT": "float",
    "DOUBLE": "double",
    "TIMESTAMP": "timestamp",
    "TIMESTAMP WITH TIME ZONE": "timestamp with time zone",
    "DATE": "date",
}


@dataclass(frozen=True, slots=True)
class Column:
    """A column of an answer."""

    name: str
    type: str
    """In Athena's words: `varchar`, `bigint`, `array`."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a query found."""

    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    scanned_bytes: int
    """Of the objects that were read, as they lie in S3."""

    def named(self) -> list[dict[str, Any]]:
        """The rows, each by column name."""
        return [dict(zip([column.name for column in self.columns], row, strict=True)) for row in self.rows]

    def texts(self) -> list[list[str | None]]:
        """The rows as Athena writes them; None for null."""
        return [[text_of(value) for value in row] for row in self.rows]


def athena_type(duckdb: str) -> str:
    """A DuckDB type in Athena's words."""
    if duckdb.endswith("]"):
        return "array"
    if duckdb.startswith("STRUCT"):
        return "row"
    if duckdb.startswith("MAP"):
        return "map"
    if duckdb.startswith("DECIMAL"):
        return "decimal"
    return _TYPES.get(duckdb, duckdb.lower())


def text_of(value: Any) -> str | None:
    """A value as text, as Athena has it in VarCharValue; None for null, which has none."""
    match value:
        case None:
            return None
        case bool():
            return "true" if value else "false"
        case float():
            return _double(value)
        case datetime():
            zone = "" if value.tzinfo is None else " UTC"
            return f"{value:%Y-%m-%d %H:%M:%S}.{value.microsecond // 1000:03}{zone}"
        case list():
            return "[" + ", ".join(_inside(item) for item in value) + "]"
        case dict():
            return "{" + ", ".join(f"{name}={_inside(item)}" for name, item in value.items()) + "}"
    return str(value)


def _inside(value: Sequence[Any] | Mapping[str, Any] | Any) -> str:
    text = text_of(value)
    return "null" if text is None else text


def _double(value: float) -> str:
    """As Java writes a double: https://docs.oracle.com/en/java/javase/21/docs/api/java.base/java/lang/Double.html."""
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else ("Infinity" if value > 0 else "-Infinity")
    if value == 0 or 1e-3 <= abs(value) < 1e7:
        text = f"{Decimal(repr(value)):f}"
        return text if "." in text else f"{text}.0"
    digits, _, exponent = f"{Decimal(repr(value)).normalize():e}".partition("e")
    return f"{digits if '.' in digits else digits + '.0'}E{int(exponent)}"
