"""The model finds what it is there to find: results are spoilt by hand, one way each, and it says so, and no more."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from contract.raw import raw_key
from tests.sandbox.cloudflare import Reading
from tests.sandbox.cloudflare.row_faults import stranger
from tests.soak import handmade
from tests.soak.evidence import Evidence, Line, Message, Point, Unsaved
from tests.soak.handmade import EXACT, KILLED, REFUSED, SOURCE, UNPUBLISHED, UNSAVED
from tests.soak.happened import Fate
from tests.soak.model.answers import STRANGER, said
from tests.soak.model.finding import Sort
from tests.soak.model.judge import judge
from tests.soak.script import MINUTE, Event

Spoil = Callable[[Evidence], Evidence]


def found(evidence: Evidence) -> set[tuple[Sort, str]]:
    """Sort and minute of everything that the model finds."""
    return {(finding.sort, f"{finding.minute:%H:%M}") for finding in judge(evidence).findings if finding.minute}


def lines_of(evidence: Evidence, minute: object, change: Callable[[list[Line]], list[Line]]) -> Evidence:
    """The same evidence with the lines of a minute's object changed, and the views telling the same."""
    key = raw_key(minute, SOURCE)  # type: ignore[arg-type]
    saved = tuple(
        replace(each, lines=tuple(change([dict(line) for line in each.lines]))) if each.key == key else each
        for each in evidence.saved
    )
    return replace(evidence, saved=saved, views=())


def of(minute: object, metric: str = "BytesIngress") -> Callable[[Point], bool]:
    """Whether a datum is of this minute and metric."""
    return lambda point: point.minute == minute and point.metric == metric


def first(evidence: Evidence, wanted: Callable[[Point], bool]) -> Point:
    """The first datum of that kind."""
    return next(point for point in evidence.traffic if wanted(point))


def test_what_is_as_it_should_be_passes_and_every_unknown_has_its_reason() -> None:
    verdict = judge(handmade.evidence())
    assert verdict.findings == []
    assert verdict.lines == {
        "exact": 5,
        "zone_not_found": 1,
        "no object: rows in the log": 2,
        "no object: killed before the write": 2,
    }
    assert verdict.published == {"exact": 2, "part or none: publish_unknown": 1}


def doubled_datum(evidence: Evidence) -> Evidence:
    return replace(evidence, traffic=(*evidence.traffic, first(evidence, of(EXACT))))


def doubled_under_another_name(evidence: Evidence) -> Evidence:
    datum = first(evidence, lambda point: of(EXACT)(point) and len(point.dimensions) == 2)
    app = evidence.saved[0].lines[0]["apps"][0]["app_id"]
    renamed = replace(datum, dimensions=(("Application", app), ("Zone", dict(datum.dimensions)["Zone"])))
    return replace(evidence, traffic=(*evidence.traffic, renamed))


def wrong_datum(evidence: Evidence) -> Evidence:
    datum = first(evidence, of(EXACT))
    others = (point for point in evidence.traffic if point is not datum)
    return replace(evidence, traffic=(*others, replace(datum, sum=datum.sum + 1)))


def wrong_minute(evidence: Evidence) -> Evidence:
    moved = tuple(replace(point, minute=KILLED) if of(EXACT)(point) else point for point in evidence.traffic)
    return replace(evidence, traffic=moved)


def missing_datum(evidence: Evidence) -> Evidence:
    datum = first(evidence, of(EXACT))
    return replace(evidence, traffic=tuple(point for point in evidence.traffic if point is not datum))


def zero_in_cloudwatch(evidence: Evidence) -> Evidence:
    zero = replace(first(evidence, of(EXACT)), minute=REFUSED, dimensions=(("Zone", "changing.example"),), sum=0.0)
    return replace(evidence, traffic=(*evidence.traffic, zero))


def marked_twice(evidence: Evidence) -> Evidence:
    return replace(evidence, health=(*evidence.health, evidence.health[0]))


def marked_unpublished(evidence: Evidence) -> Evidence:
    return replace(evidence, health=(*evidence.health, replace(evidence.health[0], minute=UNPUBLISHED)))


def unmarked(evidence: Evidence) -> Evidence:
    return replace(evidence, health=evidence.health[1:])


def missing_line(evidence: Evidence) -> Evidence:
    return lines_of(evidence, EXACT, lambda lines: lines[:1])


def doubled_line(evidence: Evidence) -> Evidence:
    return lines_of(evidence, REFUSED, lambda lines: [*lines, lines[1]])


def wrong_number(evidence: Evidence) -> Evidence:
    def change(lines: list[Line]) -> list[Line]:
        lines[0]["apps"] = [{**lines[0]["apps"][0], "bytes_egress": 1}, *lines[0]["apps"][1:]]
        return lines

    return lines_of(evidence, UNPUBLISHED, change)


def zero_for_unknown(evidence: Evidence) -> Evidence:
    def change(lines: list[Line]) -> list[Line]:
        app = {**lines[0]["apps"][0], "bytes_ingress": 0, "bytes_egress": 0, "connections": 0.0}
        lines[1] |= {"outcome": "collected", "reason": None, "apps": [app | {"duration_avg_ms": None}]}
        return lines

    return lines_of(evidence, REFUSED, change)


def numbers_of_a_failed_zone(evidence: Evidence) -> Evidence:
    def change(lines: list[Line]) -> list[Line]:
        lines[1]["apps"] = lines[0]["apps"]
        return lines

    return lines_of(evidence, REFUSED, change)


def another_reason(evidence: Evidence) -> Evidence:
    return lines_of(evidence, REFUSED, lambda lines: [lines[0], lines[1] | {"reason": "rate_limited"}])


def given_up_without_need(evidence: Evidence) -> Evidence:
    given_up = {"outcome": "failed", "reason": "timeout", "apps": []}
    return lines_of(evidence, UNPUBLISHED, lambda lines: [lines[0] | given_up, lines[1]])


def written_twice(evidence: Evidence) -> Evidence:
    return replace(evidence, saved=(replace(evidence.saved[0], versions=2), *evidence.saved[1:]))


def written_by_nobody(evidence: Evidence) -> Evidence:
    return replace(evidence, saved=(replace(evidence.saved[0], run="somebody"), *evidence.saved[1:]))


def lost_object(evidence: Evidence) -> Evidence:
    return replace(evidence, saved=evidence.saved[1:], views=())


def log_line_of_not_published_deleted(evidence: Evidence) -> Evidence:
    return replace(evidence, errors=tuple(each for each in evidence.errors if each.error != "NotPublished"))


def rows_deleted_from_the_log(evidence: Evidence) -> Evidence:
    return replace(evidence, unsaved=())


def row_in_the_log_cut(evidence: Evidence) -> Evidence:
    (rows,) = evidence.unsaved
    return replace(evidence, unsaved=(Unsaved(rows.key, rows.request_id, whole=False),))


def more_absent_than_told(evidence: Evidence) -> Evidence:
    told, saved = evidence.errors
    return replace(evidence, errors=(replace(told, message=told.message.replace("20 unknown", "19 unknown")), saved))


def message_deleted(evidence: Evidence) -> Evidence:
    return replace(evidence, failures=evidence.failures[:-1])


def message_too_many(evidence: Evidence) -> Evidence:
    return replace(evidence, failures=(*evidence.failures, Message(SOURCE, EXACT + MINUTE)))


def report_of_the_kill_deleted(evidence: Evidence) -> Evidence:
    return replace(evidence, reports={})


def event_that_vanished(evidence: Evidence) -> Evidence:
    late = replace(evidence.deliveries[0], event=Event(SOURCE, KILLED + 2 * MINUTE), fate=Fate.REFUSED, runs=())
    return replace(evidence, deliveries=(*evidence.deliveries, late))


def view_lacks_a_row(evidence: Evidence) -> Evidence:
    (views,) = evidence.views
    return replace(evidence, views=(replace(views, usage=views.usage[1:]),))


def view_has_a_row_twice(evidence: Evidence) -> Evidence:
    (views,) = evidence.views
    return replace(evidence, views=(replace(views, polls=(*views.polls, views.polls[0])),))


def view_says_another_number(evidence: Evidence) -> Evidence:
    (views,) = evidence.views
    spoilt = {**views.usage[0], "bytes_ingress": 0}
    return replace(evidence, views=(replace(views, usage=(spoilt, *views.usage[1:])),))


@pytest.mark.parametrize(
    ("spoil", "expected"),
    [
        (doubled_datum, {(Sort.TWICE, "23:57")}),
        (doubled_under_another_name, {(Sort.TWICE, "23:57")}),
        (wrong_datum, {(Sort.WRONG, "23:57")}),
        (wrong_minute, {(Sort.WRONG, "00:01"), (Sort.UNEXPLAINED, "23:57")}),
        (missing_datum, {(Sort.UNEXPLAINED, "23:57")}),
        (zero_in_cloudwatch, {(Sort.WRONG, "23:58")}),
        (marked_twice, {(Sort.TWICE, "23:57")}),
        (marked_unpublished, {(Sort.UNEXPLAINED, "23:59")}),
        (unmarked, {(Sort.UNEXPLAINED, "23:57")}),
        # What is not in the lines must not be in CloudWatch either.
        (missing_line, {(Sort.UNEXPLAINED, "23:57"), (Sort.WRONG, "23:57")}),
        (doubled_line, {(Sort.TWICE, "23:58")}),
        (wrong_number, {(Sort.WRONG, "23:59")}),
        (zero_for_unknown, {(Sort.WRONG, "23:58"), (Sort.UNEXPLAINED, "23:58")}),
        (numbers_of_a_failed_zone, {(Sort.WRONG, "23:58"), (Sort.UNEXPLAINED, "23:58")}),
        (another_reason, {(Sort.UNEXPLAINED, "23:58")}),
        (given_up_without_need, {(Sort.UNEXPLAINED, "23:59")}),
        (written_twice, {(Sort.TWICE, "23:57")}),
        (written_by_nobody, {(Sort.WRONG, "23:57")}),
        # Its metrics and its marker stand for nothing, and its run said that it was saved.
        (lost_object, {(Sort.WRONG, "23:57")}),
        (log_line_of_not_published_deleted, {(Sort.UNEXPLAINED, "23:59")}),
        (rows_deleted_from_the_log, {(Sort.UNEXPLAINED, "00:00")}),
        (row_in_the_log_cut, {(Sort.UNEXPLAINED, "00:00")}),
        (more_absent_than_told, {(Sort.UNEXPLAINED, "23:59")}),
        (message_deleted, {(Sort.UNEXPLAINED, "00:02")}),
        (message_too_many, {(Sort.WRONG, "23:58")}),
        (report_of_the_kill_deleted, {(Sort.UNEXPLAINED, "00:01")}),
        (event_that_vanished, {(Sort.UNEXPLAINED, "00:03")}),
        (view_lacks_a_row, {(Sort.UNEXPLAINED, "23:57")}),
        (view_has_a_row_twice, {(Sort.TWICE, "23:57")}),
        (view_says_another_number, {(Sort.WRONG, "23:57"), (Sort.UNEXPLAINED, "23:57")}),
    ],
)
def test_every_way_to_spoil_a_result_is_found(spoil: Spoil, expected: set[tuple[Sort, str]]) -> None:
    assert found(spoil(handmade.evidence())) == expected


def test_after_restore_and_replay_nothing_that_could_be_had_may_be_missing() -> None:
    restored = replace(handmade.evidence(), restored=True)
    assert found(restored) == {(Sort.UNEXPLAINED, f"{minute:%H:%M}") for minute in (UNPUBLISHED, UNSAVED)}


def test_the_hourly_count_of_unpublished_minutes_must_be_right() -> None:
    evidence, hour = handmade.evidence(), KILLED + timedelta(minutes=19)
    counts = {"main": 0.0, SOURCE: 1.0}
    told = tuple(
        Point("UnpublishedMinutes", (("Source", source),), hour, 1.0, value, value, value, "Count")
        for source, value in counts.items()
    )
    right = replace(evidence, health=(*evidence.health, *told), looked_at=hour)
    assert found(right) == set()
    wrong = replace(right, health=(*evidence.health, told[0], replace(told[1], sum=0.0)))
    assert found(wrong) == {(Sort.WRONG, "00:20")}


def test_of_an_application_that_was_not_asked_for_nothing_is_expected() -> None:
    reading = Reading(1, 2, 3, 4.0)
    true = {"a": reading}
    both = said(true, STRANGER)
    assert both is not None
    assert set(both) == {"a", stranger("a")}
    assert said(true, STRANGER, ["a", "b"]) == {"a": (1, 2, 3.0, 4.0)}
    assert said(true, "html_200", ["a"]) is None
