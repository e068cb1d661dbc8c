"""No deployment deletes a token: the secrets in Secrets Manager from one deployment to the next, and what is checked.

CloudFormation is the sandbox's; the template is that of the secrets alone.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest

from commands import secrets_check
from commands._aws import STACK
from infra.configuration import parse
from infra.storage import Credentials
from tests.infra.declared import CONTEXT, minimal
from tests.sandbox.aws import AwsDouble, Fault

NAME = "cloudflare-spectrum/main"
TOKEN = "the-token"


class Operator:
    """Somebody who deploys, with credentials for the sandbox."""

    def __init__(self, aws: AwsDouble, capsys: pytest.CaptureFixture[str], folder: Path) -> None:
        self._folder = folder
        self._capsys = capsys
        self.secrets = aws.client("secretsmanager")
        self.cloudformation = aws.client("cloudformation")

    def check(self, *options: str, **source: Any) -> tuple[int, str]:
        """Run the check as `make deploy` does; the exit status, and what it said."""
        status = secrets_check.main([*options, "--context", f"spectrum={json.dumps(minimal(**source))}"])
        said = self._capsys.readouterr()
        assert said.out == ""
        return status, said.err

    def deploy(self, broken: bool = False, **source: Any) -> str:
        """Create or update the stack, whatever the check says; the stack's status."""
        app = cdk.App(analytics_reporting=False, context=CONTEXT, outdir=str(self._folder))
        stack = cdk.Stack(app, STACK)
        Credentials(stack, "Credentials", sources=parse(minimal(**source)).sources)
        cdk.CfnResource(stack, "Rest", type="AWS::SQS::Queue")
        resources = app.synth().get_stack_by_name(STACK).template["Resources"]
        # The rest of the stack, which comes after the secrets.
        resources["Rest"]["DependsOn"] = [name for name in resources if name != "Rest"]
        resources["Rest"]["Properties"] = {"Colour": "blue"} if broken else {}
        body = json.dumps({"Resources": resources})
        if self.stacks():
            self.cloudformation.update_stack(StackName=STACK, TemplateBody=body)
        else:
            self.cloudformation.create_stack(StackName=STACK, TemplateBody=body)
        return self.stacks()[0]

    def stacks(self) -> list[str]:
        return [each["StackStatus"] for each in self.cloudformation.describe_stacks()["Stacks"]]

    def destroy(self) -> None:
        self.cloudformation.delete_stack(StackName=STACK)

    def put(self, name: str = NAME) -> None:
        self.secrets.put_secret_value(SecretId=name, SecretString=TOKEN)

    def holds_token(self, name: str = NAME) -> bool:
        return bool(self.secrets.get_secret_value(SecretId=name)["SecretString"] == TOKEN)

    def names(self) -> list[str]:
        return sorted(each["Name"] for each in self.secrets.list_secrets()["SecretList"])


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[AwsDouble]:
    with AwsDouble() as double:
        monkeypatch.setenv("AWS_ENDPOINT_URL", double.endpoint_url)
        monkeypatch.setenv("AWS_REGION", double.region)
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAOPERATOR00000000")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "-")
        monkeypatch.delenv("AWS_PROFILE", raising=False)
        yield double


@pytest.fixture
def operator(aws: AwsDouble, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Operator:
    return Operator(aws, capsys, tmp_path)


def test_the_first_deployment_and_an_update_need_nothing(operator: Operator) -> None:
    assert operator.check() == (0, "")
    assert operator.deploy() == "CREATE_COMPLETE"
    operator.put()
    assert operator.check() == (0, "")
    assert operator.deploy() == "UPDATE_COMPLETE"
    assert operator.holds_token()


def test_a_first_deployment_that_fails_leaves_no_secret_and_can_be_made_again(operator: Operator) -> None:
    assert operator.deploy(broken=True) == "ROLLBACK_COMPLETE"
    assert operator.names() == []
    assert operator.check() == (0, "")
    operator.destroy()  # CDK deletes such a stack before it creates it again
    assert operator.deploy() == "CREATE_COMPLETE"


def test_a_secret_that_is_declared_existing_and_not_again_keeps_its_token(operator: Operator) -> None:
    operator.deploy()
    operator.put()
    assert operator.check(existing_secret=True) == (0, "")
    assert operator.deploy(existing_secret=True) == "UPDATE_COMPLETE"
    assert operator.holds_token()
    status, said = operator.check()
    assert status == 1
    assert f"sources[0].secret: secret {NAME} exists and is not this stack's: set `existing_secret: true`" in said
    assert operator.deploy() == "UPDATE_ROLLBACK_COMPLETE"
    assert operator.holds_token()


def test_a_secret_that_is_renamed_keeps_its_token_under_the_old_name(operator: Operator) -> None:
    operator.deploy()
    operator.put()
    assert operator.check(secret="typo") == (0, "")
    assert operator.deploy(secret="typo") == "UPDATE_COMPLETE"
    assert (operator.names(), operator.holds_token()) == ([NAME, "typo"], True)


def test_tokens_outlive_the_stack_and_serve_the_next_one(operator: Operator) -> None:
    operator.deploy()
    operator.put()
    operator.destroy()
    assert operator.check()[0] == 1
    assert operator.check(existing_secret=True) == (0, "")
    assert operator.deploy(existing_secret=True) == "CREATE_COMPLETE"
    assert operator.holds_token()


@pytest.mark.parametrize("existing", [True, False])
def test_a_secret_scheduled_for_deletion_is_restored_first(operator: Operator, existing: bool) -> None:
    operator.secrets.create_secret(Name=NAME, SecretString=TOKEN)
    operator.secrets.delete_secret(SecretId=NAME)
    status, said = operator.check(existing_secret=existing)
    assert status == 1
    assert f"aws secretsmanager restore-secret --region us-east-1 --secret-id {NAME}\n" in said
    assert ("Then set `existing_secret: true`" in said) is not existing
    operator.secrets.restore_secret(SecretId=NAME)
    assert operator.check(existing_secret=True) == (0, "")


def test_an_existing_secret_that_does_not_exist_is_named(operator: Operator) -> None:
    status, said = operator.check(existing_secret=True)
    assert (status, "does not exist in us-east-1" in said) == (1, True)


def test_the_region_is_the_one_that_cdk_is_told(operator: Operator) -> None:
    operator.secrets.create_secret(Name=NAME)
    elsewhere = operator.check("--region", "eu-central-1", "--require-approval", "never", existing_secret=True)
    assert (elsewhere[0], "does not exist in eu-central-1" in elsewhere[1]) == (1, True)


def test_a_secret_of_the_stack_that_somebody_deleted_has_to_be_made_by_hand(operator: Operator) -> None:
    operator.deploy()
    operator.secrets.delete_secret(SecretId=NAME, ForceDeleteWithoutRecovery=True)
    status, said = operator.check()
    assert status == 1
    assert f"aws secretsmanager create-secret --region us-east-1 --name {NAME} " in said


def test_who_may_not_look_deploys_all_the_same(aws: AwsDouble, operator: Operator) -> None:
    aws.faults.add(Fault("refuse", service="secretsmanager", operation="DescribeSecret"))
    status, said = operator.check(existing_secret=True)
    assert (status, "secretsmanager:DescribeSecret" in said) == (0, True)


def test_without_credentials_it_says_how_to_sign_in(operator: Operator, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
    status, said = operator.check()
    assert (status, said.startswith("No AWS credentials")) == (1, True)


def test_a_configuration_that_is_not_right_is_not_deployed(operator: Operator) -> None:
    status, said = operator.check(zones=[])
    assert (status, "sources[0].zones" in said) == (1, True)
