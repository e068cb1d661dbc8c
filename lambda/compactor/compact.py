"""Turns the downloaded raw objects of a day into one sorted Parquet file a table, with DuckDB.

An object with a fault is read line by line; what cannot be read is listed as a finding. Counts are checked before a
file counts as compacted.
"""

import json
import math
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Final, NoReturn

import duckdb

from compactor.bucket import DayListing, RawObject
from compactor.days import NotExact
from compactor.download import Fetched, Fetcher
from contract.lake import HISTORIES, NESTED, POLLS, USAGE
from contract.raw import APPLICATION_COLUMNS, MINUTE_FORMAT, POLL_COLUMNS, Column, Outcome

LISTED: Final = 1000
"""Findings that are named one by one. The counts are always exact."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not in history."""

    key: str
    reason: str
    line: int | None = None
    """Its number in the object, from 1; None: the whole object."""


@dataclass(slots=True)
class Findings:
    """What a day's compaction rejected."""

    unexpected_objects: int = 0
    """Objects whose keys the collector does not write."""
    objects: int = 0
    """Raw objects that could not be read."""
    lines: int = 0
    """Lines of other raw objects."""
    applications: int = 0
    """Applications that their line holds twice."""
    listed: list[Finding] = field(default_factory=list)

    @property
    def rejected(self) -> int:
        """How much of the day's raw objects is not in history."""
        return self.objects + self.lines + self.applications

    def alien(self, key: str, reason: str) -> None:
        """Note an object that does not belong there."""
        self.unexpected_objects += 1
        self._list(Finding(key, reason))

    def object(self, key: str, reason: str) -> None:
        """Note a raw object that is rejected whole."""
        self.objects += 1
        self._list(Finding(key, reason))

    def line(self, key: str, line: int, reason: str) -> None:
        """Note a line."""
        self.lines += 1
        self._list(Finding(key, reason, line))

    def application(self, key: str, line: int, reason: str) -> None:
        """Note an application of a line that is kept otherwise."""
        self.applications += 1
        self._list(Finding(key, reason, line))

    def as_json(self) -> dict[str, Any]:
        """For the report."""
        return {
            "unexpected_objects": self.unexpected_objects,
            "objects": self.objects,
            "lines": self.lines,
            "applications": self.applications,
            "listed": [
                {"key": each.key, **({} if each.line is None else {"line": each.line}), "reason": each.reason}
                for each in self.listed
            ],
        }

    def _list(self, finding: Finding) -> None:
        if len(self.listed) < LISTED:
            self.listed.append(finding)


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


LONGEST_BYTES: Final = 16 * 2**20
"""Of a line. The collector's longest is a zone's answer, of which it takes 4 MiB."""

_REQUIRED: Final = ("minute", "source", "zone_id", "outcome")
_TWICE: Final = "an application is there twice: the first that is reported is kept"


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a line."""

    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class Repaired:
    """What an object holds once the faults are out."""

    rows: tuple[bytes, ...]
    """Lines of JSON without their breaks, of the contract's columns only."""
    lines: tuple[Fault, ...]
    """Lines that are left out."""
    applications: tuple[Fault, ...]
    """Applications that are left out of a line that is kept."""

    @property
    def read(self) -> int:
        """Lines that the object holds, blank ones apart."""
        return len(self.rows) + len(self.lines)


@dataclass(frozen=True, slots=True)
class _Row:
    line: int
    identity: tuple[str, str | None]
    """Zone and colo: within an object, minute and source are the same in all rows."""
    rank: tuple[bool, bool, str, bytes]
    """Of two rows with one identity the lower is kept: the collected one, then the earlier, then the lesser text."""
    text: bytes
    applications_twice: int


class _NotARow(Exception):
    """Why."""


def repair(lines: Iterable[bytes], of: RawObject) -> Repaired:
    """Sort an object's lines into rows and faults. Blank lines are neither."""
    rows: dict[tuple[str, str | None], _Row] = {}
    faults: list[Fault] = []
    for number, line in enumerate(lines, 1):
        if not line.strip(b" \t\r\n"):
            continue
        try:
            row = _row(number, line, of)
        except _NotARow as why:
            faults.append(Fault(number, str(why)))
            continue
        standing = rows.setdefault(row.identity, row)
        if standing is not row:
            kept, other = sorted((standing, row), key=lambda each: each.rank)
            rows[row.identity] = kept
            faults.append(Fault(other.line, f"there twice: line {kept.line} has the same zone and colo"))
    kept_rows = sorted(rows.values(), key=lambda each: each.line)
    return Repaired(
        tuple(row.text for row in kept_rows),
        tuple(sorted(faults, key=lambda each: each.line)),
        tuple(Fault(row.line, _TWICE) for row in kept_rows for _ in range(row.applications_twice)),
    )


def _row(number: int, line: bytes, of: RawObject) -> _Row:
    if len(line) > LONGEST_BYTES:
        raise _NotARow(f"longer than {LONGEST_BYTES} bytes")
    row = _columns(_object(line), POLL_COLUMNS)
    for name in _REQUIRED:
        if row[name] is None:
            raise _NotARow(f"{name} is missing")
    if moment_of(row["minute"]) != of.minute.replace(tzinfo=None):
        raise _NotARow("its minute is not that of the object's name")
    if row["source"] != of.source:
        raise _NotARow("its source is not that of the object's name")
    apps = _applications(row[NESTED])
    row[NESTED] = _once_each(apps)
    try:
        text = json.dumps(row, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
    except UnicodeEncodeError:
        raise _NotARow("half a surrogate pair") from None
    rank = (row["outcome"] != Outcome.COLLECTED, row["observed_at"] is None, row["observed_at"] or "", text)
    return _Row(number, (row["zone_id"], row["colo"]), rank, text, len(apps) - len(row[NESTED]))


def _applications(apps: object) -> list[dict[str, Any]]:
    if apps is None:
        return []
    if not isinstance(apps, list) or not all(isinstance(app, dict) for app in apps):
        raise _NotARow(f"{NESTED} is not a list of objects")
    typed = [_columns(app, APPLICATION_COLUMNS) for app in apps]
    if any(app["app_id"] is None for app in typed):
        raise _NotARow("an application without app_id")
    return typed


def _once_each(apps: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    kept: dict[str, dict[str, Any]] = {}
    for app in sorted(apps, key=lambda each: each["reported"] is not True):
        kept.setdefault(app["app_id"], app)
    return list(kept.values())


def _columns(row: Mapping[str, object], columns: Sequence[Column]) -> dict[str, Any]:
    for column in columns:
        if column.name != NESTED and not fits(row.get(column.name), column.type):
            raise _NotARow(f"{column.name} is not a {column.type}")
    return {column.name: row.get(column.name) for column in columns}


def _object(line: bytes) -> dict[str, object]:
    try:
        value = json.loads(line.decode(), object_pairs_hook=_once, parse_constant=_refuse)
    except UnicodeDecodeError:
        raise _NotARow("not UTF-8") from None
    except (ValueError, RecursionError):
        raise _NotARow("not JSON") from None
    if not isinstance(value, dict):
        raise _NotARow("not an object")
    return value


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    value = dict(pairs)
    if len(value) < len(pairs):
        raise _NotARow("a key twice in one object")
    return value


def _refuse(constant: str) -> NoReturn:
    raise _NotARow(f"{constant} is not JSON")


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


@dataclass(slots=True)
class Ingest:
    """Takes chunks of files, and leaves parts."""

    engine: Engine
    folder: Path
    findings: Findings
    parts: Mapping[str, list[str]] = field(default_factory=lambda: {POLLS.name: [], USAGE.name: []})
    """The parts of each table."""
    lines: int = 0
    """Of all objects that are not rejected whole, blank lines apart."""
    applications: int = 0
    """Applications in the rows that were taken."""

    def add(self, chunk: Sequence[Fetched]) -> None:
        """Turn a chunk into parts, and delete its files."""
        faultless = self._settle(chunk)
        self._write_parts()
        self.lines += sum(each.lines for each in faultless)
        for each in chunk:
            each.file.unlink(missing_ok=True)

    def _settle(self, chunk: Sequence[Fetched]) -> Sequence[Fetched]:
        """Load what can be kept of the chunk; return those files, their `lines` being rows."""
        faulty = self._faulty(chunk)
        if not faulty:
            return chunk
        kept: list[Fetched] = []
        for each in chunk:
            mended = self._mend(each) if each.file in faulty else each
            if mended is not None:
                kept.append(mended)
        if self._load(kept):
            raise NotExact("files that are faultless one by one are not so together: nothing was written")
        return kept

    def _faulty(self, chunk: Sequence[Fetched]) -> frozenset[Path]:
        try:
            return self._load(chunk)
        except _REFUSED:
            return frozenset(each.file for each in chunk if not self._stands_alone(each))

    def _stands_alone(self, fetched: Fetched) -> bool:
        try:
            return not self._load([fetched])
        except _REFUSED:
            return False

    def _mend(self, fetched: Fetched) -> Fetched | None:
        """The object without its faults, or None when nothing is left of it."""
        key = fetched.object.key
        with fetched.file.open("rb") as lines:
            repaired = repair(lines, fetched.object)
        if not repaired.read:
            self.findings.object(key, "holds no line")
            return None
        fetched.file.write_bytes(b"".join(row + b"\n" for row in repaired.rows))
        mended = Fetched(fetched.object, fetched.file, fetched.file.stat().st_size, len(repaired.rows))
        if repaired.rows and not self._stands_alone(mended):
            self.findings.object(key, "its lines look right and DuckDB does not read them")
            return None
        self._note(key, repaired)
        return mended if repaired.rows else None

    def _note(self, key: str, repaired: Repaired) -> None:
        self.lines += len(repaired.lines)
        for fault in repaired.lines:
            self.findings.line(key, fault.line, fault.reason)
        for fault in repaired.applications:
            self.findings.application(key, fault.line, fault.reason)

    def _load(self, files: Sequence[Fetched]) -> frozenset[Path]:
        """Read files into the chunk table; return those that do not add up."""
        names = [str(each.file) for each in files] or [str(self._empty())]
        self.engine.run("chunk", files=names, columns=dict(DUCKDB_TYPES), longest=LONGEST_BYTES)
        self.engine.run(
            "expected",
            files=[str(each.file) for each in files],
            minutes=[each.object.minute.replace(tzinfo=None) for each in files],
            sources=[each.object.source for each in files],
            lines=[each.lines for each in files],
        )
        return frozenset(Path(row[0]) for row in self.engine.run("faulty"))

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

_ALIEN: Final = "not a name that the collector gives"


@dataclass(frozen=True, slots=True)
class Compacted:
    """A day's files, and what is in them."""

    files: Mapping[str, Path]
    """By the table's name, as `rows`."""
    rows: Mapping[str, int]
    lines: int
    """Lines that were read: the rows of `polls` and the lines rejected."""
    bytes_ingress: int
    bytes_egress: int
    findings: Findings


def compact(fetcher: Fetcher, listing: DayListing, engine: Engine, folder: Path) -> Compacted:
    """Make the files of a day in `folder`, which `engine` may use.

    Raises NotExact when rows in are not rows out and findings, NotRead or DayChanged from S3, and duckdb.Error when
    memory or disk are too small.
    """
    findings = Findings()
    for key in listing.unexpected_objects:
        findings.alien(key, _ALIEN)
    ingest = Ingest(engine, folder, findings)
    for chunk in _chunks(fetcher, listing, folder, findings):
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
    compacted = Compacted(files, rows, ingest.lines, int(bytes_ingress), int(bytes_egress), findings)
    if ingest.lines != rows[POLLS.name] + findings.lines or ingest.applications != rows[USAGE.name]:
        raise NotExact(
            f"{listing.day}: {ingest.lines} lines with {ingest.applications} applications became {rows}, "
            f"{findings.lines} lines being rejected: nothing was written"
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


def _chunks(fetcher: Fetcher, listing: DayListing, folder: Path, findings: Findings) -> Iterator[list[Fetched]]:
    """At least one chunk, even of nothing, so that there is always a part to make a file of."""
    chunk: list[Fetched] = []
    size = chunks = 0
    for each in fetcher.fetch(listing.objects, folder):
        if not isinstance(each, Fetched):
            findings.object(each.object.key, each.reason)
            continue
        chunk.append(each)
        size += each.size_bytes
        if size >= CHUNK_BYTES:
            yield chunk
            chunk, size, chunks = [], 0, chunks + 1
    if chunk or not chunks:
        yield chunk
