"""Answers queries over the deployed tables: Trino's SQL in, rows out.

Which days a query needs, DuckDB's own optimiser tells: each day is a table, and the plan names those that are left when
all filters have been pushed down. Only their objects are read.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from threading import Lock
from typing import Any

import duckdb

from tests.sandbox.athena.answer import Answer, Column, athena_type
from tests.sandbox.athena.catalog import Catalog, read_catalog
from tests.sandbox.athena.failures import QueryFailed, ScanLimitReached
from tests.sandbox.athena.partitions import SCHEMA, Partitions
from tests.sandbox.athena.translation import Schema, translated, with_parameters

Clock = Callable[[], datetime]


def machine_time() -> datetime:
    """Now, UTC."""
    return datetime.now(UTC)


class Engine:
    """Athena's engine for the AWS of this process: moto's Glue and moto's S3."""

    def __init__(self, clock: Clock = machine_time) -> None:
        self.clock = clock
        """Can be set: then today is another day."""
        self._lock = Lock()
        self._connection = duckdb.connect(":memory:")
        self._connection.execute("SET TimeZone = 'UTC'")
        self._connection.execute(f"CREATE SCHEMA {SCHEMA}")
        self._partitions = Partitions(self._connection)

    def run(
        self, sql: str, parameters: Sequence[str] = (), *, database: str = "default", limit: int | None = None
    ) -> Answer:
        """The answer to a query. Parameters are SQL, as for Athena: a text stands in single quotes.

        `database` stands for tables without one; `limit` is how many bytes may be read. Raises QueryMalformed,
        QueryFailed or ScanLimitReached.
        """
        with self._lock:
            now = self.clock().astimezone(UTC)
            try:
                schema = self._define(read_catalog(now.date()), now)
            except ValueError as error:
                raise QueryFailed(f"INVALID_TABLE: {error}") from error
            statement = translated(with_parameters(sql, parameters), schema, now)
            try:
                self._connection.execute(f'CREATE SCHEMA IF NOT EXISTS "{database}"')
                self._connection.execute(f'USE "{database}"')
                needed = self._partitions.named(self._scanned(statement))
                scanned = sum(partition.size for partition in needed)
                if limit is not None and scanned > limit:
                    raise ScanLimitReached(scanned)
                for partition in needed:
                    self._partitions.load(partition)
                return self._answer(statement, scanned)
            except duckdb.Error as error:
                raise QueryFailed(_in_short(error)) from error

    def _define(self, catalog: Catalog, now: datetime) -> Schema:
        """Lay the catalogue out in DuckDB, and return what columns there are."""
        self._partitions.define(catalog.tables)
        schema: dict[str, dict[str, dict[str, str]]] = {}
        for table in catalog.tables:
            columns = {**table.columns, table.partition: "VARCHAR"}
            schema.setdefault(table.database, {})[table.name] = columns
        for view in catalog.views:
            name = f'"{view.database}"."{view.name}"'
            self._connection.execute(f'CREATE SCHEMA IF NOT EXISTS "{view.database}"')
            self._connection.execute(f"CREATE OR REPLACE VIEW {name} AS {translated(view.sql, schema, now)}")
            described = self._connection.sql(f"DESCRIBE {name}").fetchall()
            columns = {row[0]: row[1] for row in described}
            if tuple(columns) != view.columns:
                raise QueryFailed(f"VIEW_IS_STALE: {name} promises {view.columns}, its SQL has {tuple(columns)}")
            schema.setdefault(view.database, {})[view.name] = columns
        return schema

    def _scanned(self, statement: str) -> set[str]:
        """The days that a query reads. Without statistics, for days that are not loaded yet are empty."""
        self._connection.execute("SET disabled_optimizers = 'statistics_propagation'")
        try:
            ((_, plan),) = self._connection.execute(f"EXPLAIN (FORMAT JSON) {statement}").fetchall()
        finally:
            self._connection.execute("SET disabled_optimizers = ''")
        mark = f'{SCHEMA}."'
        return {table.partition(mark)[2].rstrip('"') for table in _tables(json.loads(plan)) if mark in table}

    def _answer(self, statement: str, scanned: int) -> Answer:
        found = self._connection.sql(statement)
        kinds = [athena_type(str(kind)) for kind in found.types]
        columns = tuple(Column(name, kind) for name, kind in zip(found.columns, kinds, strict=True))
        return Answer(columns, tuple(found.fetchall()), scanned)


def _tables(plan: Any) -> Iterator[str]:
    """Every table that a plan scans."""
    for node in plan:
        table = node.get("extra_info", {}).get("Table")
        if table is not None:
            yield table
        yield from _tables(node.get("children", []))


def _in_short(error: duckdb.Error) -> str:
    """The first line of what DuckDB says: the rest shows the translated query, which nobody wrote."""
    return f"GENERIC_USER_ERROR: {str(error).strip().splitlines()[0]}"
