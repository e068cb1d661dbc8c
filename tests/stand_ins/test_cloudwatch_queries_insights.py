"""Metrics Insights in the sandbox: CloudWatch User Guide, pages cloudwatch-metrics-insights-*."""

from datetime import timedelta

import pytest

from tests.sandbox.aws.metrics import Datum
from tests.sandbox.cloudwatch.queries import Line, RefusedQuery, evaluate
from tests.stand_ins.metrics_at_hand import MINUTE, START, MetricsAtHand, ask, expression, values

LOAD_BALANCERS = MetricsAtHand()
for _name, _zone, _counts in (
    ("app/load-balancer-1", "a", [1, 9]),
    ("app/load-balancer-1", "b", [5, 5]),
    ("app/load-balancer-2", "a", [100, None]),
):
    LOAD_BALANCERS.put("AWS/ApplicationELB", "RequestCount", _counts, LoadBalancer=_name, AvailabilityZone=_zone)
LOAD_BALANCERS.put("AWS/ApplicationELB", "RequestCount", [1000], LoadBalancer="app/load-balancer-1")
LOAD_BALANCERS.put("AWS/ApplicationELB", "RequestCount", [5000])


def select(text: str, metrics: MetricsAtHand = LOAD_BALANCERS) -> list[Line]:
    return ask(metrics, expression(text), minutes=2)


BOTH = 'SELECT SUM("RequestCount") FROM SCHEMA("AWS/ApplicationELB", "LoadBalancer", "AvailabilityZone")'
FIRST = f"{BOTH} WHERE \"LoadBalancer\" = 'app/load-balancer-1'"


def test_the_guides_query_built_step_by_step_answers_at_every_step() -> None:
    assert [values(line, 2) for line in select(BOTH)] == [[106, 14]]
    assert [values(line, 2) for line in select(FIRST)] == [[6, 14]]
    grouped = select(f'{FIRST} GROUP BY "AvailabilityZone"')
    assert [(line.label, values(line, 2)) for line in grouped] == [("a", [1, 9]), ("b", [5, 5])]
    ordered = select(f'{FIRST} GROUP BY "AvailabilityZone" ORDER BY MIN() DESC')
    assert [line.label for line in ordered] == ["b", "a"]
    assert [line.label for line in select(f'{FIRST} GROUP BY "AvailabilityZone" ORDER BY MAX() DESC LIMIT 1')] == ["a"]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ('"AWS/ApplicationELB"', 6106),
        ('SCHEMA("AWS/ApplicationELB")', 5000),
        ('SCHEMA("AWS/ApplicationELB", "LoadBalancer")', 1000),
        ('SCHEMA("AWS/ApplicationELB", "AvailabilityZone", "LoadBalancer")', 106),
    ],
)
def test_a_namespace_takes_all_dimensions_and_a_schema_exactly_its_own(source: str, expected: float) -> None:
    (line,) = select(f'SELECT SUM("RequestCount") FROM {source}')
    assert line.values[0] == expected


@pytest.mark.parametrize(("function", "expected"), [("AVG", 7.5), ("COUNT", 4), ("MAX", 15), ("MIN", 5), ("SUM", 30)])
def test_functions_aggregate_the_observations_of_all_metrics(function: str, expected: float) -> None:
    metrics = MetricsAtHand()
    metrics.put_datum("N", "M", Datum(START, 3, 15, 5, 5, None), D="a")
    metrics.put_datum("N", "M", Datum(START, 1, 15, 15, 15, None), D="b")
    (line,) = select(f'SELECT {function}("M") FROM "N"', metrics)
    assert line.values == (expected,)


def test_groups_are_in_alphabetical_order_and_told_apart_by_their_labels() -> None:
    lines = select(f'{BOTH} GROUP BY "LoadBalancer", "AvailabilityZone"')
    assert [line.label for line in lines] == [
        "app/load-balancer-1 a",
        "app/load-balancer-1 b",
        "app/load-balancer-2 a",
    ]
    assert lines[0].dimensions == (("AvailabilityZone", "a"), ("LoadBalancer", "app/load-balancer-1"))


def test_metrics_without_the_label_form_the_group_other() -> None:
    lines = select('SELECT SUM("RequestCount") FROM "AWS/ApplicationELB" GROUP BY "AvailabilityZone"')
    assert [(line.label, line.values[0]) for line in lines] == [("Other", 6000), ("a", 101), ("b", 5)]


def test_conditions_hold_together_and_unequal_leaves_out() -> None:
    (line,) = select(f"{FIRST} AND \"AvailabilityZone\" != 'a'")
    assert values(line, 2) == [5, 5]


def test_keywords_are_in_any_case_and_names_in_their_own() -> None:
    (line,) = select(
        'select sum("RequestCount") from schema("AWS/ApplicationELB", "LoadBalancer") '
        'where "LoadBalancer"=\'app/load-balancer-1\' group by "LoadBalancer" order by sum() desc limit 1'
    )
    assert line.values == (1000,)
    assert select('SELECT SUM("requestcount") FROM "AWS/ApplicationELB"')[0].values == ()


def test_names_with_other_characters_and_keywords_are_quoted() -> None:
    metrics = MetricsAtHand()
    metrics.put("N", 'Bytes"Input"', [1], LIMIT="it's")
    text = 'SELECT AVG("Bytes\\"Input\\"") FROM SCHEMA("N", "LIMIT") WHERE "LIMIT" = \'it\\\'s\' GROUP BY "LIMIT"'
    (line,) = select(text, metrics)
    assert (line.label, line.values) == ("it's", (1,))


@pytest.mark.parametrize(("order", "last"), [("", "0499"), ("ORDER BY SUM() DESC", "0001"), ("ORDER BY SUM()", "0499")])
def test_at_most_500_series_come_in_their_order(order: str, last: str) -> None:
    metrics = MetricsAtHand()
    for number in range(501):
        metrics.put("N", "M", [number], D=f"{number:04}")
    lines = select(f'SELECT SUM("M") FROM SCHEMA("N", "D") GROUP BY "D" {order}', metrics)
    assert (len(lines), lines[-1].label) == (500, last)


def test_a_graph_sees_two_weeks_and_an_alarm_three_hours() -> None:
    metrics = MetricsAtHand()
    end = START + 2 * MINUTE
    for age in (timedelta(days=15), timedelta(days=13), timedelta(hours=4), timedelta(hours=2)):
        metrics.put("N", "M", [1], end - age)
    start = end - timedelta(days=20)
    query = expression('SELECT SUM("M") FROM "N"')
    (graph,) = evaluate([query], metrics, start=start, end=end)
    (alarm,) = evaluate([query], metrics, start=start, end=end, for_alarm=True)
    assert (len(graph.values), len(alarm.values)) == (3, 1)


def test_a_query_with_groups_is_an_array_to_metric_math_and_one_without_a_series() -> None:
    grouped = expression(f'{BOTH} GROUP BY "LoadBalancer"', "q1", ReturnData=False)
    lines = ask(LOAD_BALANCERS, grouped, expression("q1 / 1000", Label="k"), minutes=2)
    assert [(line.label, line.values) for line in lines] == [
        ("k app/load-balancer-1", (0.006, 0.014)),
        ("k app/load-balancer-2", (0.1,)),
    ]
    (line,) = ask(LOAD_BALANCERS, expression(BOTH, "q1", ReturnData=False), expression("q1 > 100"), minutes=2)
    assert values(line, 2) == [1, 0]


def test_a_query_that_matches_nothing_is_one_empty_line_or_no_group() -> None:
    assert [line.values for line in select('SELECT SUM("M") FROM "N"')] == [()]
    assert select('SELECT SUM("M") FROM "N" GROUP BY "D"') == []


@pytest.mark.parametrize(
    "text",
    [
        'SELECT MEDIAN("M") FROM "N"',
        'SELECT SUM("M")',
        'SELECT SUM("M") FROM "N" WHERE "D" = v',
        'SELECT SUM("M") FROM AWS/EC2',
        'SELECT SUM("M") FROM "N" LIMIT 501',
        'SELECT SUM("M") FROM "N" LIMIT 0',
        'SELECT SUM("M") FROM "N" ORDER BY "D"',
        'SELECT SUM("M") FROM SCHEMA()',
    ],
)
def test_what_is_no_query_is_refused(text: str) -> None:
    with pytest.raises(RefusedQuery, match="e: "):
        select(text)


@pytest.mark.parametrize(
    ("text", "bare"),
    [
        ('SELECT SUM(Down) FROM SCHEMA("N", "Zone") GROUP BY "Zone"', "Down"),
        ('SELECT SUM("Down") FROM N', "N"),
        ('SELECT SUM("Down") FROM SCHEMA(N, "Zone")', "N"),
        ('SELECT SUM("Down") FROM SCHEMA("N", Zone) GROUP BY "Zone"', "Zone"),
        ('SELECT SUM("Down") FROM SCHEMA("N", "Zone") GROUP BY Zone', "Zone"),
        ('SELECT SUM("Down") FROM "N" WHERE Source = \'main\'', "Source"),
    ],
)
def test_every_name_must_be_quoted(text: str, bare: str) -> None:
    """CloudWatch refuses reserved words without quotes, of which `SOURCE` and `ZONE` are two; the sandbox any name."""
    with pytest.raises(RefusedQuery, match=f"e: {bare} must be in double quotes"):
        select(text)


def test_a_request_can_have_one_query() -> None:
    with pytest.raises(RefusedQuery, match="q1, q2"):
        ask(LOAD_BALANCERS, expression(BOTH, "q1"), expression(BOTH, "q2"))
