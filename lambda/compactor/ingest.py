"""Files of lines become typed rows, a chunk of files at a time: one Parquet part a table.

DuckDB reads a chunk at once. When it refuses, or a file does not add up, the files in question are repaired, and what
then stands is read again: what a file contributes never depends on its neighbours.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import duckdb

from compactor.columns import DUCKDB_TYPES
from compactor.engine import Engine
from compactor.errors import NotExact
from compactor.fetching import Fetched
from compactor.findings import Findings
from compactor.repair import LONGEST_BYTES, Repaired, repair
from contract.lake import POLLS, USAGE

_REFUSED: Final = (duckdb.InvalidInputException, duckdb.ConversionException, duckdb.OutOfRangeException)
"""DuckDB on content. Anything else (no memory, no disk) is not the content's fault."""


@dataclass(slots=True)
class Ingest:
    """Takes chunks of files, and leaves parts."""

    engine: Engine
    folder: Path
    findings: Findings
    parts: Mapping[str, list[str]] = field(default_factory=lambda: {POLLS.name: [], USAGE.name: []})
    """The parts of each table."""
    lines: int = 0
    """Of all objects that are not set aside whole, blank lines apart."""
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
