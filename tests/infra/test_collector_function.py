"""The collector: its size, its environment, and that nothing runs it twice."""

import json
from pathlib import Path

import aws_cdk as cdk

from contract import environment
from infra.bundle import Bundles
from infra.configuration import parse
from infra.stack import SpectrumMeter
from tests.infra.declared import CONTEXT, minimal
from tests.infra.template import Template


def test_the_environment_is_exactly_what_the_contract_declares(template: Template) -> None:
    variables = template.at("Collector/Function")["Environment"]["Variables"]
    assert variables == {
        environment.BUCKET: "<Storage/Bucket>",
        environment.BASE_URL: environment.DEFAULT_BASE_URL,
        environment.LOG_LEVEL: "INFO",
    }
    assert set(variables) == set(environment.COLLECTOR)


def test_the_function_is_a_small_arm_one_that_ends_within_the_minute(template: Template) -> None:
    function = template.at("Collector/Function")
    assert function["Architectures"] == ["arm64"]
    assert function["Runtime"] == "python3.13"
    assert function["Handler"] == "collector.handler.handler"
    assert function["MemorySize"] == 512
    assert function["Timeout"] == 55
    assert function["EphemeralStorage"] == {"Size": 512}


def test_it_writes_json_to_its_own_log_group_and_drops_no_metric_line(template: Template) -> None:
    assert template.at("Collector/Function")["LoggingConfig"] == {
        "LogFormat": "JSON",
        "LogGroup": "<Log/LogGroup>",
        "ApplicationLogLevel": "INFO",
    }


def test_debug_lines_pass_when_they_are_asked_for(bundles: Bundles, tmp_path: Path) -> None:
    app = cdk.App(analytics_reporting=False, context=CONTEXT, outdir=str(tmp_path))
    stack = SpectrumMeter(app, "Debug", configuration=parse(minimal() | {"log_level": "DEBUG"}), bundles=bundles)
    path = Path(app.synth().directory) / stack.template_file
    function = Template(json.loads(path.read_text()), stack="Debug").at("Collector/Function")
    assert function["LoggingConfig"]["ApplicationLogLevel"] == "DEBUG"
    assert function["Environment"]["Variables"][environment.LOG_LEVEL] == "DEBUG"
    assert "ReservedConcurrentExecutions" not in function


def test_concurrency_is_reserved_when_it_is_asked_for(template: Template) -> None:
    assert template.at("Collector/Function")["ReservedConcurrentExecutions"] == 5


def test_a_failed_or_old_event_is_not_run_again_but_reported(template: Template) -> None:
    invocations = template.at("Collector/Invocations")
    assert invocations["FunctionName"] == "<Collector/Function>"
    assert invocations["MaximumRetryAttempts"] == 0
    assert invocations["MaximumEventAgeInSeconds"] == 60
    assert invocations["DestinationConfig"] == {"OnFailure": {"Destination": "<Failures/Queue.Arn>"}}


def test_there_are_two_functions_and_no_custom_resource(template: Template) -> None:
    kinds = {resource["Type"] for resource in template.content["Resources"].values()}
    assert not [kind for kind in kinds if kind.startswith(("Custom::", "AWS::CloudFormation::", "AWS::CDK::"))]
    assert len(template.all("AWS::Lambda::Function")) == 2
