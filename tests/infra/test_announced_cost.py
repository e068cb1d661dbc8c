"""The bill is announced where the stack is described."""

from dataclasses import replace
from pathlib import Path

import aws_cdk as cdk
import pytest
from aws_cdk import assertions

from infra.bundle import Bundles
from infra.configuration import Configuration
from infra.cost import NONCURRENT_DAYS, Workload, announcement, estimate
from infra.stack import SpectrumMeter
from tests.infra.declared import CONTEXT
from tests.infra.template import Template


def annotations(configuration: Configuration, bundles: Bundles, outdir: Path) -> assertions.Annotations:
    app = cdk.App(analytics_reporting=False, context=CONTEXT, outdir=str(outdir))
    return assertions.Annotations.from_stack(
        SpectrumMeter(app, "SpectrumMeter", configuration=configuration, bundles=bundles)
    )


@pytest.mark.parametrize("limit", [None, 1])
def test_the_stack_says_once_what_it_costs_and_warns_above_the_limit(
    configuration: Configuration, bundles: Bundles, tmp_path: Path, limit: int | None
) -> None:
    configuration = replace(configuration, monthly_limit_dollars=limit)
    found = annotations(configuration, bundles, tmp_path)
    anything = assertions.Match.any_value()
    informed, warned = found.find_info("*", anything), found.find_warning("*", anything)
    assert [len(informed), len(warned)] == ([1, 0] if limit is None else [0, 1])
    (said,) = [str(each.entry.data) for each in (*informed, *warned)]
    assert announcement(configuration).text in said


def test_what_is_charged_is_what_the_template_holds(configuration: Configuration, template: Template) -> None:
    bill = estimate(configuration, Workload())
    charged = {line.what: line.quantity for line in bill.lines if line.service in ("CloudWatch", "Secrets Manager")}
    alarms = template.properties("AWS::CloudWatch::Alarm")
    assert charged["alarms"] == sum("MetricName" in alarm for alarm in alarms)
    assert charged["composite alarms"] == len(template.properties("AWS::CloudWatch::CompositeAlarm"))
    assert charged["dashboard"] == len(template.all("AWS::CloudWatch::Dashboard"))
    existing = sum(source.existing_secret for source in configuration.sources)
    assert charged["secrets"] == len(template.all("AWS::SecretsManager::Secret")) + existing


def test_the_days_that_are_charged_for_deleted_objects_are_the_buckets(template: Template) -> None:
    (rule,) = template.only("AWS::S3::Bucket")["LifecycleConfiguration"]["Rules"]
    assert rule["NoncurrentVersionExpiration"]["NoncurrentDays"] == NONCURRENT_DAYS
