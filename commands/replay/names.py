"""What zones and applications were called at a minute: the catalogue as it was then, from the bucket's versions.

Today's names would give a renamed application a second series, leave a deleted one out, and move the cap.
"""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from botocore.exceptions import BotoCoreError, ClientError

from collector.naming.catalog import Catalog
from commands.deployment import told
from commands.saved import MinuteRefused
from contract.raw import catalog_key

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

KEPT_WITHIN: Final = timedelta(seconds=60 + 75 + 55)
"""After its minute a run has kept its names: it is due after 60 s, starts at most 75 s late and takes at most 55 s."""


@dataclass(frozen=True, slots=True)
class _Version:
    kept_at: datetime
    id: str


@dataclass(slots=True)
class NamesThen:
    """Reads catalogues as they were; each version once."""

    s3: "S3Client"
    bucket: str
    _versions: dict[str, list[_Version]] = field(default_factory=dict)
    _catalogs: dict[str, Catalog | None] = field(default_factory=dict)

    def at(self, source: str, minute: datetime, zone_ids: Iterable[str]) -> Catalog:
        """The names that the run of this minute had, or should have had.

        When it could not keep what it had read (it was killed, or S3 was down), the first later catalogue in which the
        names of these zones have been asked for. Raises MinuteRefused when there is no catalogue at all.
        """
        try:
            versions = self._versions_of(source)
            then = max(0, bisect_right(versions, minute + KEPT_WITHIN, key=lambda version: version.kept_at) - 1)
            zones, last = list(zone_ids), None
            for version in versions[then:]:
                catalog = self._catalog(source, version)
                if catalog and all(catalog.zone(zone_id).settled for zone_id in zones):
                    return catalog
                last = catalog or last
        except (ClientError, BotoCoreError, OSError) as error:
            raise MinuteRefused(f"the names in {catalog_key(source)} could not be read: {told(error)}") from error
        if last is None:
            raise MinuteRefused(f"there is no {catalog_key(source)} yet: replay when a minute has been collected again")
        # Some zones have not been asked for their names to this day: like the collector, publish nothing of them.
        return last

    def _versions_of(self, source: str) -> list[_Version]:
        if source not in self._versions:
            key = catalog_key(source)
            pages = self.s3.get_paginator("list_object_versions").paginate(Bucket=self.bucket, Prefix=key)
            self._versions[source] = sorted(
                (
                    _Version(entry["LastModified"].astimezone(UTC), entry["VersionId"])
                    for page in pages
                    for entry in page.get("Versions", [])
                    if entry["Key"] == key
                ),
                key=lambda version: version.kept_at,
            )
        return self._versions[source]

    def _catalog(self, source: str, version: _Version) -> Catalog | None:
        """One version; None when it cannot be understood. The collector, too, goes on with a new one then."""
        if version.id not in self._catalogs:
            answer = self.s3.get_object(Bucket=self.bucket, Key=catalog_key(source), VersionId=version.id)
            try:
                self._catalogs[version.id] = Catalog.from_json(answer["Body"].read())
            except ValueError:
                self._catalogs[version.id] = None
        return self._catalogs[version.id]
