"""The deployed stack as a command finds it, and what AWS said when it could not be asked."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

import boto3
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    CredentialRetrievalError,
    LoginError,
    NoCredentialsError,
    NoRegionError,
    PartialCredentialsError,
    ProfileNotFound,
    SSOError,
    TokenRetrievalError,
)

from aws import code_of, describe_error

if TYPE_CHECKING:
    from types_boto3_cloudformation import CloudFormationClient


STACK: Final = "SpectrumMeter"

READING: Final = Config(connect_timeout=5, read_timeout=60, retries={"mode": "standard", "total_max_attempts": 5})
"""For calls that may be made twice."""

WRITING: Final = Config(
    # Whoever writes decides by itself what may be tried again: RawStore, Publisher.
    connect_timeout=5,
    read_timeout=10,
    retries={"mode": "standard", "total_max_attempts": 1},
    request_min_compression_size_bytes=1024,
)


_NOT_SIGNED_IN: Final = (
    NoCredentialsError,
    PartialCredentialsError,
    CredentialRetrievalError,
    ProfileNotFound,
    SSOError,
    LoginError,
    TokenRetrievalError,
)


class CommandFailed(Exception):
    """The command cannot go on. The message says what happened, to what, and what to do."""


def session(*, profile: str | None = None, region: str | None = None) -> boto3.Session:
    """What every command makes its clients from; in `asking`, which tells what is missing.

    The region is that of CDK and the AWS CLI, AWS_REGION first. boto3 alone reads AWS_DEFAULT_REGION only:
    https://docs.aws.amazon.com/sdkref/latest/guide/feature-region.html
    """
    return boto3.Session(profile_name=profile, region_name=region or os.environ.get("AWS_REGION") or None)


@dataclass(frozen=True, slots=True)
class Deployment:
    """A deployed stack."""

    stack: str
    outputs: Mapping[str, str]

    @classmethod
    def find(cls, cloudformation: "CloudFormationClient", stack: str) -> Self:
        """Read the stack's outputs. Raises CommandFailed when there is no such stack, or AWS does not say."""
        with aws_errors_as_command_failed(f"where {stack} is"):
            try:
                (found,) = cloudformation.describe_stacks(StackName=stack)["Stacks"]
            except ClientError as error:
                if code_of(error) != "ValidationError":
                    raise
                raise CommandFailed(
                    f"There is no stack {stack} in {cloudformation.meta.region_name}, in the account of your "
                    "credentials: choose another with AWS_REGION, AWS_PROFILE or --stack."
                ) from error
        outputs = {each["OutputKey"]: each["OutputValue"] for each in found.get("Outputs", [])}
        return cls(stack, outputs)

    def output(self, name: str) -> str:
        """One output of the stack. Raises CommandFailed when it has none of this name."""
        if name not in self.outputs:
            raise CommandFailed(
                f"The stack {self.stack} has no output {name}: it was deployed from another version. "
                "Run `make deploy`, or use the checkout that it was deployed from."
            )
        return self.outputs[name]


@contextmanager
def aws_errors_as_command_failed(what: str) -> Iterator[None]:
    """Turn the failure of an AWS call into CommandFailed, "AWS did not say `what`"."""
    try:
        yield
    except _NOT_SIGNED_IN as error:
        raise CommandFailed(
            f"No AWS credentials ({describe_aws_error(error)}): sign in (`aws sso login`, `aws configure`), or set "
            "AWS_PROFILE."
        ) from error
    except NoRegionError as error:
        raise CommandFailed("No AWS region: set AWS_REGION, or a profile that has one (AWS_PROFILE).") from error
    except (ClientError, BotoCoreError) as error:
        raise CommandFailed(f"AWS did not say {what}: {describe_aws_error(error)}") from error


def describe_aws_error(error: Exception) -> str:
    """What AWS said, with its own words behind it: they name the missing permission."""
    if isinstance(error, ClientError):
        words = error.response["Error"].get("Message")
        return f"{describe_error(error)}: {words}" if words else describe_error(error)
    return str(error) or type(error).__name__
