"""The deployed stack, found; and what is said when it is not."""

from typing import Any, cast

import pytest
from botocore.exceptions import (
    ConnectTimeoutError,
    NoCredentialsError,
    NoRegionError,
    PartialCredentialsError,
    ProfileNotFound,
    TokenRetrievalError,
    UnauthorizedSSOTokenError,
)

from commands._aws import CommandFailed, Deployment, aws_errors_as_command_failed
from tests.unit.examples import client_error


class CloudFormation:
    """Knows one stack, or fails."""

    class meta:  # noqa: N801
        region_name = "eu-central-1"

    def __init__(self, error: Exception | None = None) -> None:
        self._error = error

    def describe_stacks(self, *, StackName: str) -> Any:  # noqa: N803
        if self._error:
            raise self._error
        outputs = [{"OutputKey": "BucketName", "OutputValue": "minutes"}]
        return {"Stacks": [{"StackName": StackName, "Outputs": outputs}]}


def find(error: Exception | None = None) -> Deployment:
    return Deployment.find(cast(Any, CloudFormation(error)), "SpectrumMeter")


def test_the_outputs_of_the_stack_are_told() -> None:
    assert find().output("BucketName") == "minutes"


def test_an_output_that_is_missing_means_another_version() -> None:
    with pytest.raises(CommandFailed, match=r"SpectrumMeter has no output CompactorName: .* `make deploy`"):
        find().output("CompactorName")


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (
            client_error("ValidationError", 400, "DescribeStacks"),
            "There is no stack SpectrumMeter in eu-central-1.*AWS_REGION, AWS_PROFILE or --stack",
        ),
        (
            client_error("AccessDenied", 403, "DescribeStacks"),
            r"AWS did not say where SpectrumMeter is: AccessDenied \(HTTP 403\) on DescribeStacks: no",
        ),
        (NoCredentialsError(), "No AWS credentials.*aws sso login"),
        (PartialCredentialsError(provider="env", cred_var="AWS_SECRET_ACCESS_KEY"), "No AWS credentials"),
        (UnauthorizedSSOTokenError(), "No AWS credentials.*expired"),
        (TokenRetrievalError(provider="sso", error_msg="expired"), "No AWS credentials.*expired"),
        (ProfileNotFound(profile="nobody"), r"No AWS credentials \(The config profile \(nobody\) could not be found\)"),
        (NoRegionError(), "No AWS region: set AWS_REGION"),
        (ConnectTimeoutError(endpoint_url="https://x"), "AWS did not say where SpectrumMeter is: Connect timeout"),
    ],
)
def test_what_aws_refuses_is_told_with_what_to_do(error: Exception, said: str) -> None:
    with pytest.raises(CommandFailed, match=said) as failed:
        find(error)
    assert failed.value.__cause__ is error


def test_what_is_no_failure_of_aws_is_left_alone() -> None:
    with pytest.raises(ZeroDivisionError), aws_errors_as_command_failed("anything"):
        _ = 1 / 0
