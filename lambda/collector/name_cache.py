"""Loads the names once per process, refreshes a few each minute, and saves them when they changed.

New zones come first, then those listed longest ago, within the requests that the run may send besides its polls.
"""

import itertools
import math
import threading
import time
from collections import deque
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from aws_lambda_powertools import Logger

from cloudflare_api.apps import Listing, ListingFailed, ListingRefused, ListingStopped
from collector.app_names import AppNames, Catalog, CatalogStore, CatalogUnavailable, ZoneNames
from contract.sources import Source, Zone

RETRY_AFTER: Final = timedelta(minutes=5)
INITIALIZED_AFTER: Final = 3
"""Failed tries, after which a zone's series start with ids for names."""

REFUSALS: Final = 3
"""So many refusals without a success, and this kind of call is not tried on further zones in this run."""

MAX_CONCURRENCY: Final = 8
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
            if not names.initialized or zone.id in urgent:
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
            threading.Thread(target=self._read_rest, args=(due,), daemon=True)
            for _ in range(min(MAX_CONCURRENCY, len(due)))
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
                return ZoneNames(before.name, apps, tried_at=self._now, listed_at=self._now, initialized=True)
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
        return replace(before, tried_at=self._now, initialized=True, failures=0, failure="")

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
            initialized=before.initialized or failures >= INITIALIZED_AFTER,
        )


PATIENCE_S: Final = 4.0
"""What a run gives to names, at most: minutes matter more."""

KEPT_EVERY: Final = timedelta(hours=1)
"""A catalogue of which only the age has changed is written this often."""

LOAD_ATTEMPTS: Final = 3
"""Tries to read the catalogue in a new process: without it a minute has no metrics, and no zeros for the idle."""

LOAD_PAUSE_S: Final = 0.2

LOGGED_EVERY: Final = timedelta(hours=1)

MAX_LOGGED: Final = 20
"""Zones that one log line names, of those whose names could not be read."""


@dataclass(slots=True)
class _Kept:
    catalog: Catalog
    saved: Catalog | None = None
    saved_at: datetime | None = None
    told_at: dict[str, datetime] = field(default_factory=dict)
    """When each message was last logged."""


@dataclass(slots=True)
class NameCache:
    """The catalogues of all sources that this process has served."""

    store: CatalogStore
    logger: Logger
    sleep: Callable[[float], None] = time.sleep
    monotonic: Callable[[], float] = time.monotonic
    patience_s: float = PATIENCE_S
    _kept: dict[str, _Kept] = field(default_factory=dict)

    def of(self, source: Source, until: float = math.inf) -> Catalog | None:
        """The source's names; None when S3 did not say, and so nothing may be published under guessed names.

        After `until` (monotonic seconds) no further try begins: what is left of the time is for saving.
        """
        kept = self._kept.get(source.name)
        if kept is None:
            catalog = self._load(source, until)
            if catalog is None:
                return None
            kept = self._kept[source.name] = _Kept(catalog, saved=catalog)
        return kept.catalog

    def _load(self, source: Source, until: float) -> Catalog | None:
        for tries in range(1, LOAD_ATTEMPTS + 1):
            try:
                return self.store.load(source.name)
            except ValueError as error:
                self.logger.warning("the kept names are unreadable and will be written anew", cause=str(error))
                return Catalog()
            except CatalogUnavailable as error:
                self.logger.warning("names could not be read", cause=str(error), tries=tries, of=LOAD_ATTEMPTS)
                if tries == LOAD_ATTEMPTS or self.monotonic() >= until:
                    break
                self.sleep(LOAD_PAUSE_S * tries)
        return None

    def refresh(
        self, source: Source, listing: Listing | None, answered: Mapping[str, frozenset[str]], now: datetime
    ) -> Catalog:
        """Read what is due; nothing without a `listing`.

        `answered` are the application ids that this minute's answers named, by zone id. Only zones that answered are
        asked for names; one with an application that no list names is due at once, and what is still without a name
        then goes by its id.
        """
        kept = self._kept[source.name]
        unlisted = [zone_id for zone_id, app_ids in answered.items() if app_ids - kept.catalog.zone(zone_id).known_apps]
        catalog = kept.catalog
        if listing is not None:
            refresh = CatalogRefresh(source, catalog, listing, now)
            refresh.run(answered=answered.keys(), urgent=unlisted, patience_s=self.patience_s)
            catalog = refresh.catalog
            if refresh.refused:
                self._tell_refused(kept, refresh.refused, now)
        for zone_id, app_ids in answered.items():
            names = catalog.zone(zone_id)
            if names.initialized:
                # One that is new goes by its id only when a list of this very minute does not name it.
                worth = app_ids if names.tried_at == now else app_ids & names.seen.keys()
                catalog = catalog.with_seen(zone_id, worth, now.date())
        kept.catalog = catalog
        if failed := failed_look_ups(source, catalog):
            self._tell_failed(kept, failed, now)
        return catalog

    def keep(self, source: Source, now: datetime) -> None:
        """Write the names to S3 when they have changed, or an hour has passed."""
        kept = self._kept[source.name]
        due = kept.saved_at is None or now - kept.saved_at >= KEPT_EVERY
        if kept.catalog.timeless() == (kept.saved or Catalog()).timeless() and not (due and kept.catalog != kept.saved):
            return
        try:
            self.store.save(source.name, kept.catalog)
        except CatalogUnavailable as error:
            self.logger.warning("names could not be kept; a new process will read them again", cause=str(error))
            return
        kept.saved, kept.saved_at = kept.catalog, now

    def _tell_refused(self, kept: _Kept, refused: Mapping[str, str], now: datetime) -> None:
        if self._due(kept, "refused", now):
            self.logger.info(
                "ids are used where the token may not read names; to see names, give it Zone Settings Read",
                zones=list(refused),
                cloudflare_said=next(iter(refused.values())),
            )

    def _tell_failed(self, kept: _Kept, failed: Mapping[str, str], now: datetime) -> None:
        if self._due(kept, "failed", now):
            self.logger.warning(
                "names could not be read from Cloudflare, so older names or ids are used, and an application without "
                "traffic may have no zeros: docs/operations.md#names-are-missing",
                count=len(failed),
                zones=dict(itertools.islice(failed.items(), MAX_LOGGED)),
            )

    @staticmethod
    def _due(kept: _Kept, message: str, now: datetime) -> bool:
        last = kept.told_at.get(message)
        if last is not None and now - last < LOGGED_EVERY:
            return False
        kept.told_at[message] = now
        return True


def failed_look_ups(source: Source, catalog: Catalog) -> dict[str, str]:
    """The zones whose names could not be read when they were last asked for, by id, and why."""
    return {zone.id: failure for zone in source.zones if (failure := catalog.zone(zone.id).failure)}


def oldest_age_s(source: Source, catalog: Catalog, now: datetime) -> float | None:
    """Age of the oldest application list in use, in seconds; None when there is none."""
    ages = [now - listed_at for zone in source.zones if (listed_at := catalog.zone(zone.id).listed_at)]
    return math.floor(max(ages).total_seconds()) if ages else None
