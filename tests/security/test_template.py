"""checkov reads the stack; what it does not know, or what is accepted, is held here."""

import json
from pathlib import Path

import pytest

from tests.security.accepted import ACCEPTED
from tests.security.template import in_template, write_template
from tests.security.tool import ToolFailed


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_template(tmp_path_factory.mktemp("template"))


def resources(template: Path) -> list[dict[str, object]]:
    return list(json.loads(template.read_text())["Resources"].values())


@pytest.mark.security
def test_checkov_finds_what_it_must_and_what_is_accepted_for_nothing(template: Path) -> None:
    document = json.loads(template.read_text())
    document["Resources"]["Open"] = {"Type": "AWS::S3::Bucket", "Properties": {"AccessControl": "PublicRead"}}
    document["Resources"] |= {
        name: {**resource, "Type": "AWS::CloudFormation::WaitConditionHandle", "Properties": {}}
        for name, resource in document["Resources"].items()
        if resource["Type"] == "AWS::Logs::LogGroup"
    }
    changed = template.with_name("changed.json")
    changed.write_text(json.dumps(document))
    found = {(each.rule, each.where) for each in in_template(changed)}
    assert ("CKV_AWS_20", "AWS::S3::Bucket.Open") in found
    assert ("CKV_AWS_158", "AWS::Logs::LogGroup") in found


@pytest.mark.security
def test_a_template_that_cannot_be_read_is_no_clean_bill(tmp_path: Path) -> None:
    broken = tmp_path / "broken.json"
    broken.write_text('{"Resources": {')
    with pytest.raises(ToolFailed):
        in_template(broken)


@pytest.mark.parametrize(
    ("kind", "key", "value"),
    [("AWS::SQS::Queue", "SqsManagedSseEnabled", True), ("AWS::Lambda::EventInvokeConfig", "MaximumRetryAttempts", 0)],
)
def test_what_checkov_does_not_know_is_there(template: Path, kind: str, key: str, value: object) -> None:
    of_kind = [each["Properties"] for each in resources(template) if each["Type"] == kind]
    assert of_kind
    assert [each for each in of_kind if isinstance(each, dict) and each.get(key) != value] == []


def test_every_function_reports_its_failures(template: Path) -> None:
    functions = [each for each in resources(template) if each["Type"] == "AWS::Lambda::Function"]
    configured = [each for each in resources(template) if each["Type"] == "AWS::Lambda::EventInvokeConfig"]
    assert len(functions) == len(configured)
    assert all("OnFailure" in json.dumps(each) for each in configured)


def test_no_secret_is_in_a_function_s_variables(template: Path) -> None:
    functions = [json.dumps(each) for each in resources(template) if each["Type"] == "AWS::Lambda::Function"]
    assert functions
    assert [each for each in functions if "resolve:secretsmanager" in each or "resolve:ssm" in each] == []


def test_every_reason_is_a_sentence() -> None:
    assert [key for key, reason in ACCEPTED.items() if len(reason.split()) < 5 or not reason.endswith(".")] == []
