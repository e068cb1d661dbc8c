"""What the demo claims holds of a perfect night, and falls when something is not as it should be."""

import copy
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from contract.raw import Reason
from tests.demo.books import Line, Series
from tests.demo.claim import Claim
from tests.demo.claims import claims
from tests.demo.claims_of_conduct import (
    failures_are_reported,
    nothing_was_refused,
    published_marks_whole_minutes,
    tokens_stay_secret,
)
from tests.demo.claims_of_numbers import (
    cloudwatch_is_what_s3_holds,
    idle_is_zero,
    once_in_cloudwatch,
    once_in_s3,
    s3_is_what_was_served,
    unknown_is_absent,
    unknown_is_what_was_announced,
)
from tests.demo.evidence import Evidence, TokenSearch
from tests.demo.night import GAMES, IDLE, MAIL, SSH
from tests.end_to_end_demo.perfect_night import minute, perfect_night

Spoil = Callable[[Evidence], Evidence]

IDLE_SERIES = Series(GAMES, f"{IDLE} tcp/25566", "BytesEgress")
CALM = "23:00"
"""A minute in which nothing goes wrong."""


def with_value(series: Series, at: datetime, value: float | None) -> Spoil:
    """CloudWatch has this in this minute; None: nothing."""

    def spoil(evidence: Evidence) -> Evidence:
        values = {key: each for key, each in evidence.traffic.get(series, {}).items() if key != at}
        return replace(
            evidence, traffic={**evidence.traffic, series: values if value is None else {**values, at: value}}
        )

    return spoil


def with_line(zone: str, at: datetime, change: Callable[[dict[str, Any]], object]) -> Spoil:
    """S3's line of this zone and minute is changed."""

    def spoil(evidence: Evidence) -> Evidence:
        def changed(line: Line) -> Line:
            if (line.zone, line.minute) != (zone, at):
                return line
            row = copy.deepcopy(dict(line.row))
            change(row)
            return replace(line, row=row)

        return replace(evidence, lines=tuple(changed(line) for line in evidence.lines))

    return spoil


def with_idle(**columns: object) -> Spoil:
    """The idle application's row says something else."""

    def change(row: dict[str, Any]) -> None:
        next(app for app in row["apps"] if app["app_name"] == IDLE).update(columns)

    return with_line(GAMES, minute(CALM), change)


def with_twice_put(evidence: Evidence) -> Evidence:
    first = next(iter(evidence.puts))
    return replace(evidence, puts=evidence.puts + type(evidence.puts)([first]))


def with_tokens(**found: Any) -> Spoil:
    return lambda evidence: replace(evidence, tokens=replace(TokenSearch(9, 9, ()), **found))


def test_every_claim_holds_of_a_perfect_night() -> None:
    assert {claim.text: claim.objections for claim in claims(perfect_night()) if not claim.holds} == {}


@pytest.mark.parametrize(
    ("claim", "spoil"),
    [
        pytest.param(claim, spoil, id=name)
        for name, claim, spoil in (
            (
                "a number that was not served",
                s3_is_what_was_served,
                with_line(SSH, minute(CALM), lambda row: row["apps"][0].update(bytes_egress=1)),
            ),
            ("a row that was lost", s3_is_what_was_served, with_line(SSH, minute(CALM), lambda row: row["apps"].pop())),
            (
                "a sum that doubled",
                cloudwatch_is_what_s3_holds,
                with_value(Series(MAIL, "", "Connections"), minute(CALM), 1e9),
            ),
            (
                "a minute without data",
                cloudwatch_is_what_s3_holds,
                with_value(Series(MAIL, "", "Connections"), minute(CALM), None),
            ),
            (
                "a series under an id",
                cloudwatch_is_what_s3_holds,
                with_value(Series(MAIL, "c4cf83", "Connections"), minute(CALM), 0),
            ),
            ("a line twice", once_in_s3, lambda night: replace(night, lines=(*night.lines, night.lines[0]))),
            ("a line less", once_in_s3, lambda night: replace(night, lines=night.lines[1:])),
            ("an object less", once_in_s3, lambda night: replace(night, objects=night.objects[1:])),
            ("no duplicate", once_in_s3, lambda night: replace(night, duplicates_refused=0)),
            ("a datum twice", once_in_cloudwatch, with_twice_put),
            (
                "zero for unknown, in CloudWatch",
                unknown_is_absent,
                with_value(Series(MAIL, "", "BytesEgress"), minute("23:18"), 0),
            ),
            (
                "zero for unknown, in S3",
                unknown_is_absent,
                with_line(MAIL, minute("23:18"), lambda row: row["apps"].append({})),
            ),
            (
                "another reason",
                unknown_is_what_was_announced,
                with_line(MAIL, minute("23:18"), lambda row: row.update(reason=Reason.NETWORK)),
            ),
            (
                "a minute more that is unknown",
                unknown_is_what_was_announced,
                with_line(MAIL, minute(CALM), lambda row: row.update(outcome="failed", reason=Reason.NETWORK)),
            ),
            ("idle and absent", idle_is_zero, with_value(IDLE_SERIES, minute(CALM), None)),
            ("idle and not zero", idle_is_zero, with_idle(bytes_egress=1)),
            ("idle and reported", idle_is_zero, with_idle(reported=True)),
            ("a minute not marked", published_marks_whole_minutes, lambda night: replace(night, published={})),
            ("a failure not reported", failures_are_reported, lambda night: replace(night, failed_runs=())),
            ("an event not delivered", failures_are_reported, lambda night: replace(night, missed_events=({},))),
            ("a token in a log", tokens_stay_secret, with_tokens(elsewhere=("log",))),
            ("a search that is blind", tokens_stay_secret, with_tokens(in_secrets_manager=0)),
            ("a call refused", nothing_was_refused, lambda night: replace(night, refused_calls=("s3:PutObject",))),
            ("a line cut", nothing_was_refused, lambda night: replace(night, unusable_logs=("too long",))),
        )
    ],
)
def test_a_claim_falls(claim: Callable[[Evidence], Claim], spoil: Spoil) -> None:
    assert claim(perfect_night()).holds
    assert not claim(spoil(perfect_night())).holds
