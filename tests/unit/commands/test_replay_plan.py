"""Which minutes may be replayed, in which portions, at what cost."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commands._aws import CommandFailed
from commands._minutes import MINUTE as ONE
from commands._minutes import Span
from commands._saved import SavedMinute
from commands.replay.plan import MOST_POINTS, MOST_QUERIES, cost_of, describe_spans, portions, span_of
from tests.unit.examples import MINUTE, source, zone

NOW = datetime(2026, 11, 23, 12, 0, 30, tzinfo=UTC)
YOUNGEST = datetime(2026, 11, 23, 11, 45, tzinfo=UTC)
OLDEST = datetime(2026, 11, 9, 12, 1, tzinfo=UTC)


def saved(after: int, of: str = "main") -> SavedMinute:
    return SavedMinute(of, MINUTE + after * ONE, f"raw/{of}/{after}", NOW)


def test_by_default_the_last_24_hours_are_looked_at_up_to_15_minutes_ago() -> None:
    assert span_of(None, None, NOW) == Span(YOUNGEST - timedelta(hours=24), YOUNGEST)


def test_everything_that_cloudwatch_takes_can_be_asked_for() -> None:
    assert span_of(OLDEST, YOUNGEST, NOW) == Span(OLDEST, YOUNGEST)
    assert span_of(OLDEST, None, NOW) == Span(OLDEST, YOUNGEST)
    assert span_of(None, OLDEST + ONE, NOW) == Span(OLDEST, OLDEST + ONE)


@pytest.mark.parametrize(
    ("first", "last", "why"),
    [
        (OLDEST - ONE, None, "2026-11-09T12:00 is too old: CloudWatch takes two weeks, now from 2026-11-09T12:01 on"),
        (None, OLDEST - ONE, "is after"),
        (OLDEST - ONE, OLDEST - ONE, "is too old"),
        (None, YOUNGEST + ONE, "2026-11-23T11:46 is too young: .* now 2026-11-23T11:45"),
        (NOW.replace(second=0), None, "2026-11-23T12:00 is too young: .* now 2026-11-23T11:45"),
        (NOW + ONE, None, "2026-11-23T12:01 lies in the future: it is 2026-11-23T12:00, UTC"),
        (None, NOW + timedelta(days=400), "2027-12-28T12:00 lies in the future"),
        (YOUNGEST, YOUNGEST - ONE, "2026-11-23T11:45 is after 2026-11-23T11:44"),
    ],
)
def test_other_minutes_are_refused_with_the_reason(first: datetime | None, last: datetime | None, why: str) -> None:
    with pytest.raises(CommandFailed, match=why):
        span_of(first, last, NOW)


@given(st.sets(st.tuples(st.sampled_from(["edge", "main"]), st.integers(0, 3_000)), max_size=60))
def test_portions_hold_every_minute_once_each_of_one_source_and_no_longer_than_one_request(
    chosen: set[tuple[str, int]],
) -> None:
    minutes = sorted(saved(after, of) for of, after in chosen)
    cut = list(portions(minutes))
    assert [each for portion in cut for each in portion] == minutes
    for portion in cut:
        assert len({each.source for each in portion}) == 1
        length = (portion[-1].minute - portion[0].minute) // ONE + 1
        assert length * MOST_QUERIES <= MOST_POINTS
    for one, other in pairwise(cut):
        apart = (other[-1].minute - one[0].minute) // ONE + 1
        assert one[0].source != other[0].source or apart * MOST_QUERIES > MOST_POINTS


@pytest.mark.parametrize(("last", "count"), [(200, 1), (201, 2)])
def test_a_portion_is_as_long_as_fits_and_no_minute_longer(last: int, count: int) -> None:
    assert len(list(portions([saved(0), saved(last)]))) == count


def test_the_cost_is_what_the_configuration_can_lead_to_at_most() -> None:
    sources = {"main": source(zone(1), zone(2), metric_limit=1_000), "edge": source(name="edge", levels=("zone",))}
    cost = cost_of([*(saved(after, "edge") for after in range(3)), *(saved(after) for after in (0, 1, 500))], sources)
    assert cost.metrics == 1 * 4 + 2 * (2 * 4 + 1_000)
    assert cost.requests == 3 * 2 + 3 * 3
    assert 0.02 < cost.dollars < 0.03
    assert str(cost) == "asks CloudWatch for at most 2,020 metrics and sends it at most 15 requests: less than $0.03"


def test_a_source_that_is_not_configured_costs_nothing() -> None:
    assert cost_of([saved(0, "gone")], {}).metrics == 0


def test_minutes_are_told_as_spans() -> None:
    minutes = [saved(3, "edge"), *(saved(after) for after in (0, 1, 2, 7))]
    assert list(describe_spans(minutes)) == [
        "edge: 1 minute: 2026-11-23T10:03",
        "main: 4 minutes: 2026-11-23T10:00 to 2026-11-23T10:02, 2026-11-23T10:07",
    ]
