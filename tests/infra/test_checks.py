"""cdk-nag and cfn-lint find nothing, and would find something."""

import json
from pathlib import Path

import aws_cdk as cdk
import pytest
from aws_cdk import aws_s3 as s3
from cdk_nag import AwsSolutionsChecks
from cfnlint.api import lint_all  # type: ignore[import-untyped]

from infra.bundle import Bundles
from infra.configuration import Configuration
from infra.stack import SpectrumMeter
from tests.infra.declared import CONTEXT
from tests.infra.template import Template


@pytest.fixture
def app(tmp_path: Path) -> cdk.App:
    app = cdk.App(analytics_reporting=False, context=CONTEXT, outdir=str(tmp_path))
    cdk.Validations.of(app).add_plugins(AwsSolutionsChecks(app))
    return app


def violations(app: cdk.App) -> set[str]:
    report = json.loads(Path(app.outdir, "validation-report.json").read_text())
    return {found["ruleName"] for plugin in report["pluginReports"] for found in plugin["violations"]}


def test_cdk_nag_finds_nothing_unacknowledged(app: cdk.App, configuration: Configuration, bundles: Bundles) -> None:
    SpectrumMeter(app, "SpectrumMeter", configuration=configuration, bundles=bundles)
    app.synth()
    assert violations(app) == set()


def test_cdk_nag_stops_the_synth_when_something_bad_is_added(
    app: cdk.App, configuration: Configuration, bundles: Bundles
) -> None:
    stack = SpectrumMeter(app, "SpectrumMeter", configuration=configuration, bundles=bundles)
    s3.Bucket(stack, "Unprotected")
    with pytest.raises(RuntimeError, match="AwsSolutions-S10"):
        app.synth()
    assert violations(app) == {"AwsSolutions-S1", "AwsSolutions-S10"}


def test_every_acknowledgement_answers_a_finding(
    app: cdk.App, configuration: Configuration, bundles: Bundles, monkeypatch: pytest.MonkeyPatch
) -> None:
    acknowledged: set[str] = set()

    def remember(_: cdk.Validations, *rules: cdk.Acknowledgment) -> None:
        acknowledged.update(rule.id for rule in rules)

    monkeypatch.setattr(cdk.Validations, "acknowledge", remember)
    SpectrumMeter(app, "SpectrumMeter", configuration=configuration, bundles=bundles)
    with pytest.raises(RuntimeError, match="AwsSolutions"):
        app.synth()
    assert violations(app) == acknowledged


def test_cfn_lint_finds_nothing(template: Template) -> None:
    assert [str(match) for match in lint_all(json.dumps(template.content))] == []


def test_cfn_lint_finds_a_wrong_value(template: Template) -> None:
    wrong = json.loads(json.dumps(template.content))
    function = next(r for r in wrong["Resources"].values() if r["Type"] == "AWS::Lambda::Function")
    function["Properties"]["MemorySize"] = 1
    assert "E3034" in {match.rule.id for match in lint_all(json.dumps(wrong))}
