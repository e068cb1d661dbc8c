"""What the compactor's tests use."""

from typing import TYPE_CHECKING

import pytest

from tests.unit.compactor.lake import Lake

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client


@pytest.fixture
def lake(s3: "S3Client") -> Lake:
    """An empty lake."""
    return Lake(s3)
