"""Every line in S3 against Cloudflare's answers: exact, or not collected for a reason that can be seen.

docs/data.md: "Nothing unknown is ever written as 0"; an answer is taken whole or not at all.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

from contract.raw import MINUTE_FORMAT, Outcome, Reason, raw_object_of
from tests.end_to_end import fault_table as table
from tests.soak.evidence import Evidence, Line, Saved
from tests.soak.happened import Answer, Numbers, Run
from tests.soak.model.finding import Sort, Verdict
from tests.soak.stack import POLLED
from tests.soak.weather import SLOW

LIVE_S: Final = 75
"""docs/data.md: an event older than this is not polled."""
NAMES_ASKED: Final = 3
"""docs/data.md: "S3 does not tell the kept names to a new process, three times"."""
LIST_COUNTS: Final = timedelta(hours=24)
"""Lists older than this do not say that an application is idle."""

_REASONS: Final = (
    *((reason, frozenset(kinds)) for reason, kinds in table.FAILED.items()),
    ("rate_limited", frozenset(table.RATE_LIMITED)),
    ("unauthorized", frozenset((*table.UNAUTHORIZED, *table.LOCKED_OUT))),
    # "forbidden if the credential has worked for any zone in this run or the last; else" the credential's.
    ("unauthorized", frozenset(table.FAILED["forbidden"])),
    # A body that does not end in time, or is too large to be read in time.
    *((reason, SLOW) for reason in ("timeout", "network", "bad_response")),
)
"""Why a zone was not collected, and the kinds of fault that bear it out: docs/design.md, "What Cloudflare answers"."""
_REFUSALS: Final = frozenset({*table.UNAUTHORIZED, *table.LOCKED_OUT, *table.FAILED["forbidden"]})
_LIMITS: Final = frozenset({*table.RATE_LIMITED, "locked_out_10502_in_429"})
_WAITING: Final = frozenset({"slow", "hang", "hang_answer"})


def check_saved(evidence: Evidence, verdict: Verdict) -> dict[tuple[str, datetime], Saved]:
    """Judge every object, and return them by source and minute."""
    runs = {run.request_id: run for delivery in evidence.deliveries for run in delivery.runs}
    found: dict[tuple[str, datetime], Saved] = {}
    for saved in evidence.saved:
        named = raw_object_of(saved.key)
        if named is None:
            verdict.add(Sort.WRONG, "?", None, f"{saved.key} is no name of a raw object")
            continue
        minute, source = named
        found[source, minute] = saved
        if saved.versions > 1:
            verdict.add(Sort.TWICE, source, minute, f"its object was written {saved.versions} times")
        run = runs.get(saved.run)
        if run is None or (run.source, run.minute) != (source, minute):
            verdict.add(Sort.WRONG, source, minute, f"its object names a run that was not this minute's: {saved.run}")
            continue
        _check_object(evidence, verdict, saved, run)
    return found


def _check_object(evidence: Evidence, verdict: Verdict, saved: Saved, run: Run) -> None:
    wanted = Counter(request for polled in POLLED[run.source] for request in polled.requests)
    there = Counter((line["zone_id"], line["colo"]) for line in saved.lines)
    for (zone_id, colo), number in (there - wanted).items():
        sort = Sort.TWICE if (zone_id, colo) in wanted else Sort.WRONG
        verdict.add(sort, run.source, run.minute, f"{number} lines too many of {zone_id} {colo}")
    for zone_id, colo in wanted - there:
        verdict.add(Sort.UNEXPLAINED, run.source, run.minute, f"no line of {zone_id} {colo} in its object")
    for line in saved.lines:
        if (line["zone_id"], line["colo"]) in wanted:
            for sort, what in _faults_of(evidence, line, run):
                where = f"{line['zone_id']} {line['colo'] or ''}".strip()
                verdict.add(sort, run.source, run.minute, f"{where}: {what}")
        verdict.lines["exact" if line["outcome"] == Outcome.COLLECTED else str(line["reason"])] += 1


def _faults_of(evidence: Evidence, line: Line, run: Run) -> Iterator[tuple[Sort, str]]:
    if line["minute"] != run.minute.strftime(MINUTE_FORMAT) or line["source"] != run.source:
        yield Sort.WRONG, f"it says {line['source']} {line['minute']}"
    observed = datetime.fromisoformat(line["observed_at"]).replace(tzinfo=UTC)
    if not run.at <= observed + timedelta(seconds=1) <= run.at + timedelta(seconds=run.duration_s + 2):
        yield Sort.WRONG, f"observed at {observed}, by a run that began at {run.at}"
    answers = [each for each in run.answers if (each.zone_id, each.colo) == (line["zone_id"], line["colo"])]
    if line["outcome"] == Outcome.COLLECTED:
        yield from _faults_of_numbers(evidence, line, run, answers)
    else:
        if line["apps"]:
            yield Sort.WRONG, f"{line['outcome']} {line['reason']}, and yet numbers: {line['apps']}"
        yield from _unexplained(line, run, answers)


def _faults_of_numbers(evidence: Evidence, line: Line, run: Run, answers: list[Answer]) -> Iterator[tuple[Sort, str]]:
    if line["reason"] is not None or run.late_s > LIVE_S:
        yield Sort.WRONG, f"collected by a run that was {run.late_s:.0f} s late, reason {line['reason']}"
    ids = Counter(app["app_id"] for app in line["apps"])
    if max(ids.values(), default=1) > 1:
        yield Sort.TWICE, f"an application twice: {ids}"
    reported = {app["app_id"]: _numbers(app) for app in line["apps"] if app["reported"]}
    truths = [answer for answer in answers if answer.numbers is not None and answer.numbers == reported]
    if not truths:
        said = [answer.numbers for answer in answers]
        yield Sort.WRONG, f"collected {reported}, Cloudflare said {said}"
        return
    left_out = {app["app_id"] for app in line["apps"] if not app["reported"]}
    not_zero = [app for app in line["apps"] if not app["reported"] and _numbers(app) != (0, 0, 0.0, None)]
    if not_zero:
        yield Sort.WRONG, f"left out by the answer, and not zero: {not_zero}"
    must, may = _idle(evidence, line["zone_id"], run, set(reported))
    if left_out - may:
        yield Sort.WRONG, f"zeros of applications that there are not: {sorted(left_out - may)}"
    if must - left_out:
        yield Sort.UNEXPLAINED, f"no zeros of applications that are idle: {sorted(must - left_out)}"


def _numbers(app: Line) -> Numbers:
    return app["bytes_ingress"], app["bytes_egress"], app["connections"], app["duration_avg_ms"]


def _idle(evidence: Evidence, zone_id: str, run: Run, reported: set[str]) -> tuple[set[str], set[str]]:
    """Applications that must have zeros as the answer left them out, and those that may have.

    They must, if a list has named them: not before the first list was kept, nor in a run to which S3 did not tell the
    kept names, nor where a disturbed list came within the last day. An application that ended may have zeros until its
    end was read, a day later at most; one that has begun is known within the minute.
    """
    zone = evidence.world.zone(zone_id)
    assert zone is not None
    chosen = next(polled.app_ids for polled in POLLED[run.source] if polled.zone_id == zone_id)
    apps = [app for app in zone.applications if not chosen or app.id in chosen]
    there = {app.id for app in apps if run.minute in app.exists}
    gone = {
        app.id
        for app in apps
        if app.exists.last is not None and timedelta() < run.minute - app.exists.last <= LIST_COUNTS
    }
    # An event may be polled a minute late, and its answer describe the next minute: the list knows more than it.
    fresh = {app.id for app in apps if app.exists.first is not None and run.minute < app.exists.first}
    unsure = run.minute <= evidence.calm_until or badly_listed(evidence, zone_id, run.at) or names_untold(run)
    young = {app.id for app in apps if app.exists.first is not None and run.minute - app.exists.first <= LIST_COUNTS}
    return (set() if unsure else there - reported - young), (there | gone | fresh) - reported


def badly_listed(evidence: Evidence, zone_id: str, at: datetime) -> bool:
    """Whether a disturbed list of this zone's names came within the day before."""
    return any(
        zone_id in run.listed_badly and timedelta() <= at - run.at <= LIST_COUNTS
        for delivery in evidence.deliveries
        for run in delivery.runs
    )


def names_untold(run: Run) -> bool:
    """Whether S3 may not have told the run the kept names: it asks three times, if time allows."""
    kinds = [struck.kind for struck in run.struck if (struck.operation, struck.key[:8]) == ("GetObject", "catalog/")]
    failed = [kind for kind in kinds if kind != "slow"]
    return len(failed) >= NAMES_ASKED or any(kind in _WAITING for kind in failed)


def _unexplained(line: Line, run: Run, answers: list[Answer]) -> Iterator[tuple[Sort, str]]:
    """Whether the reason in the line is one that the record bears out."""
    outcome, reason = line["outcome"], line["reason"]
    late = run.late_s > LIVE_S
    if late != (reason == Reason.LATE_EVENT):
        yield Sort.UNEXPLAINED, f"{outcome} {reason}, {run.late_s:.0f} s late"
    if (outcome == Outcome.SKIPPED) != (line["attempts"] == 0):
        yield Sort.WRONG, f"{outcome} after {line['attempts']} attempts"
    if run.alone and reason not in (Reason.TIMEOUT, Reason.DEADLINE) and line["attempts"] != len(answers):
        yield Sort.WRONG, f"{line['attempts']} attempts, Cloudflare counted {len(answers)}"
    if not _borne_out(reason, outcome, run, answers):
        seen = [(answer.status, answer.fault) for answer in answers]
        yield Sort.UNEXPLAINED, f"{outcome} {reason} ({line['error_message']}), Cloudflare's record has {seen}"


def _borne_out(reason: str, outcome: str, run: Run, answers: list[Answer]) -> bool:
    kinds = {answer.fault for answer in run.answers if answer.fault}
    statuses = {answer.status for answer in run.answers}
    slow = bool(kinds & SLOW) or any(struck.kind in _WAITING for struck in run.struck)
    if any(answer.numbers is not None for answer in answers) and not slow and run.alone:
        return False
    match reason:
        case Reason.LATE_EVENT:
            return True
        case Reason.SECRET_UNAVAILABLE:
            return any(struck.operation == "GetSecretValue" for struck in run.struck)
        case Reason.DEADLINE:
            return slow or bool(run.struck) or bool(kinds)
        case Reason.AUTH_LOCKOUT_GUARD:
            return bool(kinds & _REFUSALS) or 401 in statuses or 403 in statuses
        case Reason.RATE_LIMITED if outcome == Outcome.SKIPPED:
            return bool(kinds & _LIMITS) or 429 in statuses
    of_zone = {reason for answer in answers for reason in _reasons_of(answer)}
    return reason in of_zone or (reason == Reason.TIMEOUT and slow)


def _reasons_of(answer: Answer) -> set[str]:
    if answer.fault is None:
        # Cloudflare's own limit and lock-out, after too many of the script's refusals.
        return {"rate_limited"} if answer.status == 429 else {"unauthorized"} if answer.status in (401, 403) else set()
    return {reason for reason, kinds in _REASONS if answer.fault in kinds}
