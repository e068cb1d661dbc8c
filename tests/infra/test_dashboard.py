"""What people look at: every widget is within the grid, shows what exists, and draws nothing that is not known."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from contract.metrics import BY_NAME, HEALTH_NAMESPACE, METRICS, TRAFFIC_NAMESPACE, UNKNOWN_SOURCE
from infra.configuration import Configuration, parse
from infra.monitoring.alarm import Deployed
from infra.monitoring.alarms import alarms
from infra.monitoring.composites import composites
from infra.monitoring.dashboard import body
from tests.infra.declared import SPECTRUM, ZONE_A, ZONE_B, minimal, zone_ids
from tests.infra.template import Template

# https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_limits.html, Dashboards
METRICS_OF_A_WIDGET = 500
METRICS_OF_A_DASHBOARD = 2_500
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
WIDGETS = 500
ALARMS_OF_A_WIDGET = 100
# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html, template body in S3
TEMPLATE_BYTES = 1_000_000
OF_AWS: dict[tuple[str, ...], set[str]] = {
    ("AWS/Lambda", "FunctionName"): {"Errors", "Throttles", "Duration"},
    ("AWS/SQS", "QueueName"): {"ApproximateNumberOfMessagesVisible"},
}
SHOWN_OTHERWISE = {
    "Published": "its absence is UnpublishedMinutes",
    "RequestsFailed": "by reason, as Failures",
    "RequestsSkipped": "by reason, as Failures",
    "RateLimitRemaining": "as a share, RateLimitUsed",
}
CONFIGURATIONS = {
    "whole": minimal(),
    "by colos": minimal(zones=[{"id": ZONE_A, "colos": ["AMS", "FRA"]}]),
    "both": SPECTRUM,
    "zones only": minimal() | {"levels": ["zone"]},
    "applications only": minimal() | {"levels": ["application"], "metrics": ["ConnectionDuration"]},
    "no applications": minimal() | {"metric_limit": 0},
    "many sources": {
        "sources": [
            minimal(name=f"s{number}", secret=f"s/{number}", zones=[f"{number:032x}"])["sources"][0]
            for number in range(20)
        ]
    },
    "many zones": minimal(zones=zone_ids(180)),
}
each = pytest.mark.parametrize("context", CONFIGURATIONS.values(), ids=list(CONFIGURATIONS))


def widgets(context: dict[str, Any]) -> list[dict[str, Any]]:
    """The dashboard's widgets."""
    placed: list[dict[str, Any]] = body(parse(context))["widgets"]
    return placed


def charts(context: dict[str, Any]) -> list[dict[str, Any]]:
    """The properties of the widgets that show metrics."""
    return [widget["properties"] for widget in widgets(context) if widget["type"] == "metric"]


def expressions(chart: dict[str, Any]) -> list[dict[str, Any]]:
    """The lines of a chart that are formulas."""
    return [line[0] for line in chart["metrics"] if isinstance(line[0], dict)]


def shown(chart: dict[str, Any]) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Namespace, metric and dimension names of everything that a chart takes from CloudWatch."""
    for line in chart["metrics"]:
        if isinstance(line[0], str):
            namespace, metric, *named = line[:-1]
            yield namespace, metric, tuple(named[::2])
            continue
        formula = line[0]["expression"]
        for schema, metric in re.findall(r"SEARCH\('\{([^}]+)\} MetricName=\"(\w+)\"'", formula):
            namespace, *by = re.findall(r'"([^"]+)"', schema)
            yield namespace, metric, tuple(by)
        if found := re.match(r'SELECT \w+\("(\w+)"\) FROM SCHEMA\("([^"]+)", ([^)]+)\)', formula):
            yield found[2], found[1], tuple(re.findall(r'"(\w+)"', found[3]))


@each
def test_widgets_lie_within_24_columns_and_do_not_overlap(context: dict[str, Any]) -> None:
    cells = Counter(
        (x, y)
        for widget in widgets(context)
        for x in range(widget["x"], widget["x"] + widget["width"])
        for y in range(widget["y"], widget["y"] + widget["height"])
    )
    assert set(cells.values()) == {1}
    assert {x for x, _ in cells} == set(range(24))


@each
def test_rows_follow_each_other_without_a_hole(context: dict[str, Any]) -> None:
    placed = widgets(context)
    below = max(widget["y"] + widget["height"] for widget in placed)
    started = sorted({widget["y"] for widget in placed})
    ended = sorted({widget["y"] + widget["height"] for widget in placed})
    assert started[0] == 0
    assert [*started[1:], below] == ended


@each
def test_every_metric_shown_is_sent_in_exactly_these_dimensions(context: dict[str, Any]) -> None:
    for chart in charts(context):
        found = list(shown(chart))
        assert found
        for namespace, metric, dimensions in found:
            if namespace.startswith("AWS/"):
                assert metric in OF_AWS[namespace, *dimensions]
            else:
                assert BY_NAME[metric].namespace == namespace
                assert dimensions in BY_NAME[metric].dimensions


def test_events_of_a_source_that_is_not_configured_are_shown() -> None:
    lines = json.dumps([chart["metrics"] for chart in charts(minimal())])
    assert f'"EventsRejected", "Source", "{UNKNOWN_SOURCE}"' in lines


def test_every_metric_is_shown() -> None:
    found = {metric for chart in charts(SPECTRUM) for _, metric, _ in shown(chart)}
    assert {metric.name for metric in METRICS} - found == SHOWN_OTHERWISE.keys()


def test_only_what_is_published_is_shown() -> None:
    def traffic(name: str) -> set[tuple[str, tuple[str, ...]]]:
        every = (found for chart in charts(CONFIGURATIONS[name]) for found in shown(chart))
        return {(metric, by) for namespace, metric, by in every if namespace == TRAFFIC_NAMESPACE}

    assert {by for _, by in traffic("whole")} == {("Zone",), ("Zone", "Application")}
    assert {by for _, by in traffic("by colos")} == {("Zone",), ("Zone", "Application", "Colo")}
    assert {by for _, by in traffic("both")} == {
        ("Zone",),
        ("Zone", "Application"),
        ("Zone", "Application", "Colo"),
    }
    assert {by for _, by in traffic("zones only")} == {by for _, by in traffic("no applications")} == {("Zone",)}
    assert traffic("applications only") == {("ConnectionDuration", ("Zone", "Application"))}


@each
def test_traffic_is_drawn_so_that_unknown_is_a_gap_and_no_period_changes_it(context: dict[str, Any]) -> None:
    for chart in charts(context):
        if not any(namespace == TRAFFIC_NAMESPACE for namespace, _, _ in shown(chart)):
            continue
        assert chart["stacked"] is False
        for line in expressions(chart):
            formula = line["expression"]
            assert "FILL" not in formula
            assert "PERIOD" not in formula
            assert "'Sum'" not in formula
            assert "SUM(" not in formula


def test_bytes_of_a_minute_are_shown_as_bits_a_second() -> None:
    (egress,) = (chart for chart in charts(minimal()) if chart["title"] == "Out, bit/s, by zone")
    (line,) = expressions(egress)
    assert line["expression"] == (
        'SEARCH(\'{"Cloudflare/Spectrum","Zone"} MetricName="BytesEgress"\', \'Average\')*8/60'
    )
    assert egress["yAxis"]["left"]["label"] == "bit/s"


def test_the_largest_applications_are_ranked_among_all_of_them() -> None:
    queries = {
        line["expression"]
        for chart in charts(minimal())
        for line in expressions(chart)
        if line["expression"].startswith("SELECT")
    }
    assert queries == {
        f'SELECT AVG("{metric}") FROM SCHEMA("Cloudflare/Spectrum", "Zone", "Application") '
        'GROUP BY "Zone", "Application" ORDER BY AVG() DESC LIMIT 10'
        for metric in ("BytesEgress", "Connections")
    }


@each
def test_a_widget_has_one_query_at_most(context: dict[str, Any]) -> None:
    """A limit of GetMetricData: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-metrics-insights-limits.html."""
    for chart in charts(context):
        assert sum(line["expression"].startswith("SELECT") for line in expressions(chart)) <= 1


@each
def test_formulas_use_lines_of_their_own_chart(context: dict[str, Any]) -> None:
    for chart in charts(context):
        options = [line[-1] for line in chart["metrics"]]
        ids = [option["id"] for option in options if "id" in option]
        assert len(set(ids)) == len(ids)
        assert all(re.fullmatch(r"[a-z]\w*", id) for id in ids)
        for line in expressions(chart):
            if not line["expression"].startswith(("SELECT", "SEARCH", "SORT")):
                used = set(re.findall(r"\b[a-z]\w*\b", line["expression"]))
                assert used <= set(ids) - {line["id"]}


def expected(context: dict[str, Any], chart_title: str) -> dict[str, str]:
    (chart,) = (chart for chart in charts(context) if chart["title"] == chart_title)
    return {line["label"]: line["expression"] for line in expressions(chart)}


def test_what_was_collected_is_held_against_what_was_to_be_collected() -> None:
    """`main` polls a whole zone and one by two colos, `second` one zone."""
    shares = expected(SPECTRUM, "Requests collected, % of expected")
    assert shares == {"main": "100*60*got0/(3*PERIOD(got0))", "second": "100*60*got1/(1*PERIOD(got1))"}
    minutes = expected(SPECTRUM, "Minutes accounted for, % of all")
    assert minutes["second"] == "100*60*runs1/PERIOD(runs1)"


def test_the_mark_on_the_rate_limit_is_the_alarms_threshold() -> None:
    context = minimal() | {"alarms": {"rate_limit_percent": 75}}
    (chart,) = (chart for chart in charts(context) if "rate limit" in chart["title"])
    assert chart["annotations"]["horizontal"] == [{"label": "alarm", "value": 75}]


@each
def test_it_shows_every_alarm(context: dict[str, Any]) -> None:
    shown_alarms = [widget["properties"]["alarms"] for widget in widgets(context) if widget["type"] == "alarm"]
    assert all(len(some) <= ALARMS_OF_A_WIDGET for some in shown_alarms)
    names = [arn.rpartition(":")[2] for some in shown_alarms for arn in some]
    every = alarms(parse(context))
    assert names == [*(each.full_name for each in composites(every)), *(alarm.full_name for alarm in every)]


@each
def test_it_keeps_to_cloudwatchs_limits(context: dict[str, Any]) -> None:
    assert len(widgets(context)) <= WIDGETS
    assert len(json.dumps(body(parse(context)))) < TEMPLATE_BYTES / 4
    for chart in charts(context):
        assert len(chart["metrics"]) <= METRICS_OF_A_WIDGET


def most_metrics(chart: dict[str, Any], found: dict[tuple[str, ...], int], configuration: Configuration) -> int:
    """How many metrics a chart takes, if a search finds so many for a dimension set."""
    zones = sum(len(source.zones) for source in configuration.sources)
    count = sum(isinstance(line[0], str) for line in chart["metrics"])
    for line in expressions(chart):
        formula = line["expression"]
        if "SEARCH" in formula:
            ((_, _, by),) = shown({"metrics": [[line]]})
            count += min(METRICS_OF_A_WIDGET, found.get(by, zones))
        elif formula.startswith("SELECT"):
            count += 10
    return count


def test_a_dashboard_of_180_zones_and_1000_applications_is_within_the_limits() -> None:
    configuration = parse(CONFIGURATIONS["many zones"])
    found = {("Zone",): 180, ("Zone", "Application"): 1_000, ("Source", "Reason"): 20}
    counts = [most_metrics(chart, found, configuration) for chart in charts(CONFIGURATIONS["many zones"])]
    assert max(counts) <= METRICS_OF_A_WIDGET
    assert sum(counts) <= METRICS_OF_A_DASHBOARD


@each
def test_texts_and_links_name_only_what_the_deployment_can_fill_in(context: dict[str, Any]) -> None:
    marks = set(re.findall(r"<(\w+)>", json.dumps(body(parse(context)))))
    assert {"Region", "BucketName", "LogGroupName", "WorkgroupName"} <= marks
    assert marks <= {str(deployed) for deployed in Deployed}


def test_the_dashboard_is_deployed_with_the_deployed_names(template: Template) -> None:
    properties = template.only("AWS::CloudWatch::Dashboard")
    assert properties["DashboardName"] == "SpectrumMeter"
    deployed = json.loads(properties["DashboardBody"])
    assert deployed["periodOverride"] == "auto"
    text = json.dumps(deployed)
    for name in ("<Collector/Function>", "<Failures/Queue.QueueName>", "<Storage/Bucket>", "<Queries/Workgroup>"):
        assert name in text
    assert not [deployed for deployed in Deployed if f"<{deployed}>" in text]
    assert "arn:<AWS::Partition>:cloudwatch:<AWS::Region>:<AWS::AccountId>:alarm:SpectrumMeter-main-no-minutes" in text


def test_health_is_looked_up_in_its_own_namespace() -> None:
    namespaces = {namespace for chart in charts(SPECTRUM) for namespace, _, _ in shown(chart)}
    assert namespaces == {TRAFFIC_NAMESPACE, HEALTH_NAMESPACE, "AWS/Lambda", "AWS/SQS"}
    assert ZONE_B not in json.dumps(body(parse(SPECTRUM)))
