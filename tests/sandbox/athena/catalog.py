"""The Glue catalogue as Athena reads it: tables with their partitions, and views with their SQL."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from tests.sandbox.athena.hive_types import duckdb_type
from tests.sandbox.athena.projection import Projection, read_projection
from tests.sandbox.aws.backstage import backstage

_VIEW: Final = ("/* Presto View: ", " */")
_SERDES: Final = {
    "org.apache.hive.hcatalog.data.JsonSerDe": "json",
    "org.openx.data.jsonserde.JsonSerDe": "json",
    "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe": "parquet",
}


@dataclass(frozen=True, slots=True)
class GlueTable:
    """A table whose data lie in S3, a folder for each day."""

    database: str
    name: str
    columns: Mapping[str, str]
    """Name and DuckDB type."""
    partition: str
    format: str
    """`json` or `parquet`."""
    projection: Projection


@dataclass(frozen=True, slots=True)
class GlueView:
    """A view."""

    database: str
    name: str
    sql: str
    """Trino's."""
    columns: tuple[str, ...]
    """Names that it promises."""


@dataclass(frozen=True, slots=True)
class Catalog:
    """Everything that can stand behind FROM."""

    tables: tuple[GlueTable, ...]
    views: tuple[GlueView, ...]


def read_catalog(today: date) -> Catalog:
    """The catalogue as it is now. Raises ValueError for a table that Athena or the sandbox cannot read."""
    glue = backstage("glue")
    tables: list[GlueTable] = []
    views: list[GlueView] = []
    for database in [each["Name"] for page in _pages(glue, "get_databases") for each in page["DatabaseList"]]:
        for page in _pages(glue, "get_tables", DatabaseName=database):
            for entry in page["TableList"]:
                if entry.get("TableType") == "VIRTUAL_VIEW":
                    views.append(_view(database, entry))
                else:
                    tables.append(_table(database, entry, today))
    return Catalog(tuple(tables), tuple(views))


def _pages(glue: Any, operation: str, **parameters: str) -> Any:
    return glue.get_paginator(operation).paginate(**parameters)


def _view(database: str, entry: Mapping[str, Any]) -> GlueView:
    """A view as Athena leaves it in Glue; how its text is packed, Trino's ViewReaderUtil shows."""
    name, text = entry["Name"], entry["ViewOriginalText"]
    if entry.get("Parameters", {}).get("presto_view") != "true":
        raise ValueError(f"{database}.{name}: a view needs the parameter presto_view = true")
    if not text.startswith(_VIEW[0]) or not text.endswith(_VIEW[1]):
        raise ValueError(f"{database}.{name}: ViewOriginalText is not /* Presto View: <base64> */")
    definition = json.loads(base64.b64decode(text.removeprefix(_VIEW[0]).removesuffix(_VIEW[1]), validate=True))
    columns = tuple(column["name"] for column in definition["columns"])
    declared = tuple(column["Name"] for column in entry["StorageDescriptor"]["Columns"])
    if columns != declared:
        raise ValueError(f"{database}.{name}: Glue has the columns {declared}, the view {columns}")
    return GlueView(database, name, definition["originalSql"], columns)


def _table(database: str, entry: Mapping[str, Any], today: date) -> GlueTable:
    name, storage = entry["Name"], entry["StorageDescriptor"]
    try:
        (partition,) = (key["Name"] for key in entry["PartitionKeys"])
        return GlueTable(
            database=database,
            name=name,
            columns={column["Name"]: duckdb_type(column["Type"]) for column in storage["Columns"]},
            partition=partition,
            format=_SERDES[storage["SerdeInfo"]["SerializationLibrary"]],
            projection=read_projection(partition, entry.get("Parameters", {}), today),
        )
    except (KeyError, ValueError) as error:
        raise ValueError(f"{database}.{name}: {error}") from error
