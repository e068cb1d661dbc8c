"""Every day that has a raw folder: what is missing, what differs, what is overdue, and which minutes are saved."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from aws_lambda_powertools import Logger

from compactor.calendar import Calendar
from compactor.compaction import emptied
from compactor.engine import engine
from compactor.errors import CompactorError, DayChanged, HistoryWouldShrink
from compactor.history import HistoryStore
from compactor.keeping import Keeper, Standing
from compactor.listing import DayListing, RawLayer
from contract.lake import HISTORIES


@dataclass(frozen=True, slots=True)
class Survey:
    """The bucket at one moment."""

    due: tuple[date, ...]
    """Days to compact, the smallest first, so that one that takes too long holds up no other."""
    uncompacted: frozenset[date]
    """Days closed for long whose history is missing, or may not be replaced though raw has changed."""
    past: tuple[date, ...]
    """Days older than the raw retention that have history: their raw objects may end."""
    saved: Mapping[str, frozenset[datetime]]
    """Minutes (UTC) of the last days that have a raw object, by source."""
    strays: tuple[str, ...]
    """Keys and folders in raw/ that belong to no day."""


@dataclass(frozen=True, slots=True)
class Surveyor:
    """Looks at the bucket."""

    raw: RawLayer
    store: HistoryStore
    folder: Path
    memory_mb: int
    logger: Logger

    def survey(self, calendar: Calendar) -> Survey:
        """Look at everything. Raises NotRead when S3 does not say."""
        folders = self.raw.folders()
        there = {history.name: self.store.keys(history) for history in HISTORIES}
        closed = [day for day in folders.days if calendar.closed(day)]
        missing = {
            day
            for day in closed
            if any(history.key(day) not in there[history.name] for history in HISTORIES)
            and self.raw.holds_anything(day)
        }
        sizes: dict[date, int] = {}
        refused: set[date] = set()
        saved: dict[str, set[datetime]] = {}
        for day in sorted({*calendar.watched(), *missing} & set(folders.days)):
            if not calendar.retained(day):
                continue
            listing = self.raw.day(day)
            if day in calendar.watched():
                for each in listing.objects:
                    saved.setdefault(each.source, set()).add(each.minute)
            if day in missing:
                sizes[day] = listing.size_bytes
            elif day in calendar.compared() and (standing := self._differing(listing)):
                sizes[day] = listing.size_bytes
                if self._would_shrink(listing, standing):
                    refused.add(day)
        return Survey(
            due=tuple(sorted(sizes, key=lambda day: (sizes[day], day))),
            uncompacted=frozenset(day for day in missing | refused if calendar.overdue(day)),
            past=tuple(day for day in closed if not calendar.retained(day) and day not in missing),
            saved={source: frozenset(minutes) for source, minutes in saved.items()},
            strays=folders.strays,
        )

    def _differing(self, listing: DayListing) -> Standing | None:
        """The day's history objects, if any is of other raw objects than those that are there."""
        standing = {history.name: self.store.head(history, listing.day) for history in HISTORIES}
        digests = {each.raw_digest if each else None for each in standing.values()}
        return None if digests == {listing.digest} or not (listing.objects or listing.aliens) else standing

    def _would_shrink(self, listing: DayListing, standing: Standing) -> bool:
        try:
            with emptied(self.folder) as folder, engine(folder, self.memory_mb) as duck:
                Keeper(self.store, duck, listing, standing).check_minutes(folder)
        except HistoryWouldShrink:
            return True
        except DayChanged:
            return False
        except CompactorError as error:
            self.logger.warning("not known whether history would shrink", day=str(listing.day), error=str(error))
        return False
