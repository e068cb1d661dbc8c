"""What goes wrong in the night, and what should come of it: shown beforehand, and held against the result."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from contract.raw import Reason
from tests.demo.night import APPEARS, GAMES, MAIL, REPLACED, SSH, VANISHES, ZONE_IDS, Night
from tests.demo.scenes import (
    CLOUDWATCH_THROTTLES,
    S3_ANSWER_LOST,
    budget_used_up,
    cloudflare_answers,
    killed_before_publishing,
    new_process,
    token_replaced,
)
from tests.demo.trouble import Leaves, Trouble

TROUBLES: Final = (
    Trouble(
        "22:50",
        "22:54",
        None,
        "429: another program used up the limit",
        "unknown; one try a minute",
        "429, rate limited",
        budget_used_up,
        Leaves.UNKNOWN,
        Reason.RATE_LIMITED,
    ),
    Trouble(
        "23:05",
        "23:05",
        GAMES,
        "answers take a second",
        "nothing is lost",
        "slow answers",
        cloudflare_answers("slow", ZONE_IDS[GAMES], delay_s=1.0),
    ),
    Trouble(
        "23:18",
        "23:19",
        MAIL,
        "HTTP 503, however often it is asked",
        "unknown; other zones whole",
        "503 from one zone",
        cloudflare_answers("http_503_json", ZONE_IDS[MAIL]),
        Leaves.UNKNOWN,
        Reason.SERVER_ERROR,
    ),
    Trouble(
        "23:25",
        "23:25",
        SSH,
        "an answer breaks off half way",
        "asked again: nothing is lost",
        "a cut answer",
        cloudflare_answers("cut_short", ZONE_IDS[SSH], times=1),
    ),
    Trouble(
        "23:31",
        "23:31",
        SSH,
        "HTTP 200 with an HTML page",
        "unknown",
        "HTML for JSON",
        cloudflare_answers("html_200", ZONE_IDS[SSH]),
        Leaves.UNKNOWN,
        Reason.BAD_RESPONSE,
    ),
    Trouble(
        "23:46",
        "23:46",
        GAMES,
        "HTTP 200 that says success: false",
        "unknown, not zero",
        "success: false",
        cloudflare_answers("success_false", ZONE_IDS[GAMES]),
        Leaves.UNKNOWN,
        Reason.SERVER_ERROR,
    ),
    Trouble(
        "23:59",
        "23:59",
        None,
        "Lambda starts a new process",
        "nothing is lost",
        "a cold start",
        new_process,
    ),
    Trouble(
        "00:10",
        "00:10",
        None,
        "the event comes more than 80 s late",
        "unknown: it is not asked",
        "a late event",
        leaves=Leaves.UNKNOWN,
        reason=Reason.LATE_EVENT,
    ),
    Trouble(
        "00:20",
        "00:22",
        None,
        f"token revoked, replaced at {REPLACED}",
        "unknown; no deploy needed",
        "the token is revoked",
        token_replaced,
        Leaves.UNKNOWN,
        Reason.UNAUTHORIZED,
    ),
    Trouble(
        "00:35",
        "00:35",
        None,
        "S3 stores it, but its answer is lost",
        "once in S3",
        "S3's answer is lost",
        S3_ANSWER_LOST,
    ),
    Trouble(
        "00:44",
        "00:44",
        None,
        "CloudWatch throttles, twice",
        "once in CloudWatch",
        "CloudWatch throttles",
        CLOUDWATCH_THROTTLES,
    ),
    Trouble(
        "00:55",
        "00:55",
        None,
        "the function is killed once S3 has it",
        "in S3, not in CloudWatch",
        "killed half way",
        killed_before_publishing,
        Leaves.S3_ONLY,
    ),
)

CHANGES: Final = (
    (APPEARS[1], GAMES, f"first minute of {APPEARS[0]}", "its series begins"),
    (VANISHES[1], MAIL, f"last minute of {VANISHES[0]}", "zero until listed anew"),
)
"""What changes at Cloudflare without being a trouble."""


def expected_unknown(night: Night) -> Mapping[tuple[datetime, str], Reason]:
    """For each minute and zone that cannot be known, why."""
    return {
        (minute, zone): trouble.reason
        for trouble in TROUBLES
        if trouble.reason is not None
        for minute in night.between(trouble.first, trouble.last)
        for zone in trouble.zones
    }


def expected_unpublished(night: Night) -> frozenset[datetime]:
    """The minutes that are in S3 and not in CloudWatch."""
    return frozenset(
        minute
        for trouble in TROUBLES
        if trouble.leaves is Leaves.S3_ONLY
        for minute in night.between(trouble.first, trouble.last)
    )
