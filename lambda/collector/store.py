"""The raw object of a minute: its content, the conditional PUT that writes it once, and its rows as log lines.

S3 facts used: `IfNoneMatch="*"` answers 412 when the key exists and 409 when another write to it is under way; a HEAD
of a missing key answers 404 to a caller that may list the bucket, else 403 (Amazon S3 User Guide, conditional writes;
API reference, HeadObject).
"""

import gzip
import io
import time
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from enum import StrEnum
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from aws import code_of, describe_error, status_of
from collector.errors import NotSaved
from collector.rows import Poll
from contract.raw import LARGEST_BYTES, RUN_METADATA

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client


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


PAUSE_S: Final = 0.2
"""Between two tries. Many sources write at the same second: a short, growing pause is enough to part them."""


class Saved(StrEnum):
    """What became of a raw object."""

    WRITTEN = "written"
    DUPLICATE = "duplicate"
    """Another run had written this minute: its rows stand, these are dropped."""


class RawStore:
    """Looks for raw objects and writes them."""

    def __init__(
        self,
        client: "S3Client",
        name: str,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._client = client
        self._name = name
        self._monotonic = monotonic
        self._sleep = sleep

    def has(self, key: str) -> bool:
        """Whether the object exists. False, too, when S3 does not say: the conditional write decides then."""
        try:
            self._client.head_object(Bucket=self._name, Key=key)
        except Exception:
            return False
        return True

    def write_once(self, key: str, body: bytes, run: str, until: float) -> Saved:
        """Write a raw object unless it exists, beginning no PUT after `until` (monotonic seconds).

        Every try is safe, because only the first that arrives can succeed. Before it gives up, S3 is asked once who
        wrote the object: the answer to a PUT that succeeded may have been lost. Raises NotSaved when S3 refuses the
        object, or does not say that it has it.
        """
        tries = 0
        while True:
            tries += 1
            cause = self._try_to_write(key, body, run)
            if isinstance(cause, Saved):
                return cause
            refused = _refuses_put(cause)
            pause = min(2.0, PAUSE_S * tries)
            if refused or self._monotonic() + pause >= until:
                break
            self._sleep(pause)
        found = self._written_by_us(key, run)
        if isinstance(found, Saved):
            return found
        causes = [describe_error(cause)] if _is_missing(found) else [describe_error(cause), describe_error(found)]
        told = ", then ".join(dict.fromkeys(causes))
        target = f"s3://{self._name}/{key}"
        what = f"refused {target}" if refused else f"did not take {target} in {tries} tries"
        raise NotSaved(f"S3 {what}: {told}") from cause

    def _try_to_write(self, key: str, body: bytes, run: str) -> Saved | Exception:
        try:
            self._client.put_object(
                Bucket=self._name,
                Key=key,
                Body=body,
                ContentType="application/x-ndjson",
                IfNoneMatch="*",
                Metadata={RUN_METADATA: run},
            )
        except ClientError as error:
            if status_of(error) != HTTPStatus.PRECONDITION_FAILED:
                return error
            return self._written_by_us(key, run)
        except Exception as error:
            # botocore has more kinds of failure than it declares, an answer that it cannot parse among them.
            return error
        return Saved.WRITTEN

    def _written_by_us(self, key: str, run: str) -> Saved | Exception:
        """A 412 may be our own earlier try whose answer was lost: the object's metadata tells."""
        try:
            metadata = self._client.head_object(Bucket=self._name, Key=key)["Metadata"]
        except Exception as error:
            return error
        return Saved.WRITTEN if metadata.get(RUN_METADATA) == run else Saved.DUPLICATE


def _refuses_put(error: Exception) -> bool:
    """Whether S3 has refused the PUT itself, and would refuse it again. What it says of the HEAD is no such thing."""
    return (
        isinstance(error, ClientError)
        and error.operation_name != "HeadObject"
        and status_of(error) < HTTPStatus.INTERNAL_SERVER_ERROR
        and status_of(error) not in (HTTPStatus.CONFLICT, HTTPStatus.TOO_MANY_REQUESTS)
        and code_of(error) not in ("RequestTimeout", "SlowDown", "RequestTimeTooSkewed")
    )


def _is_missing(error: Exception) -> bool:
    return isinstance(error, ClientError) and status_of(error) == HTTPStatus.NOT_FOUND
