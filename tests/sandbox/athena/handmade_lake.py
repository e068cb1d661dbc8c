"""The lake as it is deployed, made by hand: for tests of queries that need no deployment and few, chosen rows.

with AwsDouble() as aws:
    lake = HandmadeLake(aws)
    lake.put([poll("2026-11-22 10:00", "z1", [application("a1", ingress=5)])])
    lake.close("2026-11-22")
"""

import base64
import gzip
import json
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

import duckdb

from contract.lake import (
    DATABASE,
    FIRST_DAY,
    HISTORIES,
    NESTED,
    PARTITION,
    POLLS,
    RAW,
    TABLES,
    USAGE,
    WORKGROUP,
    Format,
    History,
    Table,
)
from contract.raw import Column, raw_key
from tests.sandbox.athena.hive_types import duckdb_type
from tests.sandbox.athena.objects import remove_objects, write_object
from tests.sandbox.aws import AwsDouble

Line = Mapping[str, Any]
"""A raw line, by column."""

BUCKET: Final = "handmade-lake"
SQL: Final = Path(__file__).resolve().parents[3] / "infra" / "sql"
_TRINO_TYPES: Final = {"string": "varchar", "int": "integer", "timestamp": "timestamp(3)"}
_STORAGE: Final = {
    Format.JSON_LINES: {
        "InputFormat": "org.apache.hadoop.mapred.TextInputFormat",
        "OutputFormat": "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
        "SerdeInfo": {"SerializationLibrary": "org.apache.hive.hcatalog.data.JsonSerDe"},
    },
    Format.PARQUET: {
        "InputFormat": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
        "OutputFormat": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
        "SerdeInfo": {"SerializationLibrary": "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"},
    },
}


def application(app_id: str, *, ingress: int = 0, egress: int = 0, connections: float = 0, **others: Any) -> Line:
    """One application's minute; `others` are `app_name`, `protocol`, `duration_avg_ms`, `reported`."""
    counted = {"bytes_ingress": ingress, "bytes_egress": egress, "connections": connections}
    return {"app_id": app_id, **counted, "reported": True, **others}


def poll(minute: str, zone_id: str, apps: Sequence[Line] = (), *, source: str = "main", **others: Any) -> Line:
    """One request's line; collected, unless `others` say `outcome` and `reason`."""
    known = {"minute": f"{minute}:00", "observed_at": f"{minute}:59.250", "source": source, "zone_id": zone_id}
    return {**known, "outcome": "collected", "attempts": 1, "apps": list(apps), **others}


class HandmadeLake:
    """Bucket, Glue catalogue, workgroup and named queries in this AWS."""

    def __init__(self, aws: AwsDouble, *, scan_limit: int = 100_000_000_000) -> None:
        aws.client("s3").create_bucket(Bucket=BUCKET)
        self._days: dict[date, list[Line]] = {}
        glue, athena = aws.client("glue"), aws.client("athena")
        glue.create_database(DatabaseInput={"Name": DATABASE})
        for table in TABLES:
            glue.create_table(DatabaseName=DATABASE, TableInput=_table(table))
        for history in HISTORIES:
            glue.create_table(DatabaseName=DATABASE, TableInput=_view(history))
        athena.create_work_group(
            Name=WORKGROUP,
            Configuration={"EnforceWorkGroupConfiguration": True, "BytesScannedCutoffPerQuery": scan_limit},
        )
        for file in sorted((SQL / "queries").glob("*.sql")):
            athena.create_named_query(
                Name=file.stem, Database=DATABASE, QueryString=file.read_text(), WorkGroup=WORKGROUP
            )

    def put(self, lines: Iterable[Line]) -> None:
        """Write these lines as raw objects: one for each minute and source."""
        objects: dict[str, list[Line]] = {}
        for line in lines:
            minute = datetime.strptime(line["minute"], "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
            objects.setdefault(raw_key(minute, line["source"]), []).append(line)
            self._days.setdefault(minute.date(), []).append(line)
        for key, together in objects.items():
            body = "".join(json.dumps(line) + "\n" for line in together)
            write_object(BUCKET, key, gzip.compress(body.encode(), mtime=0))

    def clear(self) -> None:
        """Take every object away."""
        remove_objects(BUCKET)
        self._days.clear()

    def close(self, day: str) -> None:
        """Write the history of a day from the lines that were put."""
        lines = self._days.get(date.fromisoformat(day), [])
        rows: dict[str, list[Line]] = {
            POLLS.name: lines,
            USAGE.name: [{**line, **app} for line in lines for app in line[NESTED]],
        }
        for history in HISTORIES:
            body = _parquet(history, rows[history.name])
            write_object(BUCKET, history.key(date.fromisoformat(day)), body)


def parquet_of(sql: str) -> bytes:
    """A Parquet object of what DuckDB selects."""
    with tempfile.TemporaryDirectory() as folder, duckdb.connect() as connection:
        file = Path(folder, "rows.parquet")
        connection.execute(f"COPY ({sql}) TO '{file}' (FORMAT parquet)")
        return file.read_bytes()


def _parquet(history: History, rows: Sequence[Line]) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        lines = Path(folder, "lines.json")
        lines.write_text("".join(json.dumps(row) + "\n" for row in rows))
        columns = ", ".join(f"'{column.name}': '{duckdb_type(column.type)}'" for column in history.columns)
        return parquet_of(f"SELECT * FROM read_json('{lines}', format = 'newline_delimited', columns = {{{columns}}})")


def _columns(columns: Iterable[Column]) -> list[dict[str, str]]:
    return [{"Name": column.name, "Type": column.type} for column in columns]


def _table(table: Table) -> dict[str, Any]:
    raw = table == RAW
    return {
        "Name": table.name,
        "TableType": "EXTERNAL_TABLE",
        "PartitionKeys": _columns([PARTITION]),
        "Parameters": {
            "projection.enabled": "true",
            "projection.dt.type": "date",
            "projection.dt.format": "yyyy-MM-dd",
            "projection.dt.range": "NOW-92DAYS,NOW+1DAYS" if raw else f"{FIRST_DAY},NOW",
            "storage.location.template": f"s3://{BUCKET}/{table.prefix}dt=${{dt}}/",
        },
        "StorageDescriptor": {
            "Columns": _columns(table.columns),
            "Location": f"s3://{BUCKET}/{table.prefix}",
            **_STORAGE[table.format],
        },
    }


def _view(history: History) -> dict[str, Any]:
    columns = (*history.columns, PARTITION)
    definition = {
        "originalSql": (SQL / "views" / f"{history.name}.sql").read_text().replace("{open_days}", "1"),
        "catalog": "awsdatacatalog",
        "schema": DATABASE,
        "columns": [{"name": column.name, "type": _TRINO_TYPES.get(column.type, column.type)} for column in columns],
    }
    packed = base64.b64encode(json.dumps(definition).encode()).decode()
    return {
        "Name": history.name,
        "TableType": "VIRTUAL_VIEW",
        "PartitionKeys": [],
        "Parameters": {"presto_view": "true", "comment": "Presto View"},
        "ViewOriginalText": f"/* Presto View: {packed} */",
        "ViewExpandedText": "/* Presto View */",
        "StorageDescriptor": {"Columns": _columns(columns), "SerdeInfo": {}},
    }
