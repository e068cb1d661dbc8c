"""The alarms' judgement against the tables of AWS's documentation.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html, read in 2026: the two
tables of "How alarm state is evaluated when data is missing" row by row, with the page's own letters, and the examples
of "Avoiding premature transitions to alarm state".
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.sandbox.cloudwatch.alarms.definition import Comparison, Missing
from tests.sandbox.cloudwatch.alarms.judgement import Rule
from tests.sandbox.cloudwatch.alarms.state import State

ALARM, OK, UNKNOWN = State.ALARM, State.OK, State.INSUFFICIENT_DATA
RETAINED = None

THREE_OF_THREE = {
    "0 - X - X": (OK, OK, OK, OK),
    "0 - - - -": (OK, OK, OK, OK),
    "- - - - -": (UNKNOWN, RETAINED, ALARM, OK),
    "0 X X - X": (ALARM, ALARM, ALARM, ALARM),
    "- - X - -": (ALARM, RETAINED, ALARM, OK),
}
"""MISSING, IGNORE, BREACHING, NOT BREACHING: the columns of the page."""

TWO_OF_THREE = {
    "0 - X - X": (ALARM, ALARM, ALARM, ALARM),
    "0 0 X 0 X": (ALARM, ALARM, ALARM, ALARM),
    "0 - X - -": (OK, OK, ALARM, OK),
    "- - - - 0": (OK, OK, ALARM, OK),
    "- - - X -": (ALARM, RETAINED, ALARM, OK),
}

TREATMENTS = (Missing.MISSING, Missing.IGNORE, Missing.BREACHING, Missing.NOT_BREACHING)
POINT = {"0": False, "O": False, "X": True, "-": None}

points_of_any_kind = st.lists(st.sampled_from([True, False, None]), min_size=5, max_size=5)


def judged(points: str, needed: int, missing: Missing, current: State) -> State:
    return Rule(3, needed, missing).judge([POINT[letter] for letter in points.split()], current)


@pytest.mark.parametrize("current", State)
@pytest.mark.parametrize("points", THREE_OF_THREE)
def test_three_out_of_three_as_in_the_table(points: str, current: State) -> None:
    for missing, state in zip(TREATMENTS, THREE_OF_THREE[points], strict=True):
        assert judged(points, 3, missing, current) is (state or current), missing


@pytest.mark.parametrize("current", State)
@pytest.mark.parametrize("points", TWO_OF_THREE)
def test_two_out_of_three_as_in_the_table(points: str, current: State) -> None:
    for missing, state in zip(TREATMENTS, TWO_OF_THREE[points], strict=True):
        assert judged(points, 2, missing, current) is (state or current), missing


def test_three_evaluation_periods_have_the_range_of_five_of_the_examples() -> None:
    assert Rule(3, 3, Missing.MISSING).points == 5


@pytest.mark.parametrize("points", ["- - - - X", "- - - X -", "- - - X O", "- - X - O"])
def test_a_breach_that_the_next_good_point_may_follow_is_no_alarm_yet(points: str) -> None:
    assert judged(points, 3, Missing.MISSING, OK) is not ALARM


def test_the_next_time_the_one_good_point_has_left_the_range() -> None:
    """The page's words on the second row of the first table."""
    assert judged("0 - - - -", 3, Missing.BREACHING, OK) is OK
    assert judged("- - - - -", 3, Missing.BREACHING, OK) is ALARM


@given(points_of_any_kind, st.sampled_from(TREATMENTS), st.sampled_from(State), st.integers(1, 3))
def test_where_enough_is_there_how_missing_data_is_treated_does_not_matter(
    points: list[bool | None], missing: Missing, current: State, needed: int
) -> None:
    real = [point for point in points if point is not None]
    if len(real) >= 3:
        state = ALARM if real[-3:].count(True) >= needed else OK
        assert Rule(3, needed, missing).judge(points, current) is state


@given(points_of_any_kind, st.sampled_from(State), st.integers(1, 3))
def test_missing_data_that_is_good_raises_no_alarm_and_bad_ends_none(
    points: list[bool | None], current: State, needed: int
) -> None:
    if Rule(3, needed, Missing.NOT_BREACHING).judge(points, current) is ALARM:
        assert points.count(True) >= needed
        assert Rule(3, needed, Missing.BREACHING).judge(points, current) is ALARM


@pytest.mark.parametrize(
    ("comparison", "outside", "inside"),
    [
        (Comparison.ABOVE, 3.1, 3),
        (Comparison.ABOVE_OR_AT, 3, 2.9),
        (Comparison.BELOW, 2.9, 3),
        (Comparison.BELOW_OR_AT, 3, 3.1),
    ],
)
def test_a_threshold_is_compared_as_its_operator_says(comparison: Comparison, outside: float, inside: float) -> None:
    assert comparison.breached(outside, 3, 3)
    assert not comparison.breached(inside, 3, 3)


@pytest.mark.parametrize(
    ("comparison", "breaching"),
    [(Comparison.OUTSIDE_BAND, {1, 5}), (Comparison.BELOW_BAND, {1}), (Comparison.ABOVE_BAND, {5})],
)
def test_a_band_has_two_bounds(comparison: Comparison, breaching: set[int]) -> None:
    assert {value for value in (1, 2, 3, 4, 5) if comparison.breached(value, 2, 4)} == breaching
