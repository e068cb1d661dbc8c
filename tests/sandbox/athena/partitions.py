"""A table's days in DuckDB: each is a table of its own, empty until a query needs it, read anew when S3 has changed."""

import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Final

import duckdb

from tests.sandbox.athena.catalog import GlueTable
from tests.sandbox.athena.failures import QueryFailed
from tests.sandbox.athena.objects import StoredObject, list_objects
from tests.sandbox.athena.reading import source_of

SCHEMA: Final = "partitions"
_HIDDEN: Final = ("_", ".")
"""Hive's mark of files that are not data."""


@dataclass(slots=True)
class Partition:
    """One day of one table."""

    table: GlueTable
    day: str
    objects: tuple[StoredObject, ...]
    loaded: tuple[StoredObject, ...] = ()
    """What the DuckDB table holds."""

    @property
    def name(self) -> str:
        """Of the DuckDB table."""
        return f"{self.table.database}.{self.table.name}/{self.day}"

    @property
    def size(self) -> int:
        """Bytes of its objects."""
        return sum(stored.size for stored in self.objects)


@dataclass(slots=True)
class Partitions:
    """The days of all tables, as they lie in S3."""

    connection: duckdb.DuckDBPyConnection
    _known: dict[str, Partition] = field(default_factory=dict)

    def define(self, tables: Iterable[GlueTable]) -> None:
        """Make every table a DuckDB view over its days; nothing is read yet."""
        before, self._known = self._known, {}
        for table in tables:
            days = [self._partition(table, day, objects, before) for day, objects in _by_day(table).items()]
            self.connection.execute(f'CREATE SCHEMA IF NOT EXISTS "{table.database}"')
            self.connection.execute(
                f'CREATE OR REPLACE VIEW "{table.database}"."{table.name}" AS {_union(table, days)}'
            )

    def _partition(
        self, table: GlueTable, day: str, objects: tuple[StoredObject, ...], before: Mapping[str, Partition]
    ) -> Partition:
        partition = Partition(table, day, objects)
        known = before.get(partition.name)
        if known is None or known.table != table:
            columns = ", ".join(f'"{name}" {kind}' for name, kind in table.columns.items())
            self.connection.execute(f'CREATE OR REPLACE TABLE {SCHEMA}."{partition.name}" ({columns})')
        else:
            partition.loaded = known.loaded
        self._known[partition.name] = partition
        return partition

    def named(self, names: Iterable[str]) -> list[Partition]:
        """The days of which these DuckDB tables are."""
        return [self._known[name] for name in sorted(names)]

    def load(self, partition: Partition) -> None:
        """Read its objects from S3, unless DuckDB holds them already. Raises QueryFailed for one that is not data."""
        if partition.loaded == partition.objects:
            return
        with tempfile.TemporaryDirectory(prefix="athena-") as folder:
            source = source_of(partition.table, partition.objects, Path(folder))
            try:
                self.connection.execute(f'CREATE OR REPLACE TABLE {SCHEMA}."{partition.name}" AS {source}')
            except duckdb.Error as error:
                raise QueryFailed(self._culprit(partition, Path(folder), error)) from error
        partition.loaded = partition.objects

    def _culprit(self, partition: Partition, folder: Path, error: duckdb.Error) -> str:
        """Which object it is that cannot be read: they were read as one."""
        for stored in partition.objects:
            try:
                self.connection.execute(source_of(partition.table, [stored], folder))
            except duckdb.Error as alone:
                where = f"s3://{partition.table.projection.bucket}/{stored.key}"
                return f"HIVE_BAD_DATA: {where}: {str(alone).splitlines()[0]}"
        return f"HIVE_BAD_DATA: {str(error).splitlines()[0]}"


def _by_day(table: GlueTable) -> dict[str, tuple[StoredObject, ...]]:
    """The objects of each projected day that has any, sub-folders included."""
    start, end = table.projection.prefix.split("{}")
    found: dict[str, list[StoredObject]] = {}
    for stored in list_objects(table.projection.bucket, start):
        day, slash, name = stored.key.removeprefix(start).partition(end)
        if slash and _is_projected(table, day) and not name.rpartition("/")[2].startswith(_HIDDEN):
            found.setdefault(day, []).append(stored)
    return {day: tuple(objects) for day, objects in found.items()}


def _is_projected(table: GlueTable, text: str) -> bool:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return False
    return text == f"{day:%Y-%m-%d}" and day in table.projection.days


def _union(table: GlueTable, days: list[Partition]) -> str:
    """The day is a constant of each part, so that DuckDB's optimiser leaves out the parts that a filter excludes."""
    names = ", ".join(f'"{name}"' for name in table.columns)
    parts = [f'SELECT {names}, \'{each.day}\' AS "{table.partition}" FROM {SCHEMA}."{each.name}"' for each in days]
    nulls = ", ".join(f'CAST(NULL AS {kind}) AS "{name}"' for name, kind in table.columns.items())
    nothing = f"SELECT {nulls}, '' AS \"{table.partition}\" WHERE false"
    return " UNION ALL ".join(parts or [nothing])
