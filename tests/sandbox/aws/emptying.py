"""Empties a bucket, versions and all, so that a test begins with nothing."""

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

_MOST_KEYS: Final = 1000
"""In one request for deletions."""


def empty(s3: "S3Client", bucket: str) -> None:
    """Delete every version of every object, and every delete marker."""
    # All pages before the first deletion: a listing that goes on from where there is nothing any more leaves keys out.
    pages = list(s3.get_paginator("list_object_versions").paginate(Bucket=bucket))
    doomed = [(each["Key"], each["VersionId"]) for page in pages for each in page.get("Versions", ())]
    doomed += [(each["Key"], each["VersionId"]) for page in pages for each in page.get("DeleteMarkers", ())]
    for start in range(0, len(doomed), _MOST_KEYS):
        batch = doomed[start : start + _MOST_KEYS]
        s3.delete_objects(
            Bucket=bucket, Delete={"Objects": [{"Key": key, "VersionId": version} for key, version in batch]}
        )
