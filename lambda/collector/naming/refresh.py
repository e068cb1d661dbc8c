"""Keeps the names fresh: new zones first, then the oldest, a few a minute, within what the run may spend."""

import math
import threading
from collections import deque
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from collector.cloudflare.listing import Listing, ListingFailed, ListingRefused, ListingStopped
from collector.naming.catalog import AppNames, Catalog, ZoneNames
from collector.sources import Source, Zone

RETRY_AFTER: Final = timedelta(minutes=5)
SETTLED_AFTER: Final = 3
"""Failed tries, after which a zone's series start with ids for names."""

REFUSALS: Final = 3
"""So many refusals without a success, and this kind of call is not tried on further zones in this run."""

READERS: Final = 8
"""Zones read at once, when it is known what the credential may read."""

_FAILURE_LIMIT: Final = 300
"""Characters kept of why a look-up failed. Cloudflare's answer may be quoted in it, without the credential."""
_STOPPED: Final = "the list was not read to its end: Cloudflare's rate limit, or what a run may send, was used up"


@dataclass(slots=True)
class _Permission:
    """Whether one kind of call is allowed, as far as this run has seen."""

    refusals: int = 0
    successes: int = 0
    said: str = ""
    """What Cloudflare said when it refused."""

    @property
    def missing(self) -> bool:
        return self.successes == 0 and self.refusals >= REFUSALS

    @property
    def in_doubt(self) -> bool:
        return self.successes == 0 and 0 < self.refusals < REFUSALS


class CatalogRefresh:
    """One run's turn at the names of a source."""

    def __init__(self, source: Source, catalog: Catalog, listing: Listing, now: datetime) -> None:
        self.catalog = catalog
        self.refused: dict[str, str] = {}
        """Ids of zones whose name or applications this credential may not read, and what Cloudflare said."""
        self._source = source
        self._listing = listing
        self._now = now
        self._zone_names = _Permission()
        self._apps = _Permission()
        self._under_way: set[str] = set()
        self._lock = threading.Lock()
        self._stopped = False
        self._over = False

    def run(self, answered: Collection[str], urgent: Collection[str], patience_s: float) -> None:
        """Read the names that are due, `urgent` zone ids among them, and leave the result in `catalog`.

        Only `answered` zones are asked about: a zone in trouble has no series to name.

        Takes at most `patience_s`, whatever Cloudflare does: threads that read are left behind then.
        """
        due = deque(zone for zone in self._due(urgent) if zone.id in answered)
        if not due:
            return
        thread = threading.Thread(target=self._read, args=(due,), daemon=True)
        thread.start()
        thread.join(patience_s)
        with self._lock:
            self._over = True
            for zone_id in self._under_way:
                failed = self._failed(self.catalog.zone(zone_id), f"no answer within {patience_s:g} s")
                self.catalog = self.catalog.with_zone(zone_id, failed)

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

    def _read(self, due: deque[Zone]) -> None:
        # One at a time while refusals may still come: Cloudflare counts them.
        self._read_next(due)
        while self._apps.in_doubt or self._zone_names.in_doubt:
            if not self._read_next(due):
                return
        threads = [
            threading.Thread(target=self._read_rest, args=(due,), daemon=True) for _ in range(min(READERS, len(due)))
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _read_rest(self, due: deque[Zone]) -> None:
        while self._read_next(due):
            pass

    def _read_next(self, due: deque[Zone]) -> bool:
        with self._lock:
            if not due or self._over or self._stopped:
                return False
            zone = due.popleft()
            self._under_way.add(zone.id)
        names = self._zone(zone)
        with self._lock:
            self._under_way.discard(zone.id)
            if not self._over:
                self.catalog = self.catalog.with_zone(zone.id, names)
        return True

    def _zone(self, zone: Zone) -> ZoneNames:
        before = self.catalog.zone(zone.id)
        try:
            if not zone.name and not before.name:
                before = replace(before, name=self._zone_name(zone))
            if not self._apps.missing:
                apps = {app_id: AppNames(*names) for app_id, names in self._listing.apps(zone.id).items()}
                self._apps.successes += 1
                return ZoneNames(before.name, apps, tried_at=self._now, listed_at=self._now, settled=True)
        except ListingFailed as failure:
            return self._failed(before, str(failure))
        except ListingStopped as stop:
            self._stopped = True
            # A list that was cut off counts as a try: one with more pages than a run may ask for would else be tried
            # first for ever, and neither its zone nor those behind it would ever have series.
            return self._failed(before, _STOPPED) if stop.begun else before
        except ListingRefused as refusal:
            self._apps.refusals += 1
            self._apps.said = str(refusal)
        self.refused[zone.id] = self._apps.said
        return replace(before, tried_at=self._now, settled=True, failures=0, failure="")

    def _zone_name(self, zone: Zone) -> str | None:
        if not self._zone_names.missing:
            try:
                name = self._listing.zone_name(zone.id)
            except ListingRefused as refusal:
                self._zone_names.refusals += 1
                self._zone_names.said = str(refusal)
            else:
                self._zone_names.successes += 1
                return name
        self.refused[zone.id] = self._zone_names.said
        return None

    def _failed(self, before: ZoneNames, why: str) -> ZoneNames:
        failures = before.failures + 1
        return replace(
            before,
            tried_at=self._now,
            failures=failures,
            failure=why[:_FAILURE_LIMIT],
            settled=before.settled or failures >= SETTLED_AFTER,
        )
