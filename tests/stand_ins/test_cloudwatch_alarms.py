"""Alarms in the sandbox, from minute to minute: what they see, when they look, what becomes of them."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.sandbox.aws.metrics import Datum, Series
from tests.sandbox.cloudwatch.alarms import Alarm, State, Transition, transitions
from tests.sandbox.cloudwatch.recorded import Entry, Recorded

NAMESPACE = "Test"
START = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
ALARM, OK, UNKNOWN = State.ALARM, State.OK, State.INSUFFICIENT_DATA
INSIGHTS = f'SELECT MAX("Down") FROM SCHEMA("{NAMESPACE}", "Zone") GROUP BY "Zone" ORDER BY MAX() DESC'


def minute(number: float) -> datetime:
    return START + timedelta(minutes=number)


def series(
    values: Mapping[int, float], name: str = "M", late: timedelta = timedelta(0), **dimensions: str
) -> list[Entry]:
    """One datum a minute, by the minute's number; it arrives when the minute ends, or so much later."""
    which = Series(name, tuple(sorted(dimensions.items())))
    return [
        (which, Datum(minute(number), 1, value, value, value, "Count", arrived=minute(number + 1) + late))
        for number, value in values.items()
    ]


def row(values: Iterable[float | None], first: int = 0) -> dict[int, float]:
    return {number: value for number, value in enumerate(values, start=first) if value is not None}


def recorded(*entries: list[Entry]) -> Recorded:
    return Recorded({NAMESPACE: [entry for each in entries for entry in each]})


def alarm(periods: int = 3, needed: int | None = None, missing: str = "missing", **more: Any) -> Alarm:
    described: dict[str, Any] = {
        "AlarmName": "watched",
        "Namespace": NAMESPACE,
        "MetricName": "M",
        "Dimensions": [],
        "Statistic": "Sum",
        "Period": 60,
        "EvaluationPeriods": periods,
        "DatapointsToAlarm": needed or periods,
        "Threshold": 3.0,
        "ComparisonOperator": "GreaterThanOrEqualToThreshold",
        "TreatMissingData": missing,
    }
    return Alarm.read(described | more)


def on(queries: Sequence[Mapping[str, Any]], **more: Any) -> Alarm:
    """An alarm on queries in the place of a metric."""
    return alarm(**{"MetricName": None, "Statistic": None, "Period": None, "Metrics": queries, "Threshold": 1.0} | more)


def life(watched: Alarm, metrics: Recorded, minutes: int, second: int = 5) -> list[tuple[int, State]]:
    """The minutes at which the alarm itself changed its state, and to which."""
    found = transitions(watched, metrics, START, minute(minutes), second=second)
    return [(_minute(each), each.after) for each in found if each.contributor is None]


def contributors(watched: Alarm, metrics: Recorded, minutes: int) -> dict[str, list[tuple[int, State]]]:
    lives: dict[str, list[tuple[int, State]]] = {}
    for each in transitions(watched, metrics, START, minute(minutes)):
        if each.contributor is not None:
            lives.setdefault(dict(each.contributor)["Zone"], []).append((_minute(each), each.after))
    return lives


def _minute(transition: Transition) -> int:
    return int((transition.at - START) / timedelta(minutes=1))


def test_it_goes_off_after_three_bad_periods_and_ends_with_the_first_good_one() -> None:
    """The figure of "Evaluating an alarm", periods counted from 0: bad from the third to the fifth, and the ninth.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html
    """
    figure = recorded(series(row([1, 2, 3, 4, 5, 2, 1, 2, 4, 2, 1])))
    assert life(alarm(), figure, 12) == [(1, OK), (5, ALARM), (6, OK)]


def test_a_datum_is_seen_from_the_minute_after_its_arrival_on() -> None:
    prompt = recorded(series(row([5, 5, 5, 1, 1, 1])))
    late = recorded(series(row([5, 5, 5, 1, 1, 1]), late=timedelta(seconds=70)))
    watched = alarm(missing="notBreaching")
    assert life(watched, prompt, 8)[:3] == [(0, OK), (3, ALARM), (4, OK)]
    assert life(watched, late, 8, second=5)[:3] == [(0, OK), (5, ALARM), (6, OK)]
    assert life(watched, late, 8, second=15)[:3] == [(0, OK), (4, ALARM), (5, OK)]


def test_a_datum_that_always_comes_a_minute_late_is_not_missing() -> None:
    late = recorded(series(row([1] * 30, first=-5), late=timedelta(seconds=20)))
    assert life(alarm(missing="breaching"), late, 20) == [(0, OK)]


def test_a_new_alarm_that_takes_missing_for_bad_goes_off_until_there_is_data() -> None:
    assert life(alarm(missing="breaching"), recorded(series(row([1] * 5, first=2))), 6) == [(0, ALARM), (3, OK)]


def test_a_new_alarm_that_warms_up_waits_until_its_periods_have_data_or_should_have() -> None:
    warm = alarm(missing="breaching", WarmUpConfiguration={"WarmUpPeriodDurationInMinutes": 8})
    assert life(warm, recorded(series(row([1] * 9, first=2))), 10) == [(5, OK)]
    assert life(warm, recorded(series(row([5] * 9, first=2))), 10) == [(5, ALARM)]
    assert life(warm, recorded(), 10) == [(8, ALARM)]
    whole = {"WarmUpPeriodDurationInMinutes": 8, "OnlyStartEvaluatingAfterWarmUpPeriodEnds": True}
    waits = alarm(missing="breaching", WarmUpConfiguration=whole)
    assert life(waits, recorded(series(row([5] * 9, first=2))), 10) == [(8, ALARM)]


def test_silence_is_bad_when_the_last_good_datum_has_left_the_evaluation_range() -> None:
    silent = recorded(series(row([1] * 10)))
    assert life(alarm(missing="breaching"), silent, 20)[-2:] == [(1, OK), (15, ALARM)]
    assert life(alarm(missing="missing"), silent, 20)[-1] == (15, UNKNOWN)
    assert life(alarm(missing="ignore"), silent, 20)[-1] == (1, OK)
    assert life(alarm(missing="notBreaching"), silent, 20)[-1] == (0, OK)


def test_one_low_minute_before_silence_is_an_alarm_where_missing_data_is_missing() -> None:
    """What the guide calls premature: the last real datum was bad, and has become old enough."""
    last_is_bad = recorded(series(row([9, 9, 9, 1])))
    below: dict[str, Any] = {"ComparisonOperator": "LessThanThreshold"}
    assert (8, ALARM) in life(alarm(missing="missing", **below), last_is_bad, 12)
    assert ALARM not in [state for _, state in life(alarm(missing="ignore", **below), last_is_bad, 12)]


def test_periods_of_five_minutes_slide_by_one_minute() -> None:
    one_bad_minute = recorded(series(row([0] * 7 + [5] + [0] * 20)))
    assert life(alarm(1, Period=300), one_bad_minute, 20) == [(1, OK), (8, ALARM), (13, OK)]


def test_more_than_a_day_together_is_looked_at_on_the_hour() -> None:
    bad_from_the_start = recorded(series(dict.fromkeys(range(-120, 120, 10), 5)))
    assert life(alarm(25, needed=1, missing="notBreaching", Period=3600), bad_from_the_start, 180) == [(0, ALARM)]
    bad_later = recorded(series({70: 5}))
    assert life(alarm(25, needed=1, missing="notBreaching", Period=3600), bad_later, 180) == [(0, OK), (120, ALARM)]
    assert life(alarm(24, needed=1, missing="notBreaching", Period=3600), bad_later, 180) == [(0, OK), (71, ALARM)]


def test_an_expression_is_watched_in_the_place_of_a_metric() -> None:
    metrics = [
        {
            "Id": id,
            "MetricStat": {"Metric": {"Namespace": NAMESPACE, "MetricName": name}, "Period": 60, "Stat": "Sum"},
            "ReturnData": False,
        }
        for id, name in {"good": "Good", "bad": "Bad"}.items()
    ]
    share = on([*metrics, {"Id": "share", "Expression": "bad / (good + bad)", "ReturnData": True}], Threshold=0.5)
    data = recorded(series(row([9] * 8), name="Good"), series(row([1, 1, 9, 9, 9, 1, 1, 1]), name="Bad"))
    assert life(share, data, 9) == [(1, OK), (5, ALARM), (6, OK)]


def insights_alarm(missing: str = "notBreaching", **more: Any) -> Alarm:
    query = {"Id": "q", "Expression": INSIGHTS, "Period": 60, "ReturnData": True}
    return on([query], missing=missing, **more)


def test_each_time_series_of_a_query_has_a_state_and_any_of_them_sets_the_alarm_off() -> None:
    down = recorded(
        series(row([1] * 4, first=2), name="Down", Zone="a"), series(row([1] * 2, first=3), name="Down", Zone="b")
    )
    assert contributors(insights_alarm(), down, 20) == {"a": [(5, ALARM), (9, OK)]}
    # Both have left the evaluation range at 12: nothing is found, and that is not OK.
    assert life(insights_alarm(), down, 20) == [(3, OK), (5, ALARM), (9, OK), (11, UNKNOWN)]


@pytest.mark.parametrize("missing", ["missing", "ignore", "breaching", "notBreaching"])
def test_a_time_series_that_is_not_found_any_more_is_ok_however_missing_data_is_treated(missing: str) -> None:
    gone = recorded(series(row([1] * 3), name="Down", Zone="a"), series(row([0] * 20), name="Down", Zone="b"))
    assert contributors(insights_alarm(missing), gone, 15)["a"][-1][1] is OK
    assert life(insights_alarm(missing), gone, 15)[-1][1] is OK
    assert life(insights_alarm(missing), recorded(), 15) == []


def test_a_query_looks_back_three_hours() -> None:
    old = recorded(series({0: 1}, name="Down", Zone="a"))
    watched = insights_alarm(periods=3, needed=1, missing="breaching")
    hourly = on([{"Id": "q", "Expression": INSIGHTS, "Period": 3600}], periods=3, needed=1)
    assert contributors(watched, old, 10)["a"] == [(1, ALARM), (6, OK)]
    assert contributors(hourly, old, 300)["a"] == [(1, ALARM), (181, OK)]


def band_alarm(width: float = 2) -> Alarm:
    queries: list[dict[str, Any]] = [
        {
            "Id": "m",
            "MetricStat": {
                "Metric": {"Namespace": NAMESPACE, "MetricName": "M", "Dimensions": []},
                "Period": 60,
                "Stat": "Sum",
            },
        },
        {"Id": "band", "Expression": f"ANOMALY_DETECTION_BAND(m, {width})"},
    ]
    outside = "LessThanLowerOrGreaterThanUpperThreshold"
    return on(queries, ThresholdMetricId="band", ComparisonOperator=outside, Threshold=None)


USUAL = [100 + number % 7 for number in range(90)]


def test_far_outside_of_everything_learned_is_an_alarm_and_the_usual_is_none() -> None:
    learned = row(USUAL, first=-90)
    assert (3, ALARM) in life(band_alarm(), recorded(series(learned | row([900, 900, 900]))), 4)
    assert (3, ALARM) in life(band_alarm(), recorded(series(learned | row([0, 0, 0]))), 4)
    usual = life(band_alarm(), recorded(series(learned | row(USUAL[:30]))), 30)
    assert ALARM not in [state for _, state in usual]


def test_nothing_learned_is_no_alarm() -> None:
    assert life(band_alarm(), recorded(series(row([900] * 9))), 9) == []


@pytest.mark.parametrize(
    ("described", "said"),
    [
        ({"Metrics": [{"Id": "a", "Expression": INSIGHTS, "Period": 60, "ReturnData": False}]}, "one query must"),
        ({"Metrics": [{"Id": "a", "Expression": INSIGHTS}]}, "must have one period"),
        (
            {"Metrics": [{"Id": "a", "Expression": "b"}, {"Id": "b", "Expression": "x"}], "ThresholdMetricId": "b"},
            "is no ANOMALY_DETECTION_BAND",
        ),
    ],
)
def test_an_alarm_of_an_unknown_form_is_refused(described: dict[str, Any], said: str) -> None:
    if "ThresholdMetricId" in described:
        described["Metrics"][0]["Period"] = 60
    with pytest.raises(ValueError, match=said):
        alarm(**described)
