"""Names of zones and applications, and the S3 object that keeps them (`catalog/<source>.json`).

They are kept in the warm process and in S3, so that a new process knows them at once.
"""

import json
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from aws import code_of, describe_error
from contract.labels import labels_of
from contract.raw import catalog_key

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client


SEEN_FOR: Final = timedelta(days=30)
"""An application that no list names keeps its place under the cap for so long after its last answer."""


@dataclass(frozen=True, slots=True)
class AppNames:
    """What Cloudflare calls an application."""

    name: str | None
    protocol: str | None

    def __str__(self) -> str:
        """`ssh.example.com tcp/22`; empty when neither is known."""
        return " ".join(part for part in (self.name, self.protocol) if part)


@dataclass(frozen=True, slots=True)
class ZoneNames:
    """What is known about one zone."""

    name: str | None = None
    apps: Mapping[str, AppNames] = field(default_factory=dict)
    """By application id, as last listed."""
    seen: Mapping[str, date] = field(default_factory=dict)
    """Ids of applications that answers named and no list does, and on which day (UTC) an answer last did."""
    tried_at: datetime | None = None
    listed_at: datetime | None = None
    """When the applications were last listed whole."""
    initialized: bool = False
    """The first attempt has ended, one way or the other: series may start."""
    failures: int = 0
    """Look-ups that failed since the last one that did not. A refusal, for want of a permission, is not a failure."""
    failure: str = ""
    """Why the last look-up failed, in Cloudflare's words where it gave some; empty when it did not fail."""

    @property
    def known_apps(self) -> frozenset[str]:
        """Every application that may have series."""
        return frozenset(self.apps) | frozenset(self.seen)

    def app_labels(self) -> dict[str, str]:
        """What each known application is called in CloudWatch, by id: see `contract.labels`."""
        return labels_of(dict.fromkeys(self.seen) | {app_id: str(app) for app_id, app in self.apps.items()})


@dataclass(frozen=True, slots=True)
class Catalog:
    """All zones of a source by id."""

    zones: Mapping[str, ZoneNames] = field(default_factory=dict)

    def zone(self, zone_id: str) -> ZoneNames:
        """What is known about a zone; nothing, if it is new."""
        return self.zones.get(zone_id) or ZoneNames()

    def with_zone(self, zone_id: str, names: ZoneNames) -> "Catalog":
        """The catalogue with this zone's entry replaced."""
        return Catalog({**self.zones, zone_id: names})

    def with_seen(self, zone_id: str, app_ids: Collection[str], today: date) -> "Catalog":
        """Remember applications that an answer named and no list did, so that the cap stays stable."""
        names = self.zone(zone_id)
        seen = {app_id: day for app_id, day in names.seen.items() if today - day <= SEEN_FOR}
        seen.update(dict.fromkeys(set(app_ids) - set(names.apps), today))
        return self if seen == names.seen else self.with_zone(zone_id, replace(names, seen=seen))

    def timeless(self) -> "Catalog":
        """The catalogue without its times: what is worth keeping at once when it changes."""
        return Catalog(
            {
                zone_id: replace(names, tried_at=None, listed_at=None, seen=dict.fromkeys(names.seen, date.min))
                for zone_id, names in self.zones.items()
            }
        )

    def to_json(self) -> bytes:
        """The catalogue as it is kept in S3."""
        zones = {zone_id: _zone_to_json(names) for zone_id, names in sorted(self.zones.items())}
        return json.dumps({"version": 1, "zones": zones}, ensure_ascii=False, sort_keys=True).encode()

    @classmethod
    def from_json(cls, text: bytes) -> "Catalog":
        """Read what `to_json` wrote. Raises ValueError when it is anything else."""
        try:
            document = json.loads(text)
            if document["version"] != 1:
                raise ValueError(f"catalogue version {document['version']!r} is not 1")
            return cls({zone_id: _zone_from_json(zone) for zone_id, zone in document["zones"].items()})
        except (KeyError, TypeError, AttributeError, RecursionError) as error:
            raise ValueError(f"not a catalogue: {type(error).__name__} {error}") from error


def _zone_to_json(names: ZoneNames) -> dict[str, Any]:
    return {
        **asdict(names),
        "seen": {app_id: day.isoformat() for app_id, day in names.seen.items()},
        "tried_at": names.tried_at.isoformat() if names.tried_at else None,
        "listed_at": names.listed_at.isoformat() if names.listed_at else None,
    }


def _zone_from_json(zone: Mapping[str, Any]) -> ZoneNames:
    return ZoneNames(
        name=zone["name"],
        apps={app_id: AppNames(app["name"], app["protocol"]) for app_id, app in zone["apps"].items()},
        seen={app_id: date.fromisoformat(day) for app_id, day in zone["seen"].items()},
        tried_at=_moment(zone["tried_at"]),
        listed_at=_moment(zone["listed_at"]),
        initialized=zone["initialized"],
        failures=zone["failures"],
        failure=zone.get("failure", ""),
    )


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text} has no time zone")
    return moment


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
            raise CatalogUnavailable(describe_error(error)) from error
        except (BotoCoreError, OSError) as error:
            raise CatalogUnavailable(describe_error(error)) from error

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
            raise CatalogUnavailable(describe_error(error)) from error
