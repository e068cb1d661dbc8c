"""One day, told in order: list it, look at its history, compact, check, write.

The report goes before the last history object: a run that is killed anywhere leaves a table to write, and the next run
writes the report with it. Of two runs at once that saw different raw objects, the report may be the loser's: then its
`raw_digest` is not that of the history objects.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

from aws_lambda_powertools import Logger

from aws.embedded_metrics import print_metrics
from compactor.compaction import Compacted, compact, emptied
from compactor.engine import engine
from compactor.errors import DayChanged, NotRead
from compactor.fetching import Fetcher
from compactor.history import HistoryStore, Made, Put
from compactor.keeping import Keeper, Standing
from compactor.listing import DayListing, RawLayer
from compactor.report import ReportStore, report_of
from contract.lake import HISTORIES, USAGE, History, report_key

BEGINNINGS: Final = 3
"""Of a day that changes while it is read."""

TOLD: Final = 20
"""Findings that the log names; the report names more."""


@dataclass(frozen=True, slots=True)
class Settler:
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

    def settle(self, day: date, *, every: bool) -> dict[str, Any]:
        """Write the day's history objects that are missing or of other raw objects; all of them if `every`.

        Returns a summary. Raises CompactorError when a person must act, or the next hour.
        """
        for _ in range(BEGINNINGS):
            try:
                return self._settle(day, every=every)
            except DayChanged as changed:
                self.logger.info("the day changed while it was read: begun anew", key=str(changed))
        raise NotRead(f"{day} changed each of the {BEGINNINGS} times that it was read")

    def _settle(self, day: date, *, every: bool) -> dict[str, Any]:
        began = self.monotonic()
        # History first: a run that lists later and writes earlier than this one has then replaced what was looked at.
        standing = {history.name: self.store.head(history, day) for history in HISTORIES}
        listing = self.raw.day(day)
        due = [history for history in HISTORIES if every or _differs(standing, history, listing)]
        if not due or not (listing.objects or listing.aliens):
            return {"day": day.isoformat(), "nothing_to_do": "its history is that of its raw objects"}
        with emptied(self.folder) as folder, engine(folder, self.memory_mb) as duck:
            keeper = Keeper(self.store, duck, listing, standing)
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
        summary = {**{key: value for key, value in report.items() if key != "set_aside"}, "history": puts}
        summary["set_aside"] = compacted.findings.set_aside
        if Put.OVERTAKEN in puts.values():
            self.logger.warning("the day changed while it was compacted: the next hour compares again", **summary)
        else:
            self._tell(day, compacted, self.monotonic() - began)
            self.logger.info("day compacted", **summary)
        return summary

    def _write(
        self,
        due: Sequence[History],
        listing: DayListing,
        compacted: Compacted,
        standing: Standing,
        report: dict[str, Any],
    ) -> dict[str, str]:
        made = Made(self.run_id, len(listing.objects), listing.digest, compacted.findings.set_aside)
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
            if put is Put.OVERTAKEN:
                break
        return puts

    def _tell(self, day: date, compacted: Compacted, seconds: float) -> None:
        findings = compacted.findings
        values = {"CompactedRows": [float(compacted.rows[USAGE.name])], "CompactionDuration": [seconds]}
        if findings.objects or findings.aliens:
            values["RawObjectsSetAside"] = [float(findings.objects + findings.aliens)]
        if findings.lines or findings.applications:
            values["RawLinesSetAside"] = [float(findings.lines + findings.applications)]
        if findings.listed:
            self.logger.warning(
                "some of the day is not in history: see its report, and docs/operations.md#set-aside",
                report=report_key(day),
                first=[asdict(each) for each in findings.listed[:TOLD]],
            )
        print_metrics({}, values, self.clock())


def _differs(standing: Standing, history: History, listing: DayListing) -> bool:
    there = standing[history.name]
    return there is None or there.raw_digest != listing.digest
