"""One hourly run: scan the bucket, compact each day that needs it, delete expired raw objects, report.

A day is listed, downloaded, compacted, checked and written; a failure in one day leaves the others alone.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

from aws_lambda_powertools import Logger

from aws import print_metrics
from compactor.bucket import DayListing, RawLayer
from compactor.compact import Compacted, compact, emptied, engine
from compactor.days import Calendar, CompactorError, DayChanged, DaysFailed, HistoryWouldShrink, NotRead, RejectedEvent
from compactor.download import Fetcher
from compactor.history import CurrentHistory, HistoryStore, ObjectMetadata, Put, ShrinkGuard
from compactor.reporting import Reporter, ReportStore, report_of
from compactor.retention import Kept, RawPruner
from contract.lake import HISTORIES, USAGE, History, report_key

MAX_RESTARTS: Final = 3
"""Of a day that changes while it is read."""

MAX_LOGGED: Final = 20
"""Rejected objects that the log names; the report names more."""


@dataclass(frozen=True, slots=True)
class DayCompactor:
    """Compacts days."""

    raw: RawLayer
    fetcher: Fetcher
    store: HistoryStore
    reports: ReportStore
    folder: Path
    memory_mb: int
    run_id: str
    clock: Callable[[], datetime]
    monotonic: Callable[[], float]
    logger: Logger

    def compact(self, day: date, *, every: bool) -> dict[str, Any]:
        """Write the day's history objects that are missing or of other raw objects; all of them if `every`.

        Returns a summary. Raises CompactorError when operator action is required, or the next hour's run is.
        """
        for _ in range(MAX_RESTARTS):
            try:
                return self._compact_once(day, every=every)
            except DayChanged as changed:
                self.logger.info("the day changed while it was read: begun anew", key=str(changed))
        raise NotRead(f"{day} changed each of the {MAX_RESTARTS} times that it was read")

    def _compact_once(self, day: date, *, every: bool) -> dict[str, Any]:
        began = self.monotonic()
        # History first: a run that lists later and writes earlier than this one has then replaced what was looked at.
        standing = {history.name: self.store.head(history, day) for history in HISTORIES}
        listing = self.raw.day(day)
        due = [history for history in HISTORIES if every or _differs(standing, history, listing)]
        if not due or not (listing.objects or listing.unexpected_objects):
            return {"day": day.isoformat(), "nothing_to_do": "its history is that of its raw objects"}
        with emptied(self.folder) as folder, engine(folder, self.memory_mb) as duck:
            keeper = ShrinkGuard(self.store, duck, listing, standing)
            keeper.check_minutes(folder)
            compacted = compact(self.fetcher, listing, duck, folder)
            keeper.check_rows(compacted.files[HISTORIES[0].name])
            report = {
                "run": self.run_id,
                "at": self.clock().isoformat(),
                "seconds": round(self.monotonic() - began, 3),
                **report_of(listing, compacted),
            }
            puts = self._write(due, listing, compacted, standing, report)
        summary = {**{key: value for key, value in report.items() if key != "rejected"}, "history": puts}
        summary["rejected"] = compacted.rejections.objects
        if Put.CONFLICT in puts.values():
            self.logger.warning("the day changed while it was compacted: the next hour compares again", **summary)
        else:
            self._report(day, compacted, self.monotonic() - began)
            self.logger.info("day compacted", **summary)
        return summary

    def _write(
        self,
        due: Sequence[History],
        listing: DayListing,
        compacted: Compacted,
        standing: CurrentHistory,
        report: dict[str, Any],
    ) -> dict[str, str]:
        made = ObjectMetadata(self.run_id, len(listing.objects), listing.digest, compacted.rejections.objects)
        puts: dict[str, str] = {}
        for history in due:
            if history is due[-1]:
                self.reports.put(listing.day, report)
            put = self.store.put(
                history,
                listing.day,
                compacted.files[history.name],
                rows=compacted.rows[history.name],
                made=made,
                replaces=standing[history.name],
            )
            puts[history.name] = put
            if put is Put.CONFLICT:
                break
        return puts

    def _report(self, day: date, compacted: Compacted, seconds: float) -> None:
        rejections = compacted.rejections
        values = {"CompactedRows": [float(compacted.rows[USAGE.name])], "CompactionDuration": [seconds]}
        if rejections.objects or rejections.unexpected_objects:
            values["RawObjectsRejected"] = [float(rejections.objects + rejections.unexpected_objects)]
        if rejections.listed:
            self.logger.warning(
                "some of the day is not in history: see its report, and docs/operations.md#rejected",
                report=report_key(day),
                first=[asdict(each) for each in rejections.listed[:MAX_LOGGED]],
            )
        print_metrics({}, values, self.clock())


def _differs(standing: CurrentHistory, history: History, listing: DayListing) -> bool:
    there = standing[history.name]
    return there is None or there.raw_digest != listing.digest


@dataclass(frozen=True, slots=True)
class ScanResult:
    """The bucket at one moment."""

    due: tuple[date, ...]
    """Days to compact, the smallest first, so that one that takes too long holds up no other."""
    uncompacted: frozenset[date]
    """Days closed for long whose history is missing, or may not be replaced though raw has changed."""
    past: tuple[date, ...]
    """Days older than the raw retention that have history: their raw objects may be deleted."""
    saved: Mapping[str, frozenset[datetime]]
    """Minutes (UTC) of the last days that have a raw object, by source."""
    strays: tuple[str, ...]
    """Keys and folders in raw/ that belong to no day."""


@dataclass(frozen=True, slots=True)
class BucketScan:
    """Looks at the bucket."""

    raw: RawLayer
    store: HistoryStore
    folder: Path
    memory_mb: int
    logger: Logger

    def scan(self, calendar: Calendar) -> ScanResult:
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
        return ScanResult(
            due=tuple(sorted(sizes, key=lambda day: (sizes[day], day))),
            uncompacted=frozenset(day for day in missing | refused if calendar.overdue(day)),
            past=tuple(day for day in closed if not calendar.retained(day) and day not in missing),
            saved={source: frozenset(minutes) for source, minutes in saved.items()},
            strays=folders.strays,
        )

    def _differing(self, listing: DayListing) -> CurrentHistory | None:
        """The day's history objects, if any is of other raw objects than those that are there."""
        standing = {history.name: self.store.head(history, listing.day) for history in HISTORIES}
        digests = {each.raw_digest if each else None for each in standing.values()}
        return None if digests == {listing.digest} or not (listing.objects or listing.unexpected_objects) else standing

    def _would_shrink(self, listing: DayListing, standing: CurrentHistory) -> bool:
        try:
            with emptied(self.folder) as folder, engine(folder, self.memory_mb) as duck:
                ShrinkGuard(self.store, duck, listing, standing).check_minutes(folder)
        except HistoryWouldShrink:
            return True
        except DayChanged:
            return False
        except CompactorError as error:
            self.logger.warning("not known whether history would shrink", day=str(listing.day), error=str(error))
        return False


MIN_REMAINING_S: Final = 60.0
"""What must be left of the invocation to begin another day."""

MAX_NAMED: Final = 10
"""Days that one message names."""


@dataclass(frozen=True, slots=True)
class Run:
    """One invocation's work."""

    raw: RawLayer
    scanner: BucketScan
    compactor: DayCompactor
    pruner: RawPruner
    reporter: Reporter
    calendar: Calendar
    remaining_s: Callable[[], float]
    """Seconds that the invocation has left."""
    logger: Logger
    failures: dict[date, Exception] = field(default_factory=dict)
    """What became of the days that could not be compacted or pruned."""

    def by_hand(self, day: date) -> dict[str, Any]:
        """Compact one closed day anew, whatever its age. Returns a summary; raises CompactorError."""
        if not self.calendar.closed(day):
            raise RejectedEvent(f"{day} is not over: a day can be compacted from 00:15 UTC of the next day")
        if not self.raw.holds_anything(day):
            raise RejectedEvent(f"{day} has no raw objects: there is nothing to compact")
        return self.compactor.compact(day, every=True)

    def hourly(self) -> dict[str, Any]:
        """Do the hour's work. Returns a summary; raises DaysFailed at the end, when all else is done."""
        scan = self.scanner.scan(self.calendar)
        self.reporter.uncompacted(scan.uncompacted)
        self.reporter.strays(scan.strays)
        self.reporter.unpublished(scan.saved, self.calendar.now)
        compacted = self._compact(scan.due)
        shrinking = {
            day
            for day, error in self.failures.items()
            if isinstance(error, HistoryWouldShrink) and self.calendar.overdue(day)
        }
        if not shrinking <= scan.uncompacted:
            self.reporter.uncompacted(scan.uncompacted | shrinking)
        deleted = self._delete_expired(scan.past)
        if self.failures:
            named = [f"{day}: {_why(error)}" for day, error in sorted(self.failures.items())]
            raise DaysFailed(f"{len(named)} days failed, the others did not. {'; '.join(named[:MAX_NAMED])}")
        summary: dict[str, Any] = {
            "compacted": compacted,
            "uncompacted": [str(day) for day in sorted(scan.uncompacted)],
            "raw_objects_deleted": deleted,
        }
        self.logger.info("hour done", **summary)
        return summary

    def _compact(self, days: Sequence[date]) -> list[dict[str, Any]]:
        done: list[dict[str, Any]] = []
        for position, day in enumerate(days):
            if self.remaining_s() < MIN_REMAINING_S:
                self._out_of_time("no time left to compact these days: the next hour goes on", days[position:])
                break
            try:
                done.append(self.compactor.compact(day, every=False))
            except Exception as error:
                # One day's trouble, of whatever kind, must not become another's.
                self._failed("day not compacted", day, error)
        return done

    def _delete_expired(self, days: Sequence[date]) -> int:
        deleted = 0
        kept: dict[str, list[date]] = {}
        for position, day in enumerate(days):
            if self.remaining_s() < MIN_REMAINING_S:
                self._out_of_time(
                    "no time left to delete the raw objects of these days: the next hour goes on", days[position:]
                )
                break
            try:
                deleted += self.pruner.delete_expired(day)
            except Kept as why:
                kept.setdefault(str(why), []).append(day)
            except Exception as error:
                self._failed("raw objects not deleted", day, error)
        self.reporter.deleted(deleted, kept)
        return deleted

    def _out_of_time(self, what: str, days: Sequence[date]) -> None:
        self.logger.warning(what, count=len(days), days=[str(day) for day in days[:MAX_NAMED]])

    def _failed(self, what: str, day: date, error: Exception) -> None:
        self.failures[day] = error
        if isinstance(error, CompactorError):
            self.logger.error(what, day=str(day), error=str(error))
        else:
            self.logger.error(what, day=str(day), exc_info=error)


def _why(error: Exception) -> str:
    return str(error) if isinstance(error, CompactorError) else type(error).__name__
