"""Compacts days with the function's own code, from memory or from a folder: what it costs without a network."""

import hashlib
import json
import resource
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

from compactor.bucket import DayListing
from compactor.bucket import RawObject as Listed
from compactor.compact import Compacted, compact, emptied, engine
from compactor.download import Fetcher
from contract.raw import raw_object_of

MEMORY_MB: Final = 512
"""The function's memory, of which DuckDB gets a share."""


class Body:
    """An object's body, as botocore hands it out."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    def iter_chunks(self, size: int) -> Iterator[bytes]:
        """Pieces of it."""
        return (self._body[start : start + size] for start in range(0, len(self._body), size))

    def close(self) -> None:
        """Nothing is open."""


class Folder:
    """The one call of S3's client that reading a day takes, on files."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def get_object(self, *, Key: str, **_: str) -> Mapping[str, Body]:  # noqa: N803 (S3's own name)
        """The object of this key."""
        return {"Body": Body((self._folder / Key.replace("/", "_")).read_bytes())}


def listing(day: date, keys: Iterable[tuple[str, int]]) -> DayListing:
    """A day as LIST would show it; keys with their sizes."""
    now = datetime.now(UTC)
    objects = []
    for key, size in keys:
        named = raw_object_of(key)
        assert named is not None
        objects.append(Listed(key, *named, hashlib.md5(key.encode()).hexdigest(), size, now))
    return DayListing(day, tuple(sorted(objects, key=lambda each: each.key)), ())


def compacted(client: Any, of: DayListing, folder: Path, memory_mb: int = MEMORY_MB) -> Iterator[Compacted]:
    """Compact a day; its files are there until the iterator goes on."""
    with emptied(folder) as empty, engine(empty, memory_mb) as duck:
        yield compact(Fetcher(client, "bench"), of, duck, empty)


def main() -> None:
    """`python -m tests.bench.lake.days DAY FOLDER MEMORY_MB`: compact what lies there, and print what it took."""
    day, folder, memory_mb = date.fromisoformat(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    keys = [(path.name.replace("_", "/"), path.stat().st_size) for path in folder.glob("raw_*")]
    of = listing(day, keys)
    began, cpu = time.monotonic(), time.process_time()
    for done in compacted(Folder(folder), of, folder / "work", memory_mb):
        taken = {
            "wall_s": time.monotonic() - began,
            "cpu_s": time.process_time() - cpu,
            "rows": done.rows["usage"],
            "parquet_bytes": sum(file.stat().st_size for file in done.files.values()),
            "memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        }
    print(json.dumps(taken))


if __name__ == "__main__":
    main()
