"""A day's objects as something that DuckDB can select from."""

import gzip
import zlib
from collections.abc import Iterable
from pathlib import Path

from tests.sandbox.athena.catalog import GlueTable
from tests.sandbox.athena.failures import QueryFailed
from tests.sandbox.athena.objects import StoredObject, read_object


def source_of(table: GlueTable, objects: Iterable[StoredObject], folder: Path) -> str:
    """The query that gives the rows of these objects, copied to the folder. Raises QueryFailed for broken gzip.

    As Hive's SerDe reads: a field that the table does not have is ignored, one that a line does not have is null.
    """
    bucket = table.projection.bucket
    if table.format == "parquet":
        return _parquet(table, [str(_copied(bucket, stored, folder)) for stored in objects])
    return _json(table, _joined(bucket, objects, folder))


def _json(table: GlueTable, file: Path) -> str:
    columns = ", ".join(f"'{name}': '{kind}'" for name, kind in table.columns.items())
    return f"SELECT * FROM read_json('{file}', format = 'newline_delimited', columns = {{{columns}}})"


def _parquet(table: GlueTable, files: list[str]) -> str:
    typed = ", ".join(f'CAST("{name}" AS {kind}) AS "{name}"' for name, kind in table.columns.items())
    nulls = ", ".join(f'CAST(NULL AS {kind}) AS "{name}"' for name, kind in table.columns.items())
    rows = f"SELECT * FROM read_parquet({files}, union_by_name = true)"
    return f"SELECT {typed} FROM (SELECT {nulls} WHERE false UNION ALL BY NAME {rows})"


def _copied(bucket: str, stored: StoredObject, folder: Path) -> Path:
    file = folder / stored.key.replace("/", " ")
    file.write_bytes(read_object(bucket, stored.key))
    return file


def _joined(bucket: str, objects: Iterable[StoredObject], folder: Path) -> Path:
    """All lines in one file: DuckDB takes a millisecond for each that it opens."""
    file = folder / "lines.json"
    with file.open("wb") as lines:
        for stored in objects:
            body = _unpacked(bucket, stored)
            lines.write(body if body.endswith(b"\n") or not body else body + b"\n")
    return file


def _unpacked(bucket: str, stored: StoredObject) -> bytes:
    """An object's bytes, unpacked if its name says that they are packed."""
    body = read_object(bucket, stored.key)
    if not stored.key.endswith(".gz"):
        return body
    try:
        return gzip.decompress(body)
    except (OSError, EOFError, zlib.error) as error:
        where = f"s3://{bucket}/{stored.key}"
        raise QueryFailed(f"HIVE_CURSOR_ERROR: Failed to read file at {where}: {error}") from error
