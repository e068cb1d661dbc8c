"""Names of zones and applications: what is known, since when, and what a series is called.

Kept in the warm process and in S3 (`catalog/<source>.json`), so that a new process knows them at once.
"""

import itertools
import json
import re
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any, Final

LABEL_LIMIT: Final = 200
"""Characters. CloudWatch takes 1,024, a person reads less, and a batch of 1,000 must stay under 1 MB."""

SEEN_FOR: Final = timedelta(days=30)
"""An application that no list names keeps its place under the cap for so long after its last answer."""

_SUFFIX = 6


@dataclass(frozen=True, slots=True)
class AppNames:
    """What Cloudflare calls an application, and what its series are called here."""

    name: str | None
    protocol: str | None
    label: str
    """ASCII, unique in its zone; stays as it is while name and protocol do."""


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
    settled: bool = False
    """The first attempt has ended, one way or the other: series may start."""
    failures: int = 0

    @property
    def known_apps(self) -> frozenset[str]:
        """Every application that may have series."""
        return frozenset(self.apps) | frozenset(self.seen)


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


def label_apps(listed: Mapping[str, tuple[str | None, str | None]], before: ZoneNames) -> dict[str, AppNames]:
    """Give every listed application (id -> name, protocol) its label; who has one already keeps it.

    Equal labels get the first characters of the id behind them.
    """
    apps: dict[str, AppNames] = {}
    for app_id, (name, protocol) in listed.items():
        old = before.apps.get(app_id)
        if old and (old.name, old.protocol) == (name, protocol):
            apps[app_id] = old
    taken = {app.label for app in apps.values()}
    for app_id in sorted(set(listed) - set(apps)):
        name, protocol = listed[app_id]
        text = " ".join(part for part in (name, protocol) if part)
        label = unique_label(ascii_label(text, app_id), app_id, taken)
        taken.add(label)
        apps[app_id] = AppNames(name, protocol, label)
    return apps


def unique_label(label: str, identifier: str, taken: set[str]) -> str:
    """The label, with as much of the id behind it as makes it unlike the others."""
    if label not in taken:
        return label
    short = f"{label} ({identifier[:_SUFFIX]})"
    longer = (f"{label} ({identifier}{'+' * more})" for more in itertools.count())
    return short if short not in taken else next(other for other in longer if other not in taken)


def ascii_label(text: str, fallback: str) -> str:
    """A text as a CloudWatch dimension value: printable ASCII, not blank, not beginning with a colon."""
    plain = re.sub(r"[^\x20-\x7e]", "?", text).lstrip(" :")[:LABEL_LIMIT].strip()
    return plain if plain.strip("? ") else fallback


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
        apps={app_id: AppNames(app["name"], app["protocol"], app["label"]) for app_id, app in zone["apps"].items()},
        seen={app_id: date.fromisoformat(day) for app_id, day in zone["seen"].items()},
        tried_at=_moment(zone["tried_at"]),
        listed_at=_moment(zone["listed_at"]),
        settled=zone["settled"],
        failures=zone["failures"],
    )


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text} has no time zone")
    return moment
