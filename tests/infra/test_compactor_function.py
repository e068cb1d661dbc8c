"""The compactor: its size, its environment, and that nothing but the next hour runs it again."""

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
    variables = template.at("Compactor/Function")["Environment"]["Variables"]
    assert variables == {
        environment.BUCKET: "<Storage/Bucket>",
        environment.LOG_LEVEL: "INFO",
        environment.RAW_RETENTION_DAYS: "90",
    }
    assert set(variables) == set(environment.COMPACTOR)


def test_the_function_is_an_arm_one_with_all_the_time_and_disk_that_there_is(template: Template) -> None:
    function = template.at("Compactor/Function")
    assert function["Architectures"] == ["arm64"]
    assert function["Runtime"] == "python3.13"
    assert function["Handler"] == "compactor.handler.handler"
    assert function["MemorySize"] == 2048
    assert function["Timeout"] == 900
    assert function["EphemeralStorage"] == {"Size": 10_240}
    assert "ReservedConcurrentExecutions" not in function


def test_it_writes_json_to_the_same_log_group_as_the_collector(template: Template) -> None:
    assert template.at("Compactor/Function")["LoggingConfig"] == template.at("Collector/Function")["LoggingConfig"]


def test_a_failed_event_is_not_run_again_but_reported(template: Template) -> None:
    invocations = template.at("Compactor/Invocations")
    assert invocations["FunctionName"] == "<Compactor/Function>"
    assert invocations["MaximumRetryAttempts"] == 0
    assert invocations["MaximumEventAgeInSeconds"] == 3600
    assert invocations["DestinationConfig"] == {"OnFailure": {"Destination": "<Failures/Queue.Arn>"}}


def test_retention_memory_and_debug_lines_are_as_configured(bundles: Bundles, tmp_path: Path) -> None:
    knobs = {"raw_retention_days": 15, "compactor_memory_mb": 4096, "log_level": "DEBUG"}
    app = cdk.App(analytics_reporting=False, context=CONTEXT, outdir=str(tmp_path))
    stack = SpectrumMeter(app, "Other", configuration=parse(minimal() | knobs), bundles=bundles)
    path = Path(app.synth().directory) / stack.template_file
    template = Template(json.loads(path.read_text()), stack="Other")
    function = template.at("Compactor/Function")
    assert function["MemorySize"] == 4096
    assert function["Environment"]["Variables"][environment.RAW_RETENTION_DAYS] == "15"
    assert function["LoggingConfig"]["ApplicationLogLevel"] == "DEBUG"
    assert template.at("Catalog/polls_raw")["TableInput"]["Parameters"]["projection.dt.range"].startswith("NOW-25DAYS")
