"""Every minute without an object: the log has its rows, or a message or a kill says why there are none.

docs/data.md, "How exact": killed before the write, there is no object; refused by S3, the rows are in the log.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import datetime

from contract.raw import raw_key
from tests.soak.evidence import Evidence, Saved
from tests.soak.happened import Delivery, Fate, Run
from tests.soak.model.finding import Sort, Verdict
from tests.soak.stack import POLLED


def check_missing(evidence: Evidence, saved: Mapping[tuple[str, datetime], Saved], verdict: Verdict) -> None:
    """Judge every event of which there is no object, and every failure of which nobody was told."""
    by_minute: defaultdict[tuple[str, datetime], list[Delivery]] = defaultdict(list)
    for delivery in evidence.deliveries:
        by_minute[delivery.event.source, delivery.event.minute].append(delivery)
    logged = {(each.request_id, each.error) for each in evidence.errors}
    for (source, minute), deliveries in by_minute.items():
        runs = [run for delivery in deliveries for run in delivery.runs]
        if (source, minute) not in saved:
            why = _why_missing(evidence, source, minute, deliveries, verdict)
            verdict.lines[why] += sum(len(list(polled.requests)) for polled in POLLED[source])
        for run in runs:
            if run.error and not run.killed and (run.request_id, run.error) not in logged:
                verdict.add(Sort.UNEXPLAINED, source, minute, f"a run ended as {run.error}, and no log line says so")
            if run.killed and evidence.reports.get(run.request_id) not in ("error", "timeout"):
                verdict.add(Sort.UNEXPLAINED, source, minute, "a run was killed, and Lambda's report does not say so")
    for source, minute in saved.keys() - by_minute.keys():
        verdict.add(Sort.WRONG, source, minute, "an object of a minute for which there was no event")
    _check_messages(evidence, verdict)


def _why_missing(
    evidence: Evidence, source: str, minute: datetime, deliveries: list[Delivery], verdict: Verdict
) -> str:
    runs = [run for delivery in deliveries for run in delivery.runs]
    done = [run for run in runs if not run.error]
    if done:
        verdict.add(Sort.WRONG, source, minute, "a run said that it is saved, or was before, and there is no object")
        return "unexplained"
    refused = [run for run in runs if run.error == "NotSaved"]
    if refused:
        return _not_saved(evidence, source, minute, refused, verdict)
    if any(run.killed for run in runs):
        return "no object: killed before the write"
    if any(run.error == "RejectedEvent" for run in runs):
        return "no object: event rejected, hours too late"
    if not runs and all(delivery.fate is not Fate.RUN for delivery in deliveries):
        return f"no object: {deliveries[0].fate}"
    errors = [run.error for run in runs]
    verdict.add(Sort.UNEXPLAINED, source, minute, f"no object after runs that ended as {errors}")
    return "unexplained"


def _not_saved(evidence: Evidence, source: str, minute: datetime, refused: list[Run], verdict: Verdict) -> str:
    ids = {run.request_id for run in refused}
    key = raw_key(minute, source)
    rows = [each for each in evidence.unsaved if each.key == key and each.request_id in ids and each.whole]
    if not rows:
        verdict.add(Sort.UNEXPLAINED, source, minute, "S3 refused its object, and its rows are not whole in the log")
        return "unexplained"
    if evidence.restored:
        verdict.add(Sort.UNEXPLAINED, source, minute, "its rows are whole in the log, and were not restored")
    return "no object: rows in the log"


def _check_messages(evidence: Evidence, verdict: Verdict) -> None:
    """A message for every run that failed and every event that did not get so far, and no other."""
    failed: Counter[tuple[str, datetime]] = Counter()
    undelivered: Counter[tuple[str, datetime]] = Counter()
    for delivery in evidence.deliveries:
        where = (delivery.event.source, delivery.event.scheduled)
        if delivery.fate is Fate.REFUSED:
            undelivered[where] += 1
        elif delivery.fate is Fate.TOO_OLD or any(run.error for run in delivery.runs):
            failed[where] += 1
    for told, expected, queue in (
        (evidence.failures, failed, "queue of failures"),
        (evidence.undelivered, undelivered, "schedule's queue"),
    ):
        there = Counter((message.source, message.scheduled) for message in told)
        for source, scheduled in expected - there:
            verdict.add(Sort.UNEXPLAINED, source, scheduled, f"an event failed, and no message of it is in the {queue}")
        for source, scheduled in there - expected:
            verdict.add(Sort.WRONG, source, scheduled, f"a message in the {queue} of an event that did not fail")
