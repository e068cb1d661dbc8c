"""The alarms as CloudFormation gets them, and the topic that they tell."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest

from infra.configuration import parse
from infra.monitoring.alarm import Alarm, Deployed, Group
from infra.monitoring.alarms import alarms
from infra.monitoring.constructs import Alerting, Topic
from tests.infra.alarms import EVERY, WATCHED
from tests.infra.declared import CONTEXT, SPECTRUM
from tests.infra.template import Template

SETTINGS = parse(WATCHED).alarms


@pytest.fixture(scope="module")
def watching(tmp_path_factory: pytest.TempPathFactory) -> Template:
    """A stack of the alarms and their topic alone."""
    return deployed(EVERY, tmp_path_factory.mktemp("cdk.out"))


def deployed(some: Iterable[Alarm], folder: Path) -> Template:
    """A stack of these alarms and their topic."""
    app = cdk.App(analytics_reporting=False, context=CONTEXT, outdir=str(folder))
    stack = cdk.Stack(app, "SpectrumMeter")
    topic = Topic(stack, "Notices", email=SETTINGS.email).topic
    Alerting(
        stack,
        "Alarms",
        alarms=some,
        topic_arn=topic.topic_arn,
        names={deployed: f"the-{deployed}" for deployed in Deployed},
        runbook_url=SETTINGS.runbook_url,
    )
    return Template(json.loads((Path(app.synth().directory) / stack.template_file).read_text()))


def alarm(template: Template, name: str) -> dict[str, Any]:
    """The properties of the alarm of this name."""
    (found,) = (p for p in template.properties("AWS::CloudWatch::Alarm") if p["AlarmName"] == f"SpectrumMeter-{name}")
    return found


def test_every_alarm_is_deployed(template: Template, watching: Template) -> None:
    """The whole stack has those of its configuration, which asks for none on traffic."""
    for deployed, expected in (
        (watching, EVERY),
        (template, [one for one in EVERY if not one.name.startswith("traffic-")]),
    ):
        names = [properties["AlarmName"] for properties in deployed.properties("AWS::CloudWatch::Alarm")]
        assert sorted(names) == sorted(one.full_name for one in expected)


def test_composite_alarms_tell_the_topic_and_no_other_alarm_does(template: Template) -> None:
    for properties in template.properties("AWS::CloudWatch::Alarm"):
        assert not {"AlarmActions", "OKActions", "InsufficientDataActions"} & properties.keys()
    topic = ["<Notices/Topic>"]
    told = {
        properties["AlarmName"].removeprefix("SpectrumMeter-"): (
            properties.get("AlarmActions"),
            properties.get("OKActions"),
        )
        for properties in template.properties("AWS::CloudWatch::CompositeAlarm")
    }
    assert told == dict.fromkeys(Group, (topic, None)) | {"page": (None, topic)}


def test_an_alarm_on_a_metric(watching: Template) -> None:
    properties = alarm(watching, "main-no-minutes")
    assert properties.pop("AlarmDescription").startswith("No zone of source main")
    del properties["AlarmName"]
    assert properties == {
        "Namespace": "Cloudflare/Spectrum/Collector",
        "MetricName": "RequestsCollected",
        "Dimensions": [{"Name": "Source", "Value": "main"}],
        "Statistic": "Sum",
        "Period": 60,
        "EvaluationPeriods": 5,
        "DatapointsToAlarm": 5,
        "Threshold": 1,
        "ComparisonOperator": "LessThanThreshold",
        "TreatMissingData": "breaching",
        "WarmUpConfiguration": {"WarmUpPeriodDurationInMinutes": 6},
    }


def test_an_alarm_on_a_query_has_it_as_its_only_expression_with_a_period(watching: Template) -> None:
    properties = alarm(watching, "zones-down")
    (query,) = properties["Metrics"]
    assert query["Expression"].startswith('SELECT MAX("ZoneDown") FROM SCHEMA(')
    assert (query["Period"], query["ReturnData"]) == (60, True)
    assert not {"MetricName", "Namespace", "Dimensions", "Period", "Statistic"} & set(properties)


def test_an_alarm_on_what_is_usual_has_a_model_of_the_same_series(watching: Template) -> None:
    properties = alarm(watching, "traffic-minecraft-unusual")
    traffic, band = properties["Metrics"]
    assert (band["Expression"], properties["ThresholdMetricId"]) == ("ANOMALY_DETECTION_BAND(traffic, 3)", band["Id"])
    assert "Threshold" not in properties
    assert properties["ComparisonOperator"] == "LessThanLowerOrGreaterThanUpperThreshold"
    model = watching.only("AWS::CloudWatch::AnomalyDetector")["SingleMetricAnomalyDetector"]
    assert traffic["MetricStat"]["Metric"] == {name: model[name] for name in ("Namespace", "MetricName", "Dimensions")}
    assert traffic["MetricStat"]["Stat"] == model["Stat"] == "Average"


def test_a_series_has_one_model_whoever_watches_it_and_under_whatever_name(tmp_path: Path) -> None:
    """By two watches; and by one that was renamed, as CloudFormation removes what has another logical id."""

    def models(*watches: dict[str, Any]) -> set[str]:
        traffic = [{"zone": "b.example", "metric": "Connections"} | watch for watch in watches]
        found = alarms(parse(SPECTRUM | {"alarms": {"traffic": traffic}}))
        resources = deployed(found, tmp_path / "cdk.out").content["Resources"]
        return {name for name, resource in resources.items() if resource["Type"] == "AWS::CloudWatch::AnomalyDetector"}

    one, other = {"name": "a", "unusual": 2}, {"name": "b", "unusual": 3}
    assert len(models(one)) == 1
    assert models(one) == models(other) == models(one, other)
    assert len(models(one, other | {"metric": "BytesEgress"})) == 2


def test_alarms_on_aws_metrics_name_what_is_deployed(template: Template) -> None:
    assert alarm(template, "collector-errors")["Dimensions"] == [
        {"Name": "FunctionName", "Value": "<Collector/Function>"}
    ]
    assert alarm(template, "compactor-throttles")["Dimensions"][0]["Value"] == "<Compactor/Function>"
    assert alarm(template, "failed-runs")["Dimensions"] == [
        {"Name": "QueueName", "Value": "<Failures/Queue.QueueName>"}
    ]
    assert alarm(template, "not-started")["Dimensions"][0]["Value"] == "<Missed/Queue.QueueName>"


def test_a_description_has_the_deployed_names_and_the_runbook(template: Template, watching: Template) -> None:
    text = alarm(template, "failed-runs")["AlarmDescription"]
    assert "--queue-url <Failures/Queue>`" in text
    assert "docs/operations.md#runs-that-failed" in text
    assert (
        "(https://git.example/spectrum-meter/docs/operations.md#runs-that-failed)"
        in (alarm(watching, "failed-runs")["AlarmDescription"])
    )
    for kind in ("AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm"):
        for properties in watching.properties(kind):
            assert "<" not in properties["AlarmDescription"]


def test_the_topic_takes_only_tls_and_only_this_accounts_alarms(template: Template) -> None:
    statements = template.only("AWS::SNS::TopicPolicy")["PolicyDocument"]["Statement"]
    denied = [s for s in statements if s["Effect"] == "Deny"]
    (allowed,) = (s for s in statements if s["Effect"] == "Allow")
    assert [s["Condition"] for s in denied] == [{"Bool": {"aws:SecureTransport": "false"}}]
    assert (allowed["Principal"], allowed["Action"]) == ({"Service": "cloudwatch.amazonaws.com"}, "sns:Publish")
    assert allowed["Condition"] == {
        "StringEquals": {"aws:SourceAccount": "<AWS::AccountId>"},
        "ArnLike": {
            "aws:SourceArn": "arn:<AWS::Partition>:cloudwatch:<AWS::Region>:<AWS::AccountId>:alarm:SpectrumMeter-*"
        },
    }


def test_the_topic_has_no_key_under_which_alarms_could_not_publish(template: Template) -> None:
    assert "KmsMasterKeyId" not in template.only("AWS::SNS::Topic")


def test_a_mail_address_is_subscribed_only_when_there_is_one(template: Template, watching: Template) -> None:
    assert template.all("AWS::SNS::Subscription") == []
    subscribed = watching.only("AWS::SNS::Subscription")
    assert (subscribed["Protocol"], subscribed["Endpoint"]) == ("email", "on-call@example.com")
    assert subscribed["TopicArn"] == "<Notices/Topic>"


def test_the_topic_is_an_output(template: Template) -> None:
    assert template.outputs()["TopicArn"] == "<Notices/Topic>"
