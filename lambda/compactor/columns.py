"""The contract's columns as DuckDB's types, and the check of a value that stands in JSON."""

import math
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from contract.lake import NESTED
from contract.raw import APPLICATION_COLUMNS, MINUTE_FORMAT, POLL_COLUMNS

_SCALARS: Final = {
    "timestamp": "TIMESTAMP",
    "string": "VARCHAR",
    "int": "INTEGER",
    "bigint": "BIGINT",
    "double": "DOUBLE",
    "boolean": "BOOLEAN",
}

_APPLICATION: Final = ", ".join(f"{column.name} {_SCALARS[column.type]}" for column in APPLICATION_COLUMNS)

DUCKDB_TYPES: Final[Mapping[str, str]] = {
    column.name: f"STRUCT({_APPLICATION})[]" if column.name == NESTED else _SCALARS[column.type]
    for column in POLL_COLUMNS
}
"""How DuckDB reads a raw line. A column that the line lacks is null, one that is not here is ignored."""

_INTEGERS: Final = {"int": 2**31, "bigint": 2**63}


def fits(value: object, hive_type: str) -> bool:
    """Whether a value that JSON holds is one of a column's type. Null is one of any."""
    if value is None:
        return True
    if hive_type == "string":
        return isinstance(value, str)
    if hive_type == "boolean":
        return isinstance(value, bool)
    if hive_type == "timestamp":
        return isinstance(value, str) and moment_of(value) is not None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    if hive_type == "double":
        return _is_finite(value)
    return isinstance(value, int) and -_INTEGERS[hive_type] <= value < _INTEGERS[hive_type]


def moment_of(text: str) -> datetime | None:
    """The moment (UTC, without a zone) that a timestamp names; None when it is not written as the collector does."""
    try:
        return datetime.strptime(text, f"{MINUTE_FORMAT}.%f" if "." in text else MINUTE_FORMAT)  # noqa: DTZ007
    except ValueError:
        return None


def _is_finite(value: float) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:
        return False
