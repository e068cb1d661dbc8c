"""`make deploy`, before CDK runs: is each secret of cdk.json in Secrets Manager what the configuration says it is?

CloudFormation notices a name that is taken in the middle of a deployment, and rolls it back. It does not notice at all
that a secret does not exist which the configuration declares existing.
"""

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from botocore.exceptions import ClientError

from aws import code_of
from commands._aws import READING, STACK, CommandFailed, aws_errors_as_command_failed, describe_aws_error, session
from commands._config import CDK_JSON, configuration_of
from commands._terminal import print_safe
from infra.configuration import CONTEXT_KEY, Configuration, ConfigurationError, Problem, Source, parse

if TYPE_CHECKING:
    from types_boto3_cloudformation import CloudFormationClient
    from types_boto3_secretsmanager import SecretsManagerClient
    from types_boto3_secretsmanager.type_defs import DescribeSecretResponseTypeDef

_LET_GO: Final = ("DELETE_COMPLETE", "DELETE_SKIPPED")
"""What CloudFormation calls a resource that it has deleted, or kept and forgotten."""
_NOT_CHECKED: Final = """\
Whether the secrets exist was not checked: {error}
With secretsmanager:DescribeSecret and cloudformation:ListStackResources it would be. CDK goes on."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Check, and return the exit status: 0 when CDK may deploy, 1 when something is to be put right before.

    `arguments` are those of `cdk deploy`, which may choose a profile, a region, or another configuration.
    """
    options, _ = _parser().parse_known_args(arguments)
    try:
        configuration = _configuration(options.context)
        with aws_errors_as_command_failed("which region and credentials to use"):
            made = session(profile=options.profile, region=options.region)
            cloudformation = made.client("cloudformation", config=READING)
            secrets = made.client("secretsmanager", config=READING)
        problems = list(check(configuration, made_by_stack(cloudformation), secrets))
    except (CommandFailed, ConfigurationError) as failed:
        cause = failed.__cause__
        if isinstance(cause, ClientError) and code_of(cause).startswith("AccessDenied"):
            # CDK deploys through roles of its own: who may assume these needs no other permission.
            print_safe(_NOT_CHECKED.format(error=describe_aws_error(cause)), sys.stderr)
            return 0
        print_safe(failed, sys.stderr)
        return 1
    for problem in problems:
        print_safe(problem, sys.stderr)
    return 1 if problems else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m commands.secrets_check", add_help=False, allow_abbrev=False)
    parser.add_argument("--profile")
    parser.add_argument("--region")
    parser.add_argument("-c", "--context", action="append", default=[])
    return parser


def _configuration(context: Sequence[str]) -> Configuration:
    """The configuration that CDK will use: a `--context spectrum=…` wins over cdk.json."""
    given = dict(each.partition("=")[::2] for each in context)
    return parse(given[CONTEXT_KEY]) if CONTEXT_KEY in given else configuration_of(CDK_JSON)


def made_by_stack(cloudformation: "CloudFormationClient") -> Mapping[str, str]:
    """The ARNs of the secrets that belong to the stack, by name; none when there is no stack. Raises CommandFailed.

    The tag aws:cloudformation:stack-name would not do: a secret keeps it when the stack has let go of it.
    """
    arns: list[str] = []
    with aws_errors_as_command_failed(f"which secrets belong to {STACK}"):
        try:
            for page in cloudformation.get_paginator("list_stack_resources").paginate(StackName=STACK):
                arns += [
                    each["PhysicalResourceId"]
                    for each in page["StackResourceSummaries"]
                    if each["ResourceType"] == "AWS::SecretsManager::Secret"
                    and each.get("PhysicalResourceId")
                    and each["ResourceStatus"] not in _LET_GO
                ]
        except ClientError as error:
            if code_of(error) != "ValidationError":
                raise
    # An ARN ends with the name, a hyphen and six random characters.
    return {arn.rpartition(":secret:")[2][:-7]: arn for arn in arns}


def check(configuration: Configuration, made: Mapping[str, str], secrets: "SecretsManagerClient") -> Iterator[Problem]:
    """Find each secret that is not as its source says. Raises CommandFailed when AWS does not tell."""
    for source in {source.secret: source for source in reversed(configuration.sources)}.values():
        found = _described(secrets, source.secret)
        message = _fault(source, found, made.get(source.secret), secrets.meta.region_name)
        if message:
            yield Problem(f"{source.path}.secret", message)


def _described(secrets: "SecretsManagerClient", name: str) -> "DescribeSecretResponseTypeDef | None":
    with aws_errors_as_command_failed(f"whether secret {name} exists"):
        try:
            return secrets.describe_secret(SecretId=name)
        except ClientError as error:
            if code_of(error) != "ResourceNotFoundException":
                raise
            return None


def _fault(
    source: Source, found: "DescribeSecretResponseTypeDef | None", made_arn: str | None, region: str
) -> str | None:
    """What is wrong about a source's secret, and what to do."""
    name = source.secret
    ours = found is not None and found["ARN"] == made_arn
    if found is not None and "DeletedDate" in found:
        then = "" if ours or source.existing_secret else "\nThen set `existing_secret: true`: the name is taken."
        return (
            f"secret {name} is scheduled for deletion: until then nobody can read it or use its name again. Restore it:"
            f"\naws secretsmanager restore-secret --region {region} --secret-id {name}{then}"
        )
    if source.existing_secret:
        if found is not None:
            return None
        return (
            f"secret {name} does not exist in {region}. Correct the name; or leave out `existing_secret`, "
            "and the stack creates it."
        )
    if found is None and made_arn:
        return (
            f"the stack made secret {name}, and somebody has deleted it since: CloudFormation does not make it again. "
            f"Create it, and set `existing_secret: true`:\naws secretsmanager create-secret --region {region} "
            f"--name {name} --secret-string file:///dev/stdin"
        )
    if found is not None and not ours:
        return f"secret {name} exists and is not this stack's: set `existing_secret: true`, or choose another name."
    return None


if __name__ == "__main__":
    sys.exit(main())
