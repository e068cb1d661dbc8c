"""The objects in S3, read where moto keeps them: a query over hundreds of them should take no longer than DuckDB."""

from collections.abc import Iterator
from dataclasses import dataclass

from moto.s3.models import s3_backends

from tests.sandbox.aws.backstage import ACCOUNT


@dataclass(frozen=True, slots=True)
class StoredObject:
    """One object, as it was when it was listed."""

    key: str
    etag: str
    size: int
    """Bytes."""


def list_objects(bucket: str, prefix: str) -> Iterator[StoredObject]:
    """The objects under the prefix, by key; none when there is no such bucket."""
    buckets = s3_backends[ACCOUNT]["aws"].buckets
    if bucket not in buckets:
        return
    keys = buckets[bucket].keys
    for key in sorted(name for name in list(keys) if name.startswith(prefix)):
        found = keys.get(key)
        if found is not None and hasattr(found, "etag"):  # a delete marker has none
            yield StoredObject(key, found.etag, found.size)


def read_object(bucket: str, key: str) -> bytes:
    """An object's bytes."""
    value: bytes = s3_backends[ACCOUNT]["aws"].buckets[bucket].keys[key].value
    return value


def write_object(bucket: str, key: str, body: bytes) -> None:
    """Put an object; a thousand of them take no longer than one over HTTP."""
    s3_backends[ACCOUNT]["aws"].put_object(bucket, key, body)


def remove_objects(bucket: str) -> None:
    """Take all objects away."""
    s3_backends[ACCOUNT]["aws"].buckets[bucket].keys.clear()
