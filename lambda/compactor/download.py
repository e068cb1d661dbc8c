"""Downloads raw objects into the temporary folder and inflates them, several at a time."""

import time
import zlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

from botocore.exceptions import BotoCoreError, ClientError

from aws import describe_error, status_of
from compactor.bucket import RawObject
from compactor.days import DayChanged, NotRead
from contract.raw import LARGEST_BYTES

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client


_GZIP: Final = 16 + zlib.MAX_WBITS
_INFLATED_BYTES: Final = 2**20


class Corrupt(Exception):
    """These bytes are not a whole gzip file. The message says why, in words without content."""


@dataclass(frozen=True, slots=True)
class Inflated:
    """What was written."""

    size_bytes: int
    lines: int
    """Line breaks, and one more when the last line has none. Blank lines count here."""


def inflate(pieces: Iterable[bytes], to: BinaryIO, largest_bytes: int = LARGEST_BYTES) -> Inflated:
    """Write out what the pieces of a gzip file hold. Several files in a row are one, as `gunzip` reads them.

    Raises Corrupt for anything that is cut short, damaged, followed by something else, or too large.
    """
    size = breaks = members = 0
    last = b""
    member = None
    for piece in pieces:
        rest = piece
        while rest:
            if member is None:
                member = zlib.decompressobj(_GZIP)
                members += 1
            try:
                plain = member.decompress(rest, _INFLATED_BYTES)
            except zlib.error:
                raise Corrupt(_damage(size, members)) from None
            size += len(plain)
            if size > largest_bytes:
                raise Corrupt(f"larger than {largest_bytes} bytes when inflated")
            breaks += plain.count(b"\n")
            last = plain[-1:] or last
            to.write(plain)
            rest = member.unconsumed_tail
            if member.eof:
                rest, member = member.unused_data, None
    if member is not None or not members:
        raise Corrupt("cut short" if members else "empty")
    return Inflated(size, breaks + (last not in (b"", b"\n")))


def _damage(size: int, members: int) -> str:
    if members > 1:
        return "the gzip data is followed by something else"
    return "damaged gzip data" if size else "not gzip, or damaged at its beginning"


THREADS: Final = 8
PREFETCH: Final = 16
"""Objects that are fetched, or being fetched, before they are asked for."""

TRIES: Final = 4
"""Of a body that breaks off. Answers with an error are botocore's to repeat."""

PAUSE_S: Final = 0.2
_PIECE_BYTES: Final = 256 * 1024


@dataclass(frozen=True, slots=True)
class Fetched:
    """A raw object as a file of lines."""

    object: RawObject
    file: Path
    size_bytes: int
    lines: int


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A raw object that is not gzip, or not whole: every try would give the same."""

    object: RawObject
    reason: str


class Fetcher:
    """Fetches raw objects."""

    def __init__(self, client: "S3Client", bucket: str, sleep: Callable[[float], None] = time.sleep) -> None:
        self._client = client
        self._bucket = bucket
        self._sleep = sleep

    def fetch(self, objects: Sequence[RawObject], folder: Path) -> Iterator[Fetched | Unreadable]:
        """The objects in their order, as files in `folder`, numbered so that no source's name can be a path.

        Raises DayChanged when an object is no longer the one that was listed, NotRead when S3 does not give it.
        """
        waiting: deque[Future[Fetched | Unreadable]] = deque()
        with ThreadPoolExecutor(THREADS, thread_name_prefix="fetch") as pool:
            try:
                for number, each in enumerate(objects):
                    waiting.append(pool.submit(self._fetch, each, folder / f"{number:06}.ndjson"))
                    if len(waiting) >= PREFETCH:
                        yield waiting.popleft().result()
                while waiting:
                    yield waiting.popleft().result()
            finally:
                pool.shutdown(cancel_futures=True)

    def _fetch(self, wanted: RawObject, file: Path) -> Fetched | Unreadable:
        tries = 0
        while True:
            tries += 1
            try:
                return self._try(wanted, file)
            except ClientError as error:
                if status_of(error) in (HTTPStatus.NOT_FOUND, HTTPStatus.PRECONDITION_FAILED):
                    raise DayChanged(wanted.key) from error
                raise NotRead(f"S3 did not give s3://{self._bucket}/{wanted.key}: {describe_error(error)}") from error
            except BotoCoreError as error:
                if tries == TRIES:
                    raise NotRead(
                        f"s3://{self._bucket}/{wanted.key} broke off in {TRIES} tries: {describe_error(error)}"
                    ) from error
                self._sleep(PAUSE_S * 2 ** (tries - 1))

    def _try(self, wanted: RawObject, file: Path) -> Fetched | Unreadable:
        answer = self._client.get_object(Bucket=self._bucket, Key=wanted.key, IfMatch=wanted.etag)
        with closing(answer["Body"]) as body, file.open("wb") as to:
            try:
                inflated = inflate(body.iter_chunks(_PIECE_BYTES), to, LARGEST_BYTES)
            except Corrupt as corrupt:
                file.unlink()
                return Unreadable(wanted, str(corrupt))
        return Fetched(wanted, file, inflated.size_bytes, inflated.lines)
