"""GET: raw objects become plain files in the temporary folder, several at a time, in the order of their keys.

An object is read only as the version that LIST named (`If-Match`), so that the digest is that of what was read.
Memory stays constant, as a body goes to its file piece by piece; the disk holds the files of the chunk in hand and of
the few objects ahead of it.
"""

import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Final

from botocore.exceptions import BotoCoreError, ClientError

from aws.errors import said, status_of
from compactor.errors import DayChanged, NotRead
from compactor.inflating import Corrupt, inflate
from compactor.listing import RawObject
from contract.raw import LARGEST_BYTES

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

THREADS: Final = 8
AHEAD: Final = 16
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
                    if len(waiting) >= AHEAD:
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
                raise NotRead(f"S3 did not give s3://{self._bucket}/{wanted.key}: {said(error)}") from error
            except BotoCoreError as error:
                if tries == TRIES:
                    raise NotRead(
                        f"s3://{self._bucket}/{wanted.key} broke off in {TRIES} tries: {said(error)}"
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
