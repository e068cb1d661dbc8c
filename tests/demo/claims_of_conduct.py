"""Claims about how the function behaved: what it marked, what it reported, what it kept to itself."""

from collections import Counter

from tests.demo.claim import Claim, differences
from tests.demo.evidence import Evidence
from tests.demo.night import MINUTE
from tests.demo.script import expected_unpublished


def published_marks_whole_minutes(evidence: Evidence) -> Claim:
    """The marker that goes last stands for every minute that went before it, and for no other."""
    expected = dict.fromkeys(set(evidence.night.minutes) - expected_unpublished(evidence.night), 1.0)
    text = "`Published` marks exactly the minutes that CloudWatch has whole"
    figures = f"{len(evidence.published)} of {len(evidence.night.minutes)}"
    return Claim(text, figures, tuple(differences(evidence.published, expected)))


def failures_are_reported(evidence: Evidence) -> Claim:
    """Whoever looks into the queues finds what failed, and only that."""
    scheduled = Counter(run["requestPayload"]["scheduled_time"] for run in evidence.failed_runs)
    expected = Counter(f"{at + MINUTE:%Y-%m-%dT%H:%M:%SZ}" for at in expected_unpublished(evidence.night))
    objections = (
        *differences(scheduled, expected),
        *(f"an event that never reached Lambda: {event}" for event in evidence.missed_events),
    )
    figures = f"{len(evidence.failed_runs)} run"
    return Claim("The run that failed is in the failure queue, and no other", figures, tuple(objections))


def tokens_stay_secret(evidence: Evidence) -> Claim:
    """The credential is seen by Secrets Manager and by Cloudflare, and by nobody else."""
    tokens = evidence.tokens
    blind = () if tokens.in_secrets_manager else ("not even in Secrets Manager: the search does not find anything",)
    figures = f"{tokens.searched:,} texts searched"
    text = "Neither token is in a log, an object, a metric or a queue"
    return Claim(text, figures, (*tokens.elsewhere, *blind))


def nothing_was_refused(evidence: Evidence) -> Claim:
    """The deployed role is enough, and nothing was lost on the way to the log."""
    objections = (*evidence.refused_calls, *evidence.unusable_logs)
    figures = f"{len(evidence.invocations)} runs"
    return Claim("The role allowed every call, and the log took every line and metric", figures, objections)
