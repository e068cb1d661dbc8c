"""DuckDB: a connection that touches nothing but the temporary folder, and the statements in sql/."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, Final

import duckdb

THREADS: Final = 2
"""As many as the function has cores, at most: each takes memory of its own."""

MEMORY_SHARE: Final = 0.5
"""Of the function's memory. Python, the fetching threads and what DuckDB does not count need the rest."""

_SQL: Final = Path(__file__).parent / "sql"


class Engine:
    """Runs the statements of sql/, by name."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection

    def run(self, statement: str, **parameters: object) -> list[tuple[Any, ...]]:
        """The rows of `sql/<statement>.sql`; of a COPY, one row with the number written. Raises duckdb.Error."""
        text = _text(statement)
        return self._connection.execute(text, parameters).fetchall()


@contextmanager
def engine(folder: Path, memory_mb: int) -> Iterator[Engine]:
    """An engine for one day, within a share of the function's memory; what does not fit goes to `folder`.

    It reads and writes in `folder` only, and has no network.
    """
    limits: Mapping[str, Any] = {
        "threads": THREADS,
        "memory_limit": f"{int(memory_mb * MEMORY_SHARE)}MiB",
        "temp_directory": str(folder / "spill"),
        "preserve_insertion_order": False,
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    }
    connection = duckdb.connect(":memory:", config=dict(limits))
    try:
        connection.execute("SET allowed_directories = $folders", {"folders": [str(folder)]})
        connection.execute("SET enable_external_access = false")
        connection.execute("SET lock_configuration = true")
        yield Engine(connection)
    finally:
        connection.close()


@cache
def _text(statement: str) -> str:
    return (_SQL / f"{statement}.sql").read_text(encoding="utf-8")
