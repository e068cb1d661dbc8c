"""Single metrics and their statistics: CloudWatch User Guide, pages Statistics-definitions and cloudwatch_concepts."""

from datetime import UTC, timedelta, timezone

import pytest

from tests.sandbox.aws.metrics import Datum
from tests.sandbox.cloudwatch.queries import RefusedQuery, UnsupportedQuery, evaluate
from tests.stand_ins.metrics_at_hand import MINUTE, START, MetricsAtHand, ask, expression, metric, values


def test_the_five_statistics_weigh_a_statistic_set_by_its_samples() -> None:
    metrics = MetricsAtHand()
    for count, average in ((1, 100.0), (3, 20.0)):
        metrics.put_datum("N", "M", Datum(START, count, count * average, average, average, None))
    stats = ("SampleCount", "Sum", "Average", "Minimum", "Maximum")
    lines = ask(metrics, *(metric(f"m{number}", "M", stat) for number, stat in enumerate(stats)))
    assert [line.values for line in lines] == [(4,), (160,), (40,), (20,), (100,)]


def test_periods_begin_at_the_start_and_the_end_is_not_part_of_the_answer() -> None:
    metrics = MetricsAtHand()
    metrics.put("N", "M", [1, 1, 1, None, None, 1], START)
    (line,) = ask(metrics, metric("m", "M", "Sum", 120))
    assert (line.timestamps, line.values) == ((START, START + 2 * MINUTE), (2, 1))


def test_a_period_without_data_has_no_point() -> None:
    metrics = MetricsAtHand()
    metrics.put("N", "M", [1, None, 0])
    (line,) = ask(metrics, metric("m", "M"))
    assert values(line) == [1, None, 0, None, None]


def test_a_metric_is_its_exact_dimensions() -> None:
    metrics = MetricsAtHand()
    metrics.put("N", "M", [1], Zone="z")
    metrics.put("N", "M", [2], Zone="z", Application="a")
    metrics.put("Other", "M", [4], Zone="z")
    (line,) = ask(metrics, metric("m", "M", Zone="z"))
    assert (line.values, line.dimensions, line.label) == ((1,), (("Zone", "z"),), "M")


def test_a_metric_that_never_was_is_a_line_without_points() -> None:
    (line,) = ask(MetricsAtHand(), metric("m", "M"))
    assert (line.id, line.timestamps, line.period_s) == ("m", (), 60)


def test_only_data_of_the_unit_asked_for_count() -> None:
    metrics = MetricsAtHand()
    metrics.put_datum("N", "M", Datum(START, 1, 5, 5, 5, "Bytes"))
    metrics.put_datum("N", "M", Datum(START, 1, 7, 7, 7, "Count"))
    query = metric("m", "M", "Sum")
    query["MetricStat"]["Unit"] = "Bytes"
    assert ask(metrics, query)[0].values == (5,)


def test_a_percentile_is_of_the_observations() -> None:
    metrics = MetricsAtHand()
    metrics.put("N", "M", [None])
    for value in range(1, 101):
        metrics.put("N", "M", [value])
    lines = ask(metrics, *(metric(f"m{number}", "M", f"p{p}") for number, p in enumerate((50, 99, 99.9, 100))))
    assert [line.values for line in lines] == [(50,), (99,), (100,), (100,)]


def test_a_statistic_set_that_hides_its_observations_has_no_percentile() -> None:
    metrics = MetricsAtHand()
    metrics.put_datum("N", "M", Datum(START, 2, 10, 1, 9, None))
    metrics.put_datum("N", "M", Datum(START + MINUTE, 3, 15, 5, 5, None, ((5, 3),)))
    (line,) = ask(metrics, metric("m", "M", "p90"))
    assert values(line) == [None, 5, None, None, None]


@pytest.mark.parametrize(
    ("statistic", "error"), [("tm90", UnsupportedQuery), ("p101", RefusedQuery), ("Mean", RefusedQuery)]
)
def test_other_statistics_are_refused_by_their_name(statistic: str, error: type[Exception]) -> None:
    metrics = MetricsAtHand()
    with pytest.raises(error, match=statistic):
        ask(metrics, metric("m", "M", statistic))


def test_times_are_utc_whatever_the_zone_of_the_request() -> None:
    metrics = MetricsAtHand()
    metrics.put("N", "M", [1])
    start = START.astimezone(timezone(timedelta(hours=5))) + timedelta(seconds=30)
    (line,) = evaluate([metric("m", "M")], metrics, start=start, end=start + MINUTE)
    assert line.timestamps == (START,)
    assert line.timestamps[0].tzinfo is UTC


def test_a_query_that_returns_no_data_is_there_for_others_only() -> None:
    metrics = MetricsAtHand()
    metrics.put("N", "M", [1])
    assert [line.id for line in ask(metrics, metric("m", "M") | {"ReturnData": False}, expression("m"))] == ["e"]


@pytest.mark.parametrize(
    ("queries", "said"),
    [
        ([metric("M", "M")], "no Id"),
        ([metric("m", "M"), metric("m", "M")], "two queries"),
        ([{"Id": "m"}], "either a MetricStat or an Expression"),
        ([metric("m", "M") | {"Expression": "1"}], "either a MetricStat or an Expression"),
    ],
)
def test_a_malformed_request_is_refused(queries: list[dict[str, object]], said: str) -> None:
    with pytest.raises(RefusedQuery, match=said):
        ask(MetricsAtHand(), *queries)


@pytest.mark.parametrize(
    ("label", "read"),
    [
        ("Traffic", "Traffic"),
        ("${LABEL}!", "M!"),
        ("${PROP('Dim.Zone')} of ${PROP('Namespace')}", "z of N"),
        ("${PROP('MetricName')} ${PROP('Stat')} ${PROP('Period')}", "M Average 60"),
        ("[max ${MAX} min ${MIN} avg ${AVG} sum ${SUM}]", "[max 1,000 min 0.5 avg 334.5 sum 1,003.5]"),
        ("${FIRST} ${LAST} ${DATAPOINT_COUNT}", "3 0.5 3"),
        ("${FIRST_LAST_RANGE} ${MIN_MAX_RANGE} ${MIN_MAX_TIME_RANGE}", "-2.5 999.5 1m"),
        ("${MAX_TIME}", "2026-11-22 22:01 UTC"),
        ("${LAST_TIME_RELATIVE}", "3m ago"),
        ("${PROP('Dim.None')}", ""),
    ],
)
def test_dynamic_labels_are_filled_in(label: str, read: str) -> None:
    metrics = MetricsAtHand()
    metrics.put("N", "M", [3, 1000, 0.5], Zone="z")
    (line,) = ask(metrics, metric("m", "M", Zone="z") | {"Label": label})
    assert line.label == read


def test_a_dynamic_value_of_no_data_is_a_dash() -> None:
    (line,) = ask(MetricsAtHand(), metric("m", "M") | {"Label": "max ${MAX}"})
    assert line.label == "max -"


@pytest.mark.parametrize("label", ["${MEDIAN}", "${PROP('Zone')}"])
def test_a_dynamic_value_that_there_is_not_is_refused(label: str) -> None:
    with pytest.raises(RefusedQuery, match=r"^m: .*(no dynamic value|no property)"):
        ask(MetricsAtHand(), metric("m", "M") | {"Label": label})
