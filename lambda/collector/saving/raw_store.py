"""The raw objects in S3: each is written once.

S3 facts used: `IfNoneMatch="*"` answers 412 when the key exists and 409 when another write to it is under way;
a HEAD of a missing key answers 404 to who may list the bucket, else 403 (Amazon S3 User Guide, conditional writes;
API reference, HeadObject). A HEAD has no body: its error says nothing about the PUT.
"""

import time
from collections.abc import Callable
from enum import StrEnum
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from botocore.exceptions import ClientError

from aws.errors import code_of, said, status_of
from collector.errors import NotSaved
from contract.raw import RUN_METADATA

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

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
        found = self._whose(key, run)
        if isinstance(found, Saved):
            return found
        causes = [said(cause)] if _is_missing(found) else [said(cause), said(found)]
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
            return self._whose(key, run)
        except Exception as error:
            # botocore has more kinds of failure than it declares, an answer that it cannot parse among them.
            return error
        return Saved.WRITTEN

    def _whose(self, key: str, run: str) -> Saved | Exception:
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
