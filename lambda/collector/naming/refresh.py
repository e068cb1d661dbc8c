"""Keeps the names fresh: new zones first, then the oldest, a few a minute, within what the run may spend."""

import math
import threading
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from collector.cloudflare.listing import Listing, ListingFailed, ListingRefused, ListingStopped
from collector.naming.catalog import Catalog, ZoneNames, label_apps
from collector.sources import Source, Zone

RETRY_AFTER: Final = timedelta(minutes=5)
SETTLED_AFTER: Final = 3
"""Failed tries, after which a zone's series start with ids for names."""

REFUSALS: Final = 3
"""So many refusals without a success, and this kind of call is not tried on further zones in this run."""


@dataclass(slots=True)
class _Permission:
    """Whether one kind of call is allowed, as far as this run has seen."""

    refusals: int = 0
    successes: int = 0

    @property
    def missing(self) -> bool:
        return self.successes == 0 and self.refusals >= REFUSALS


class CatalogRefresh:
    """One run's turn at the names of a source."""

    def __init__(self, source: Source, catalog: Catalog, listing: Listing, now: datetime) -> None:
        self.catalog = catalog
        self.refused: list[str] = []
        """Zone ids whose applications this credential may not list."""
        self._source = source
        self._listing = listing
        self._now = now
        self._zone_names = _Permission()
        self._apps = _Permission()
        self._under_way: str | None = None

    def run(self, answered: Collection[str], urgent: Collection[str], patience_s: float) -> None:
        """Read the names that are due, `urgent` zone ids among them, and leave the result in `catalog`.

        Only `answered` zones are asked about: a zone in trouble has no series to name.

        Takes at most `patience_s`, whatever Cloudflare does: the thread that reads is left behind then.
        """
        due = [zone for zone in self._due(urgent) if zone.id in answered]
        if not due:
            return
        thread = threading.Thread(target=self._read, args=(due,), daemon=True)
        thread.start()
        thread.join(patience_s)
        if thread.is_alive():
            stuck, self._under_way = self._under_way, None
            if stuck:
                self._put(stuck, self._failed(self.catalog.zone(stuck)))

    def _due(self, urgent: Collection[str]) -> list[Zone]:
        fresh, stale = [], []
        for zone in self._source.zones:
            names = self.catalog.zone(zone.id)
            if not names.settled or zone.id in urgent:
                fresh.append(zone)
            elif names.tried_at is None or self._now - names.tried_at >= self._patience(names):
                stale.append((names.tried_at or self._now, zone.id, zone))
        at_most = math.ceil(2 * len(self._source.zones) / max(1.0, self._source.catalog_age.total_seconds() / 60))
        return fresh + [zone for _, _, zone in sorted(stale, key=lambda item: item[:2])[:at_most]]

    def _patience(self, names: ZoneNames) -> timedelta:
        return min(self._source.catalog_age, RETRY_AFTER) if names.failures else self._source.catalog_age

    def _read(self, due: list[Zone]) -> None:
        try:
            for zone in due:
                self._under_way = zone.id
                names = self._zone(zone)
                if self._under_way is None:
                    return
                self._put(zone.id, names)
        except ListingStopped:
            return
        finally:
            self._under_way = None

    def _zone(self, zone: Zone) -> ZoneNames:
        before = self.catalog.zone(zone.id)
        try:
            name = before.name if zone.name or before.name else self._zone_name(zone)
            named = replace(before, name=name, tried_at=self._now)
            if self._apps.missing:
                self.refused.append(zone.id)
                return replace(named, settled=True, failures=0)
            listed = self._listing.apps(zone.id)
        except ListingFailed:
            return self._failed(before)
        except ListingRefused:
            self._apps.refusals += 1
            self.refused.append(zone.id)
            return replace(named, settled=True, failures=0)
        self._apps.successes += 1
        return ZoneNames(
            name=name, apps=label_apps(listed, before), tried_at=self._now, listed_at=self._now, settled=True
        )

    def _zone_name(self, zone: Zone) -> str | None:
        if self._zone_names.missing:
            return None
        try:
            name = self._listing.zone_name(zone.id)
        except ListingRefused:
            self._zone_names.refusals += 1
            return None
        self._zone_names.successes += 1
        return name

    def _failed(self, before: ZoneNames) -> ZoneNames:
        failures = before.failures + 1
        return replace(
            before,
            tried_at=self._now,
            failures=failures,
            settled=before.settled or failures >= SETTLED_AFTER,
        )

    def _put(self, zone_id: str, names: ZoneNames) -> None:
        self.catalog = self.catalog.with_zone(zone_id, names)
