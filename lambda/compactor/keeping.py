"""A history object is never replaced by one that holds less.

Raw objects may have been deleted or spoilt since a day was compacted; then history is the only place that still has
them. So before a day is compacted again, every request (minute, source, zone, colo) that its history holds must be in
what would take its place.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from compactor.engine import Engine
from compactor.errors import HistoryWouldShrink
from compactor.history import HistoryObject, HistoryStore
from compactor.listing import DayListing
from compactor.spans import spans_by_source
from contract.lake import HISTORIES

Standing = Mapping[str, HistoryObject | None]
"""The history objects of a day, by the table's name."""


class Keeper:
    """Knows what the history of one day holds, and refuses to lose any of it."""

    def __init__(self, store: HistoryStore, engine: Engine, listing: DayListing, standing: Standing) -> None:
        self._store = store
        self._engine = engine
        self._listing = listing
        self._standing = standing
        self._old: Path | None = None

    def check_minutes(self, folder: Path) -> None:
        """Refuse, before anything is read, when history holds minutes whose raw objects are gone.

        Raises HistoryWouldShrink, or NotRead.
        """
        held = next((history for history in HISTORIES if self._standing[history.name]), None)
        if held is None:
            return
        standing = self._standing[held.name]
        assert standing is not None  # noqa: S101 # nosec B101 # for the type checker
        self._old = folder / "old.parquet"
        self._store.download(held, self._listing.day, standing.etag, self._old)
        minutes = self._ask("minutes", file=str(self._old))
        self._refuse({(minute.replace(tzinfo=UTC), source) for minute, source in minutes} - self._listing.minutes)

    def check_rows(self, polls: Path) -> None:
        """Refuse when history holds requests that the new file of `polls` lacks. After `check_minutes`."""
        if self._old is not None:
            self._refuse(self._ask("lost", old=str(self._old), new=str(polls)))

    def _ask(self, statement: str, **files: str) -> list[tuple[datetime, str]]:
        try:
            return [(minute, source) for minute, source in self._engine.run(statement, **files)]
        except duckdb.Error as error:
            raise HistoryWouldShrink(
                f"the history of {self._listing.day} cannot be read ({type(error).__name__}), so it is not known what "
                f"would be lost: nothing was written. Restore a sound version of it, or delete {self._keys()} on "
                "purpose; then the day is compacted from what is in raw/"
            ) from error

    def _refuse(self, lost: Iterable[tuple[datetime, str]]) -> None:
        minutes = spans_by_source(lost)
        if minutes:
            named = "; ".join(f"{source}: {', '.join(of)}" for source, of in minutes.items())
            raise HistoryWouldShrink(
                f"the history of {self._listing.day} holds minutes that raw/ does not hold any more, or not whole "
                f"({named}): nothing was written. Restore those raw objects (the bucket keeps deleted and overwritten "
                f"versions for a while), or delete {self._keys()} on purpose; then the day is compacted from what is "
                "in raw/"
            )

    def _keys(self) -> str:
        return " and ".join(history.key(self._listing.day) for history in HISTORIES)
