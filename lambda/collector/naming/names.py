"""The names in the warm process and in S3: loaded once, refreshed a few a minute, kept when they changed."""

import itertools
import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from aws_lambda_powertools import Logger

from collector.cloudflare.listing import Listing
from collector.naming.catalog import Catalog
from collector.naming.catalog_store import CatalogStore, CatalogUnavailable
from collector.naming.refresh import CatalogRefresh
from collector.sources import Source

PATIENCE_S: Final = 4.0
"""What a run gives to names, at most: minutes matter more."""

KEPT_EVERY: Final = timedelta(hours=1)
"""A catalogue of which only the age has changed is written this often."""

LOADS: Final = 3
"""Tries to read the catalogue in a new process: without it a minute has no metrics, and no zeros for the idle."""

LOAD_PAUSE_S: Final = 0.2

TOLD_EVERY: Final = timedelta(hours=1)

TOLD: Final = 20
"""Zones that one log line names, of those whose names could not be read."""


@dataclass(slots=True)
class _Kept:
    catalog: Catalog
    saved: Catalog | None = None
    saved_at: datetime | None = None
    told_at: dict[str, datetime] = field(default_factory=dict)
    """When each message was last logged."""


@dataclass(slots=True)
class Names:
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
        for tries in range(1, LOADS + 1):
            try:
                return self.store.load(source.name)
            except ValueError as error:
                self.logger.warning("the kept names are unreadable and will be written anew", cause=str(error))
                return Catalog()
            except CatalogUnavailable as error:
                self.logger.warning("names could not be read", cause=str(error), tries=tries, of=LOADS)
                if tries == LOADS or self.monotonic() >= until:
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
            if names.settled:
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
                zones=dict(itertools.islice(failed.items(), TOLD)),
            )

    @staticmethod
    def _due(kept: _Kept, message: str, now: datetime) -> bool:
        last = kept.told_at.get(message)
        if last is not None and now - last < TOLD_EVERY:
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
