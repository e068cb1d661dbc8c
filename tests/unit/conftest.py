"""What several modules' tests use."""

import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING

import boto3
import pytest
from hypothesis import settings
from moto import mock_aws

from tests.unit.examples import BUCKET
from tests.unit.function import Function, usage
from tests.unit.loopback import Loopback, loopback

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

# The same examples in every run, however slow the machine is.
settings.register_profile("unit", deadline=None, derandomize=True, max_examples=60)
settings.load_profile("unit")


@pytest.fixture
def gate() -> Iterator[threading.Event]:
    """What hangs, hangs until the test has ended."""
    event = threading.Event()
    yield event
    event.set()


@pytest.fixture
def cloudflare() -> Iterator[Loopback]:
    """A Cloudflare on this machine."""
    with loopback() as served:
        yield served


@pytest.fixture(scope="module")
def aws() -> Iterator[None]:
    """AWS in this process, with its own credentials."""
    with mock_aws():
        yield


@pytest.fixture
def s3(aws: None) -> "Iterator[S3Client]":  # noqa: ARG001
    """An S3 in which there is one bucket, and nothing in it."""
    client = boto3.client("s3", region_name="us-east-1")
    client.create_bucket(Bucket=BUCKET)
    yield client
    for bucket in client.list_buckets()["Buckets"]:
        for kept in client.list_objects_v2(Bucket=bucket["Name"]).get("Contents", []):
            client.delete_object(Bucket=bucket["Name"], Key=kept["Key"])
        client.delete_bucket(Bucket=bucket["Name"])


@pytest.fixture
def function(cloudflare: Loopback, s3: "S3Client") -> Function:
    """The collector in a warm process, with two zones that are well."""
    cloudflare.answer = usage
    return Function(cloudflare, s3)
