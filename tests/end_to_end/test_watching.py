"""What is deployed to watch: alarms, dashboard and topic, as CloudWatch and SNS tell them."""

import json
import re
from typing import Any, Final

from infra.configuration import parse
from infra.monitoring.alarm import Band, Insights
from infra.monitoring.alarms import alarms
from infra.monitoring.composites import composites
from infra.monitoring.dashboard import NAME, body
from tests.end_to_end.stack import SPECTRUM, ZONES
from tests.sandbox.aws import Fault as AwsFault
from tests.sandbox.cloudflare import Fault
from tests.sandbox.sandbox import Sandbox

CONFIGURATION: Final = parse(SPECTRUM)
_MARK: Final = re.compile(r"<[A-Z]\w+>")


def told(sandbox: Sandbox) -> dict[str, dict[str, Any]]:
    """Every alarm of the account, by name."""
    pages = sandbox.aws.client("cloudwatch").get_paginator("describe_alarms").paginate()
    return {alarm["AlarmName"]: alarm for page in pages for alarm in page["MetricAlarms"]}


def composite_alarms(sandbox: Sandbox) -> dict[str, dict[str, Any]]:
    """Every composite alarm of the account, by name."""
    found = sandbox.aws.client("cloudwatch").describe_alarms(AlarmTypes=["CompositeAlarm"])["CompositeAlarms"]
    return {alarm["AlarmName"]: alarm for alarm in found}


def test_cloudwatch_has_every_composite_alarm_as_it_is_declared(sandbox: Sandbox) -> None:
    declared = {each.full_name: each.rule for each in composites(alarms(CONFIGURATION))}
    assert {name: alarm["AlarmRule"] for name, alarm in composite_alarms(sandbox).items()} == declared


def test_cloudwatch_has_every_alarm_as_it_is_declared(sandbox: Sandbox) -> None:
    found = told(sandbox)
    declared = alarms(CONFIGURATION)
    assert found.keys() == {alarm.full_name for alarm in declared}
    for alarm in declared:
        one = found[alarm.full_name]
        assert (one["DatapointsToAlarm"], one["EvaluationPeriods"]) == (alarm.rule.bad, alarm.rule.periods)
        assert (one["TreatMissingData"], one["ComparisonOperator"]) == (alarm.rule.missing, alarm.comparison)
        assert one.get("Threshold") == alarm.threshold
        assert one["ActionsEnabled"]
        match alarm.watched:
            case Insights() as query:
                (only,) = one["Metrics"]
                assert (only["Expression"], only["Period"]) == (query.sql, alarm.rule.period_s)
            case Band():
                assert one["ThresholdMetricId"] == one["Metrics"][1]["Id"]
            case series:
                assert (one["Namespace"], one["MetricName"]) == (series.namespace, series.metric)
                assert (one["Statistic"], one["Period"]) == (series.statistic, alarm.rule.period_s)


def test_alarms_and_dashboard_name_what_is_deployed(sandbox: Sandbox) -> None:
    functions = {
        "collector": sandbox.collecting.deployment.name,
        "compactor": sandbox.compacting.deployment.name,
    }
    found = told(sandbox)
    for name, function in functions.items():
        for kind in ("errors", "throttles"):
            assert found[f"SpectrumMeter-{name}-{kind}"]["Dimensions"] == [{"Name": "FunctionName", "Value": function}]
    queues = {"failed-runs": "FailureQueueUrl", "not-started": "ScheduleQueueUrl"}
    for name, output in queues.items():
        (dimension,) = found[f"SpectrumMeter-{name}"]["Dimensions"]
        assert sandbox.deployment.outputs[output].rpartition("/")[2] == dimension["Value"]
        assert sandbox.deployment.outputs[output] in found[f"SpectrumMeter-{name}"]["AlarmDescription"]
    dashboard = sandbox.aws.client("cloudwatch").get_dashboard(DashboardName=NAME)["DashboardBody"]
    every = (*found.values(), *composite_alarms(sandbox).values())
    for text in (dashboard, *(alarm["AlarmDescription"] for alarm in every)):
        assert not _MARK.search(text)
        assert "${Token" not in text
    for name in (*functions.values(), sandbox.bucket, sandbox.deployment.outputs["WorkgroupName"]):
        assert name in dashboard
    arns = {alarm["AlarmArn"] for alarm in every}
    (widget,) = (widget for widget in json.loads(dashboard)["widgets"] if widget["type"] == "alarm")
    assert set(widget["properties"]["alarms"]) == arns


def test_the_dashboard_is_the_declared_one(sandbox: Sandbox) -> None:
    deployed = json.loads(sandbox.aws.client("cloudwatch").get_dashboard(DashboardName=NAME)["DashboardBody"])
    declared = body(CONFIGURATION)
    assert [widget["properties"].get("title") for widget in deployed["widgets"]] == [
        widget["properties"].get("title") for widget in declared["widgets"]
    ]


def test_composite_alarms_tell_the_topic_and_the_topic_lets_them(sandbox: Sandbox) -> None:
    topic = sandbox.deployment.outputs["TopicArn"]
    for alarm in told(sandbox).values():
        assert alarm["AlarmActions"] == alarm["OKActions"] == alarm["InsufficientDataActions"] == []
    for name, alarm in composite_alarms(sandbox).items():
        over = name == "SpectrumMeter-page"
        assert (alarm["AlarmActions"], alarm["OKActions"]) == (([], [topic]) if over else ([topic], []))
        assert alarm["InsufficientDataActions"] == []
    attributes = sandbox.aws.client("sns").get_topic_attributes(TopicArn=topic)["Attributes"]
    statements = json.loads(attributes["Policy"])["Statement"]
    (allowed,) = (statement for statement in statements if statement["Effect"] == "Allow")
    assert allowed["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
    account = sandbox.aws.account
    assert allowed["Condition"]["StringEquals"] == {"aws:SourceAccount": account}
    assert allowed["Condition"]["ArnLike"] == {
        "aws:SourceArn": f"arn:aws:cloudwatch:us-east-1:{account}:alarm:SpectrumMeter-*"
    }


def test_what_an_alarm_watches_is_what_a_bad_minute_sends(sandbox: Sandbox) -> None:
    """A minute that S3 refuses and a zone that Cloudflare refuses: the alarms' own series have data of them."""
    sandbox.cloudflare.faults.add(Fault("forbidden_10000", zone=ZONES["main"][0].id))
    with sandbox.aws.faults.active(AwsFault("refuse", operation="PutObject", key="raw/*", role="?*")):
        sandbox.run("2026-11-23T10:01:00Z")
    found = told(sandbox)
    for name, value in (("main-save-failed", 1), ("main-no-minutes", 2)):
        alarm = found[f"SpectrumMeter-{name}"]
        dimensions = {one["Name"]: one["Value"] for one in alarm["Dimensions"]}
        assert [datum.sum for datum in sandbox.health(alarm["MetricName"], **dimensions)] == [value]
    (query,) = found["SpectrumMeter-zones-down"]["Metrics"]
    (schema,) = re.findall(r"SCHEMA\(([^)]+)\)", query["Expression"])
    assert schema == '"Cloudflare/Spectrum/Collector", "Source", "Zone"'
    assert [datum.sum for datum in sandbox.health("ZoneDown", Source="main", Zone=ZONES["main"][0].id)] == [1]
