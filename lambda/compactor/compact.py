"""Turns the downloaded raw objects of a day into one sorted Parquet file a table, with DuckDB.

An object that DuckDB refuses, or whose rows are not those that its key promises, is rejected as a whole and listed with
the reason. Counts are checked before a file counts as compacted.
"""

import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final

import duckdb

from compactor.bucket import DayListing
from compactor.days import NotExact
from compactor.download import Fetched, Fetcher
from contract.lake import HISTORIES, NESTED, POLLS, USAGE
from contract.raw import APPLICATION_COLUMNS, POLL_COLUMNS

LISTED: Final = 1000
"""Rejected objects that are named one by one. The counts are always exact."""


@dataclass(frozen=True, slots=True)
class Rejection:
    """One object that is not in history."""

    key: str
    reason: str


@dataclass(slots=True)
class Rejections:
    """What a day's compaction rejected."""

    unexpected_objects: int = 0
    """Objects whose keys the collector does not write."""
    objects: int = 0
    """Raw objects that could not be read, or do not hold what their keys promise."""
    listed: list[Rejection] = field(default_factory=list)

    def unexpected_key(self, key: str, reason: str) -> None:
        """Note an object that does not belong there."""
        self.unexpected_objects += 1
        self._list(Rejection(key, reason))

    def raw_object(self, key: str, reason: str) -> None:
        """Note a raw object of the day."""
        self.objects += 1
        self._list(Rejection(key, reason))

    def as_json(self) -> dict[str, Any]:
        """For the report."""
        return {
            "unexpected_objects": self.unexpected_objects,
            "objects": self.objects,
            "listed": [{"key": each.key, "reason": each.reason} for each in self.listed],
        }

    def _list(self, rejection: Rejection) -> None:
        if len(self.listed) < LISTED:
            self.listed.append(rejection)


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

LONGEST_BYTES: Final = 16 * 2**20
"""Of a line. The collector's longest is a zone's answer, of which it takes 4 MiB."""

_REFUSED: Final = (
    duckdb.InvalidInputException,
    duckdb.ConversionException,
    duckdb.OutOfRangeException,
    UnicodeDecodeError,
)
"""What DuckDB raises on content. Anything else (no memory, no disk) is not the content's fault.

Its message quotes the first 50 bytes of a value. When they end within a character, Python cannot decode the message and
raises UnicodeDecodeError instead of it.
"""

UNREADABLE: Final = "DuckDB does not read it: a line is not JSON, or a value is not of its column's type"
"""Why an object is rejected that DuckDB refuses. DuckDB's own message quotes content, which no report may hold."""


@dataclass(slots=True)
class Ingest:
    """Takes chunks of files, and leaves parts."""

    engine: Engine
    folder: Path
    rejections: Rejections
    parts: Mapping[str, list[str]] = field(default_factory=lambda: {POLLS.name: [], USAGE.name: []})
    """The parts of each table."""
    lines: int = 0
    """Of the accepted objects."""
    applications: int = 0
    """Applications in their rows."""

    def add(self, chunk: Sequence[Fetched]) -> None:
        """Turn a chunk into parts, and delete its files."""
        accepted = self._accept(chunk)
        self._write_parts()
        self.lines += sum(each.lines for each in accepted)
        for each in chunk:
            each.file.unlink(missing_ok=True)

    def _accept(self, chunk: Sequence[Fetched]) -> Sequence[Fetched]:
        """Load the objects of the chunk that can be taken as they are; return them."""
        try:
            if not self._load(chunk):
                return chunk
        except _REFUSED:
            pass
        accepted: list[Fetched] = []
        for each in chunk:
            reason = self._why_rejected(each)
            if reason is None:
                accepted.append(each)
            else:
                self.rejections.raw_object(each.object.key, reason)
        if self._load(accepted):
            raise NotExact("files that are faultless one by one are not so together: nothing was written")
        return accepted

    def _why_rejected(self, fetched: Fetched) -> str | None:
        try:
            return self._load([fetched]).get(fetched.file)
        except _REFUSED:
            return UNREADABLE

    def _load(self, files: Sequence[Fetched]) -> dict[Path, str]:
        """Read files into the chunk table; return those that do not hold what their objects' keys promise, and why."""
        names = [str(each.file) for each in files] or [str(self._empty())]
        self.engine.run("chunk", files=names, columns=dict(DUCKDB_TYPES), longest=LONGEST_BYTES)
        self.engine.run(
            "expected",
            files=[str(each.file) for each in files],
            minutes=[each.object.minute.replace(tzinfo=None) for each in files],
            sources=[each.object.source for each in files],
            lines=[each.lines for each in files],
        )
        return {Path(file): reason for file, reason in self.engine.run("faulty")}

    def _empty(self) -> Path:
        empty = self.folder / "empty.ndjson"
        empty.write_bytes(b"")
        return empty

    def _write_parts(self) -> None:
        number = len(self.parts[POLLS.name])
        ((rows, applications),) = self.engine.run("counts")
        self.applications += applications
        for history, expected in ((POLLS, rows), (USAGE, applications)):
            part = str(self.folder / f"{history.name}-{number:06}.parquet")
            ((written,),) = self.engine.run(f"part_{history.name}", part=part)
            if written != expected:
                raise NotExact(f"{expected} rows of {history.name} became {written}: nothing was written")
            self.parts[history.name].append(part)


CHUNK_BYTES: Final = 128 * 2**20
"""Of inflated lines, read at once. More is hardly faster, and takes memory."""

_UNEXPECTED_KEY: Final = "not a name that the collector gives"


@dataclass(frozen=True, slots=True)
class Compacted:
    """A day's files, and what is in them."""

    files: Mapping[str, Path]
    """By the table's name, as `rows`."""
    rows: Mapping[str, int]
    lines: int
    """Lines of the accepted objects: the rows of `polls`."""
    bytes_ingress: int
    bytes_egress: int
    rejections: Rejections


def compact(fetcher: Fetcher, listing: DayListing, engine: Engine, folder: Path) -> Compacted:
    """Make the files of a day in `folder`, which `engine` may use.

    Raises NotExact when lines in are not rows out, NotRead or DayChanged from S3, and duckdb.Error when
    memory or disk are too small.
    """
    rejections = Rejections()
    for key in listing.unexpected_objects:
        rejections.unexpected_key(key, _UNEXPECTED_KEY)
    ingest = Ingest(engine, folder, rejections)
    for chunk in _chunks(fetcher, listing, folder, rejections):
        ingest.add(chunk)
    files = {history.name: folder / f"{history.name}.parquet" for history in HISTORIES}
    rows: dict[str, int] = {}
    for history in HISTORIES:
        parts, file = ingest.parts[history.name], files[history.name]
        engine.run(history.name, parts=parts, file=str(file))
        was, became = engine.run("checksum", files=parts), engine.run("checksum", files=[str(file)])
        if was != became:
            raise NotExact(f"{history.name} of {listing.day} is not what was read: nothing was written")
        rows[history.name] = became[0][0]
        for part in parts:
            Path(part).unlink()
    ((bytes_ingress, bytes_egress),) = engine.run("volume", files=[str(files[USAGE.name])])
    compacted = Compacted(files, rows, ingest.lines, int(bytes_ingress), int(bytes_egress), rejections)
    if ingest.lines != rows[POLLS.name] or ingest.applications != rows[USAGE.name]:
        raise NotExact(
            f"{listing.day}: {ingest.lines} lines with {ingest.applications} applications became {rows}: "
            "nothing was written"
        )
    return compacted


@contextmanager
def emptied(folder: Path) -> Iterator[Path]:
    """The folder, empty at first and gone at the end: a warm function's /tmp outlives its invocations."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _chunks(fetcher: Fetcher, listing: DayListing, folder: Path, rejections: Rejections) -> Iterator[list[Fetched]]:
    """At least one chunk, even of nothing, so that there is always a part to make a file of."""
    chunk: list[Fetched] = []
    size = chunks = 0
    for each in fetcher.fetch(listing.objects, folder):
        if not isinstance(each, Fetched):
            rejections.raw_object(each.object.key, each.reason)
            continue
        chunk.append(each)
        size += each.size_bytes
        if size >= CHUNK_BYTES:
            yield chunk
            chunk, size, chunks = [], 0, chunks + 1
    if chunk or not chunks:
        yield chunk
