"""The rows as one object, and, when S3 does not take it, as log lines from which it can be made again."""

import gzip
import io
import zlib
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from collector.saving.poll import Poll
from contract.raw import LARGEST_BYTES

PART_CHARACTERS: Final = 40_000
"""Of a row in one log line. Escaped and in UTF-8, 40,000 characters stay below 256 KB, CloudWatch Logs' old limit."""


def body_of(polls: Sequence[Poll]) -> bytes:
    """The raw object: one line a poll, gzipped. The same rows give the same bytes."""
    return body_of_lines(poll.to_line() for poll in polls)


def body_of_lines(lines: Iterable[str]) -> bytes:
    """The raw object of rows that are lines already, as those are that were put back from the log."""
    return gzip.compress("".join(line + "\n" for line in lines).encode(), compresslevel=6, mtime=0)


def lines_of(body: bytes) -> list[str]:
    """The lines of a raw object. Raises ValueError when it is not whole, not one, or has no end."""
    try:
        with gzip.open(io.BytesIO(body)) as file:
            plain = file.read(LARGEST_BYTES + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise ValueError(f"not gzipped, or cut short: {error}") from error
    if len(plain) > LARGEST_BYTES:
        raise ValueError(f"larger than {LARGEST_BYTES} bytes when inflated")
    text = plain.decode()
    if not body:
        raise ValueError("it is empty")
    if text and not text.endswith("\n"):
        raise ValueError("its last line has no end")
    # Not splitlines: a text in a row may hold what Unicode takes for the end of a line.
    return text.split("\n")[:-1]


def unsaved_parts(key: str, run: str, polls: Sequence[Poll]) -> Iterator[dict[str, Any]]:
    """What to log for each row that is not in S3: of one `run`, joined by `line` and `part`, the object's lines.

    Two runs of the same minute may both fail to save, and only one of them may be put back.
    """
    for number, poll in enumerate(polls):
        text = poll.to_line()
        parts = [text[start : start + PART_CHARACTERS] for start in range(0, len(text), PART_CHARACTERS)]
        for part, piece in enumerate(parts):
            yield {
                "key": key,
                "run": run,
                "line": number,
                "lines": len(polls),
                "part": part,
                "parts": len(parts),
                "text": piece,
            }
