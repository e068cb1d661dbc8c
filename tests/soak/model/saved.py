"""Every line in S3 against Cloudflare's answers: exact, or not collected for a reason that can be seen.

docs/data.md: "Nothing unknown is ever written as 0"; an answer is taken whole or not at all.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from contract.raw import MINUTE_FORMAT, Outcome, raw_object_of
from tests.soak.evidence import Evidence, Line, Saved
from tests.soak.happened import Answer, Numbers, Run
from tests.soak.model.answers import FOREIGN
from tests.soak.model.finding import Sort, Verdict
from tests.soak.model.naming import anybodys, idle
from tests.soak.model.reasons import LIVE_S, unexplained
from tests.soak.stack import POLLED


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
        yield from unexplained(line, run, answers)


def _faults_of_numbers(evidence: Evidence, line: Line, run: Run, answers: list[Answer]) -> Iterator[tuple[Sort, str]]:
    if line["reason"] is not None or run.late_s > LIVE_S:
        yield Sort.WRONG, f"collected by a run that was {run.late_s:.0f} s late, reason {line['reason']}"
    ids = Counter(app["app_id"] for app in line["apps"])
    if max(ids.values(), default=1) > 1:
        yield Sort.TWICE, f"an application twice: {ids}"
    reported = {app["app_id"]: _numbers(app) for app in line["apps"] if app["reported"]}
    truths = [answer for answer in answers if answer.numbers is not None and answer.numbers == reported]
    if truths and all(answer.fault == FOREIGN for answer in truths) and not anybodys(evidence, line["zone_id"], run):
        yield Sort.WRONG, f"collected {reported}, one of which a list has in another zone"
    if not truths:
        said = [answer.numbers for answer in answers]
        yield Sort.WRONG, f"collected {reported}, Cloudflare said {said}"
        return
    left_out = {app["app_id"] for app in line["apps"] if not app["reported"]}
    not_zero = [app for app in line["apps"] if not app["reported"] and _numbers(app) != (0, 0, 0.0, None)]
    if not_zero:
        yield Sort.WRONG, f"left out by the answer, and not zero: {not_zero}"
    must, may = idle(evidence, line["zone_id"], run, set(reported))
    if left_out - may:
        yield Sort.WRONG, f"zeros of applications that there are not: {sorted(left_out - may)}"
    if must - left_out:
        yield Sort.UNEXPLAINED, f"no zeros of applications that are idle: {sorted(must - left_out)}"


def _numbers(app: Line) -> Numbers:
    return app["bytes_ingress"], app["bytes_egress"], app["connections"], app["duration_avg_ms"]
