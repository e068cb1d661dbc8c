"""Metric math in the sandbox: the examples of the CloudWatch User Guide, page using-metric-math."""

import math
from collections.abc import Sequence
from typing import Final

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.sandbox.cloudwatch.queries import RefusedQuery, UnsupportedQuery
from tests.stand_ins.metrics_at_hand import START, MetricsAtHand, ask, expression, metric, values

Row = Sequence[float | None]
GAP: Final = None


def math_of(text: str, *rows: Row) -> list[list[float | None]]:
    """The expression's series, with the rows for its m1, m2, m3."""
    metrics = MetricsAtHand()
    queries = []
    for number, row in enumerate(rows, start=1):
        metrics.put("N", f"M{number}", row)
        queries.append(metric(f"m{number}", f"M{number}") | {"ReturnData": False})
    minutes = max(len(row) for row in rows)
    return [values(line, minutes) for line in ask(metrics, *queries, expression(text), minutes=minutes)]


def one(text: str, *rows: Row) -> list[float | None]:
    (line,) = math_of(text, *rows)
    return line


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("m1 < m2", [0, 0, 1, 0]),
        ("m1 >= 30", [1, 0, 0, 0]),
        ("m1 > 15 AND m2 > 15", [1, 0, 0, 0]),
        ("m1 > 15 && m2 > 15", [1, 0, 0, 0]),
        ("m1 > 25 || m2 > 15", [1, 0, 1, 0]),
    ],
)
def test_comparisons_take_a_missing_value_for_zero_as_in_the_guide(text: str, expected: Row) -> None:
    assert one(text, [30, 20, 0, 0], [20, GAP, 20, GAP]) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("IF(m1, m2, m3)", [30, 0, 20, GAP, GAP]),
        ("IF(m1, 5, m3)", [5, 5, 20, GAP, GAP]),
        ("IF(m1, m2, 5)", [30, 0, 5, 5, GAP]),
        ("IF(m1, m2)", [30, 0, GAP, GAP, GAP]),
        ("IF(m1 == 0, 10, 2)", [2, 2, 10, 10, GAP]),
    ],
)
def test_if_gives_what_the_tables_of_the_guide_give(text: str, expected: Row) -> None:
    assert one(text, [1, 1, 0, 0, GAP], [30, GAP, 0, 0, 30], [0, 0, 20, GAP, 20]) == expected


def test_if_with_a_scalar_for_condition_takes_one_series_or_the_other() -> None:
    rows = [1.0, 2.0], [3.0, GAP]
    assert one("IF(1, m1, m2)", *rows) == [1, 2]
    assert one("IF(0, m1, m2)", *rows) == [3, GAP]
    assert one("IF(0, m1)", *rows) == [GAP, GAP]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("m1 + m2", [3, 4, 1]),
        ("5 * m1", [5, 20, GAP]),
        ("m1 - m2", [-1, 4, -1]),
        ("-m1", [-1, -4, GAP]),
        ("m1 ^ 2", [1, 16, GAP]),
        ("-m1 ^ 2", [-1, -16, GAP]),
        ("2 + 3 * m1", [5, 14, GAP]),
        ("(2 + 3) * m1", [5, 20, GAP]),
        ("10 - 4 - m1", [5, 2, GAP]),
        ("m1 * 8 / PERIOD(m1) / 1000000", [8 / 60e6, 32 / 60e6, GAP]),
    ],
)
def test_arithmetic_binds_as_in_mathematics_and_takes_a_missing_value_for_zero(text: str, expected: Row) -> None:
    assert one(text, [1, 4, GAP], [2, GAP, 1]) == pytest.approx(expected)


def test_a_division_by_zero_drops_the_point() -> None:
    assert one("m1 / m2", [6, 6, 6], [2, 0, GAP]) == [3, GAP, GAP]


def test_an_operator_between_an_array_and_one_operand_gives_an_array() -> None:
    rows = [1.0, 2.0], [4.0, 8.0]
    assert math_of("METRICS() * 100", *rows) == [[100, 200], [400, 800]]
    assert math_of("[m1, m2] / m1", *rows) == [[1, 1], [4, 4]]
    assert one("SUM(100 / [m1, m2])", *rows) == [125, 62.5]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("SUM([m1, m2])", [3, 4, 1]),
        ("AVG([m1, m2])", [1.5, 2, 0.5]),
        ("MAX(METRICS())", [2, 4, 1]),
        ("MIN(METRICS())", [1, 4, 1]),
        ("DATAPOINT_COUNT(METRICS())", [2, 1, 1]),
        ("m1 - AVG(m1)", [-1.5, 1.5, GAP]),
        ("m1 / MAX(m1)", [0.25, 1, GAP]),
        ("m1 * SUM(m1) / DATAPOINT_COUNT(m1)", [2.5, 10, GAP]),
        ("m1 / METRIC_COUNT(METRICS())", [0.5, 2, GAP]),
        ("TIME_SERIES(MAX(m1))", [4, 4, 4]),
        ("m1 * STDDEV(m1)", [1.5, 6, GAP]),
    ],
)
def test_a_series_is_gathered_to_a_scalar_and_an_array_to_a_series(text: str, expected: Row) -> None:
    assert one(text, [1, 4, GAP], [2, GAP, 1]) == expected


def test_metrics_with_a_text_takes_the_ids_that_hold_it_and_no_expressions() -> None:
    metrics = MetricsAtHand()
    for name in ("A", "B", "C"):
        metrics.put("N", name, [1.0])
    queries = [metric("errors1", "A"), metric("errors2", "B"), metric("requests", "C"), expression("errors1*9", "x1")]
    lines = ask(metrics, *queries, expression('SUM(METRICS("errors"))', "e1"), expression("SUM(METRICS())", "e2"))
    assert {line.id: line.values for line in lines if line.id in ("e1", "e2")} == {"e1": (2,), "e2": (3,)}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("FILL(m1, 10)", [10, 1, 10, 10, 7, 10]),
        ("FILL(m1, MIN(m1))", [1, 1, 1, 1, 7, 1]),
        ("FILL(m1, m2)", [5, 1, 6, GAP, 7, GAP]),
        ("FILL(m1, REPEAT)", [GAP, 1, 1, 1, 7, 7]),
        ("FILL(m1, LINEAR)", [GAP, 1, 3, 5, 7, GAP]),
    ],
)
def test_fill_takes_a_number_a_metric_repeat_or_linear(text: str, expected: Row) -> None:
    assert one(text, [GAP, 1, GAP, GAP, 7, GAP], [5, 5, 6, GAP, GAP, GAP]) == expected


def test_fill_gives_a_metric_without_data_a_value_in_every_period() -> None:
    metrics = MetricsAtHand()
    metrics.put("N", "M", [1.0, 1.0])
    (line,) = ask(metrics, metric("m1", "Sparse", period=120) | {"ReturnData": False}, expression("FILL(m1, 0)"))
    assert [(at - START).total_seconds() for at in line.timestamps] == [0, 120, 240]
    assert set(line.values) == {0}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("DIFF(m1)", [GAP, 4, GAP, -6]),
        ("DIFF_TIME(m1)", [GAP, 60, GAP, 120]),
        ("RATE(m1)", [GAP, 4 / 60, GAP, -6 / 120]),
        ("ABS(DIFF(m1))", [GAP, 4, GAP, 6]),
        ("RUNNING_SUM(m1)", [3.5, 11, GAP, 12.5]),
        ("CEIL(m1)", [4, 8, GAP, 2]),
        ("FLOOR(m1)", [3, 7, GAP, 1]),
        ("LOG10(m1 * 0 + 100)", [2, 2, GAP, 2]),
        ("LOG(m1 * 0 + 1)", [0, 0, GAP, 0]),
    ],
)
def test_functions_of_one_series_go_point_by_point_over_gaps(text: str, expected: Row) -> None:
    row = [3.5, 7.5, GAP, 1.5]
    assert one(text, row) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("SORT(METRICS(), AVG, DESC)", [[9], [5], [1]]),
        ("SORT(METRICS(), MAX, ASC)", [[1], [5], [9]]),
        ("SORT(METRICS(), SUM, DESC, 1)", [[9]]),
        ("SLICE(SORT(METRICS(), SUM, DESC), 0, 2)", [[9], [5]]),
        ("SLICE(SORT(METRICS(), AVG, ASC), 1)", [[5], [9]]),
        ("FIRST(SORT(METRICS(), AVG, DESC))", [[9]]),
        ("LAST(METRICS())", [[9]]),
        ("IF(FIRST(SORT(METRICS(), AVG, DESC)) > 8, 1, 0)", [[1]]),
    ],
)
def test_arrays_are_sorted_and_cut(text: str, expected: list[Row]) -> None:
    assert math_of(text, [5], [1], [9]) == expected


def test_remove_empty_leaves_the_series_that_have_data() -> None:
    metrics = MetricsAtHand()
    metrics.put("N", "A", [1.0])
    queries = [metric("m1", "A") | {"ReturnData": False}, metric("m2", "None") | {"ReturnData": False}]
    assert len(ask(metrics, *queries, expression("METRICS()"))) == 2
    (line,) = ask(metrics, *queries, expression("REMOVE_EMPTY(METRICS())"))
    assert line.values == (1,)


def test_an_expression_may_use_one_that_stands_behind_it() -> None:
    metrics = MetricsAtHand()
    metrics.put("N", "M", [2.0])
    lines = ask(metrics, expression("e2 + 1", "e1"), expression("m1 * 10", "e2"), metric("m1", "M"))
    assert [(line.id, line.values) for line in lines] == [("e1", (21,)), ("e2", (20,)), ("m1", (2,))]


def test_expressions_that_need_each_other_are_refused_with_their_circle() -> None:
    with pytest.raises(RefusedQuery, match="e1 -> e2 -> e1"):
        ask(MetricsAtHand(), expression("e2", "e1"), expression("e1", "e2"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("SUM(m1)", "scalar"),
        ("m1 +", "not understood"),
        ("nowhere + 1", "nowhere is no Id"),
        ("NONE(m1)", "NONE is no function"),
        ("PERIOD(m1 + m1)", "PERIOD takes the Id of a metric"),
        ("METRICS() > 1", "not arrays"),
        ("METRICS() + METRICS()", "not both"),
        ("IF(METRICS(), 1)", "IF"),
        ("FILL(m1, ZERO)", "REPEAT or LINEAR"),
        ("SORT(METRICS(), MEDIAN, ASC)", "AVG, MIN, MAX, SUM"),
        ("SLICE(METRICS(), 0.5)", "no position"),
        ("m1 + REPEAT", "REPEAT stands where"),
        ("m1 / 0 + 1 / 0", "has no value"),
    ],
)
def test_what_the_guide_does_not_allow_is_refused_by_its_name(text: str, said: str) -> None:
    with pytest.raises(RefusedQuery, match=said):
        one(text, [1])


@pytest.mark.parametrize("text", ["ANOMALY_DETECTION_BAND(m1, 2)", "SERVICE_QUOTA(m1)", "HOUR(m1)"])
def test_what_the_sandbox_cannot_compute_is_said_by_its_name(text: str) -> None:
    with pytest.raises(UnsupportedQuery, match=text.partition("(")[0]):
        one(text, [1])


def test_series_of_different_periods_are_not_mixed() -> None:
    metrics = MetricsAtHand()
    metrics.put("N", "M", [1.0])
    with pytest.raises(UnsupportedQuery, match=r"\[60, 300\]"):
        ask(metrics, metric("m1", "M"), metric("m2", "M", period=300), expression("m1 + m2"))


@given(st.lists(st.one_of(st.none(), st.floats(-1e9, 1e9)), min_size=1, max_size=30))
def test_filling_with_a_number_changes_no_known_value_and_leaves_no_gap(row: list[float | None]) -> None:
    filled = one("FILL(m1, 7)", row)
    assert filled == [7 if value is None else value for value in row]


@given(st.one_of(st.text(max_size=40), st.text("em10+-*/^()[],<>= FILSUMTE_R'\"", max_size=12)))
@example("e0")
@example("e")
@example("TIME_SERIES(1e999)")
def test_any_text_is_an_answer_or_an_error_that_names_its_query(text: str) -> None:
    metrics = MetricsAtHand()
    metrics.put("N", "M", [1.0])
    try:
        lines = ask(metrics, metric("m1", "M"), expression(text))
    except (RefusedQuery, UnsupportedQuery) as error:
        assert str(error).startswith("e: ")  # noqa: PT017 (most texts raise)
    else:
        assert all(math.isfinite(value) for line in lines for value in line.values)
