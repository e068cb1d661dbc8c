"""Hive's type names, as Glue keeps them, in DuckDB's words."""

import re
from typing import Final

_PRIMITIVES: Final = {
    "string": "VARCHAR",
    "boolean": "BOOLEAN",
    "tinyint": "TINYINT",
    "smallint": "SMALLINT",
    "int": "INTEGER",
    "integer": "INTEGER",
    "bigint": "BIGINT",
    "float": "FLOAT",
    "double": "DOUBLE",
    "timestamp": "TIMESTAMP",
    "date": "DATE",
    "binary": "BLOB",
}
_TOKEN: Final = re.compile(r"[a-z0-9_]+(?:\([0-9, ]+\))?|[<>,:]", re.IGNORECASE)


def duckdb_type(hive: str) -> str:
    """`array<struct<id:string,n:bigint>>` is `STRUCT("id" VARCHAR, "n" BIGINT)[]`. Raises ValueError for others."""
    tokens = _TOKEN.findall(hive)
    if "".join(tokens) != hive.replace(" ", ""):
        raise ValueError(f"not a Hive type: {hive}")
    try:
        parsed = _parse(tokens)
    except IndexError:
        raise ValueError(f"not a Hive type: {hive}") from None
    if tokens:
        raise ValueError(f"not a Hive type: {hive}")
    return parsed


def _parse(tokens: list[str]) -> str:
    """One type from the front of the tokens, which are taken away."""
    name = tokens.pop(0).lower()
    if name == "array":
        _expect(tokens, "<")
        inner = _parse(tokens)
        _expect(tokens, ">")
        return f"{inner}[]"
    if name == "struct":
        _expect(tokens, "<")
        fields = [_field(tokens)]
        while tokens[0] == ",":
            tokens.pop(0)
            fields.append(_field(tokens))
        _expect(tokens, ">")
        return f"STRUCT({', '.join(fields)})"
    if name.startswith("decimal("):
        return name.upper()
    if name.startswith(("varchar(", "char(")):
        return "VARCHAR"
    if name not in _PRIMITIVES:
        raise ValueError(f"not a Hive type that the sandbox knows: {name}")
    return _PRIMITIVES[name]


def _field(tokens: list[str]) -> str:
    name = tokens.pop(0)
    _expect(tokens, ":")
    return f'"{name}" {_parse(tokens)}'


def _expect(tokens: list[str], wanted: str) -> None:
    found = tokens.pop(0)
    if found != wanted:
        raise ValueError(f"{wanted} expected in a Hive type, not {found}")
