"""Trino's SQL as DuckDB's, with execution parameters in their places and a clock that can be set."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import sqlglot
from sqlglot import exp
from sqlglot.errors import OptimizeError, ParseError, SqlglotError
from sqlglot.optimizer.annotate_types import annotate_types
from sqlglot.optimizer.qualify import qualify

from tests.sandbox.athena.failures import QueryFailed, QueryMalformed
from tests.sandbox.athena.unnesting import spread

Schema = Mapping[str, Mapping[str, Mapping[str, str]]]
"""Database, table, column, DuckDB type."""


def checked(sql: str) -> exp.Query:
    """The query, read as Athena reads it before it starts. Raises QueryMalformed when it is none."""
    tree = _parsed(sql)
    if not isinstance(tree, exp.Query):
        raise QueryMalformed(f"the sandbox's Athena answers SELECT only, not {tree.key.upper()}")
    for place in tree.find_all(exp.Placeholder):
        if place.find_ancestor(exp.Where) is None:
            raise QueryMalformed("a question mark may stand in a WHERE clause only")
    return tree


def with_parameters(sql: str, parameters: Sequence[str]) -> str:
    """The query with each `?` replaced by the parameter at its place, which is an expression in SQL.

    Raises QueryFailed when their numbers differ and QueryMalformed where a parameter may not stand: "Currently, ?
    parameters can be placed only in the WHERE clause"
    (https://docs.aws.amazon.com/athena/latest/ug/querying-with-prepared-statements.html).
    """
    places = [token for token in _tokens(sql) if token.token_type == sqlglot.TokenType.PLACEHOLDER]
    if len(places) != len(parameters):
        expected, found = len(places), len(parameters)
        raise QueryFailed(
            f"INVALID_PARAMETER_USAGE: line 1:1: Incorrect number of parameters: expected {expected} but found {found}"
        )
    checked(sql)
    for token, parameter in reversed(list(zip(places, parameters, strict=True))):
        _parsed(f"SELECT {parameter}")
        sql = f"{sql[: token.start]}{parameter}{sql[token.end + 1 :]}"
    return sql


def translated(sql: str, schema: Schema, now: datetime) -> str:
    """The query in DuckDB's SQL, for a session in UTC at this moment. Raises QueryMalformed when it is no query."""
    tree: exp.Expr = _named(checked(sql))
    moment = exp.cast(exp.Literal.string(f"{now:%Y-%m-%d %H:%M:%S.%f}+00"), "timestamptz")
    today = exp.cast(exp.Literal.string(f"{now:%Y-%m-%d}"), "date")
    for node in list(tree.find_all(exp.CurrentDate, exp.CurrentTimestamp)):
        node.replace((today if isinstance(node, exp.CurrentDate) else moment).copy())
    tree = _typed(tree, schema)
    spread(tree)
    return tree.sql("duckdb", comments=False)


def _tokens(sql: str) -> list[sqlglot.Token]:
    try:
        return list(sqlglot.tokenize(sql, read="trino"))
    except SqlglotError as error:
        raise QueryMalformed(_in_short(error)) from error


def _in_short(error: SqlglotError) -> str:
    """Where it is wrong, as Trino says it: `line 1:7: Invalid expression`."""
    if isinstance(error, ParseError) and error.errors:
        first = error.errors[0]
        return f"line {first['line']}:{first['col']}: {first['description']}"
    return str(error).splitlines()[0]


def _parsed(sql: str) -> exp.Expr:
    try:
        statements = sqlglot.parse(sql, read="trino")
    except SqlglotError as error:
        raise QueryMalformed(_in_short(error)) from error
    found = [
        statement for statement in statements if statement is not None and not isinstance(statement, exp.Semicolon)
    ]
    if len(found) != 1:
        raise QueryMalformed(f"Only one sql statement is allowed. Got: {len(found)}")
    return found[0]


def _named(tree: exp.Query) -> exp.Query:
    """With the names that Trino gives to columns without one: `_col0`, `_col1`."""
    for place, column in enumerate(tree.selects):
        if not isinstance(column, (exp.Alias, exp.Column, exp.Star)):
            column.replace(exp.alias_(column.copy(), f"_col{place}"))
    return tree


def _typed(tree: exp.Expr, schema: Schema) -> exp.Expr:
    """With the types known: Trino divides integers into integers, DuckDB into doubles."""
    try:
        qualified = qualify(
            tree.copy(),
            schema=dict(schema),
            dialect="trino",
            quote_identifiers=False,
            validate_qualify_columns=False,
            expand_alias_refs=False,
        )
        return annotate_types(qualified, schema=dict(schema), dialect="trino")
    except OptimizeError:
        return tree  # DuckDB has the better words for what is wrong with it
