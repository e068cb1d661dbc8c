"""Whether the reason why a zone was not collected is one that Cloudflare's and AWS's records bear out.

docs/data.md, "Outcomes and reasons"; docs/decisions/007-cloudflare-answers.md.
"""

from collections.abc import Iterator
from typing import Final

from contract.raw import Outcome, Reason
from tests.end_to_end import fault_table as table
from tests.soak.evidence import Line
from tests.soak.happened import Answer, Run
from tests.soak.model.answers import FOREIGN
from tests.soak.model.finding import Sort
from tests.soak.weather import SLOW

LIVE_S: Final = 75
"""docs/data.md: an event older than this is not polled."""
WAITING: Final = frozenset({"slow", "hang", "hang_answer"})
"""Faults of AWS that take a run's time."""

_REASONS: Final = (
    *((reason, frozenset(kinds)) for reason, kinds in table.FAILED.items()),
    ("refused", frozenset(table.BLOCKED)),
    ("rate_limited", frozenset(table.RATE_LIMITED)),
    ("unauthorized", frozenset((*table.UNAUTHORIZED, *table.LOCKED_OUT))),
    # "forbidden if the credential has worked for any zone in this run or the last; else" the credential's.
    ("unauthorized", frozenset(table.FAILED["forbidden"])),
    # A body that does not end in time, or is too large to be read in time.
    *((reason, SLOW) for reason in ("timeout", "network", "bad_response")),
)
"""Why a zone was not collected, and the kinds of fault that bear it out: docs/decisions/007-cloudflare-answers.md."""
_REFUSALS: Final = frozenset({*table.UNAUTHORIZED, *table.LOCKED_OUT, *table.FAILED["forbidden"]})
_LIMITS: Final = frozenset({*table.RATE_LIMITED, *table.USED_UP, "locked_out_10502_in_429"})


def unexplained(line: Line, run: Run, answers: list[Answer]) -> Iterator[tuple[Sort, str]]:
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
    if reason == Reason.BAD_RESPONSE and FOREIGN in kinds:
        # Where no list tells whose an application is, neither of two zones that answer with it is believed.
        return True
    statuses = {answer.status for answer in run.answers}
    own = {answer.status for answer in run.answers if answer.fault is None}
    slow = bool(kinds & SLOW) or any(struck.kind in WAITING for struck in run.struck)
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
            return bool(kinds & _REFUSALS) or 401 in own or 403 in own
        case Reason.RATE_LIMITED if outcome == Outcome.SKIPPED:
            return bool(kinds & _LIMITS) or 429 in statuses
    of_zone = {reason for answer in answers for reason in _reasons_of(answer)}
    return reason in of_zone or (reason == Reason.TIMEOUT and slow)


def _reasons_of(answer: Answer) -> set[str]:
    if answer.fault is None:
        # Cloudflare's own limit and lock-out, after too many of the script's refusals.
        return {"rate_limited"} if answer.status == 429 else {"unauthorized"} if answer.status in (401, 403) else set()
    return {reason for reason, kinds in _REASONS if answer.fault in kinds}
