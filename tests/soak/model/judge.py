"""All of it: what is wrong, what is twice, what nobody explains."""

from tests.soak.evidence import Evidence
from tests.soak.model.finding import Verdict
from tests.soak.model.lake import check_lake
from tests.soak.model.missing import check_missing
from tests.soak.model.published import check_published
from tests.soak.model.saved import check_saved


def judge(evidence: Evidence) -> Verdict:
    """Hold the evidence against what must be there."""
    verdict = Verdict()
    saved = check_saved(evidence, verdict)
    check_missing(evidence, saved, verdict)
    check_published(evidence, saved, verdict)
    check_lake(evidence, saved, verdict)
    return verdict
