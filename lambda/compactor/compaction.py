"""A day's raw objects become one sorted Parquet file a table, counted on the way and read back at the end."""

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from compactor.engine import Engine
from compactor.errors import NotExact
from compactor.fetching import Fetched, Fetcher
from compactor.findings import Findings
from compactor.ingest import Ingest
from compactor.listing import DayListing
from contract.lake import HISTORIES, POLLS, USAGE

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
    """Lines that were read: the rows of `polls` and the lines set aside."""
    bytes_ingress: int
    bytes_egress: int
    findings: Findings


def compact(fetcher: Fetcher, listing: DayListing, engine: Engine, folder: Path) -> Compacted:
    """Make the files of a day in `folder`, which `engine` may use.

    Raises NotExact when rows in are not rows out and findings, NotRead or DayChanged from S3, and duckdb.Error when
    memory or disk are too small.
    """
    findings = Findings()
    for key in listing.aliens:
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
            f"{findings.lines} lines being set aside: nothing was written"
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
