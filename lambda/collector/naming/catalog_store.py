"""The catalogue in S3 (`catalog/<source>.json`), so that a new process knows the names at once."""

from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from aws.errors import code_of, said
from collector.naming.catalog import Catalog
from contract.raw import catalog_key

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client


class CatalogUnavailable(Exception):
    """S3 did not say what the catalogue holds: neither use an empty one nor write over it."""


class CatalogStore:
    """Reads and writes the catalogues of all sources."""

    def __init__(self, client: "S3Client", bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def load(self, source: str) -> Catalog:
        """Read a source's names; an empty catalogue when there are none yet.

        Raises CatalogUnavailable when S3 does not answer, ValueError when the object is not a catalogue.
        """
        try:
            answer = self._client.get_object(Bucket=self._bucket, Key=catalog_key(source))
            return Catalog.from_json(answer["Body"].read())
        except ClientError as error:
            if code_of(error) == "NoSuchKey":
                return Catalog()
            raise CatalogUnavailable(said(error)) from error
        except (BotoCoreError, OSError) as error:
            raise CatalogUnavailable(said(error)) from error

    def save(self, source: str, catalog: Catalog) -> None:
        """Write a source's names over the old ones. Raises CatalogUnavailable when S3 does not take them."""
        try:
            self._client.put_object(
                Bucket=self._bucket,
                Key=catalog_key(source),
                Body=catalog.to_json(),
                ContentType="application/json",
            )
        except (ClientError, BotoCoreError) as error:
            raise CatalogUnavailable(said(error)) from error
