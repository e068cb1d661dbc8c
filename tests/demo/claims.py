"""Everything that the demo claims of a night. Each claim is computed from the evidence, and can fail."""

from tests.demo.claim import Claim
from tests.demo.claims_of_conduct import (
    failures_are_reported,
    nothing_was_refused,
    published_marks_whole_minutes,
    tokens_stay_secret,
)
from tests.demo.claims_of_history import athena_sums_what_was_served, the_closed_day_is_one_object_a_table
from tests.demo.claims_of_numbers import (
    cloudwatch_is_what_s3_holds,
    idle_is_zero,
    once_in_cloudwatch,
    once_in_s3,
    s3_is_what_was_served,
    unknown_is_absent,
    unknown_is_what_was_announced,
)
from tests.demo.evidence import Evidence


def claims(evidence: Evidence) -> tuple[Claim, ...]:
    """Everything that is claimed of a night."""
    return (
        s3_is_what_was_served(evidence),
        cloudwatch_is_what_s3_holds(evidence),
        athena_sums_what_was_served(evidence),
        the_closed_day_is_one_object_a_table(evidence),
        once_in_s3(evidence),
        once_in_cloudwatch(evidence),
        unknown_is_absent(evidence),
        unknown_is_what_was_announced(evidence),
        idle_is_zero(evidence),
        published_marks_whole_minutes(evidence),
        failures_are_reported(evidence),
        tokens_stay_secret(evidence),
        nothing_was_refused(evidence),
    )
