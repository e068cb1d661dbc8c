"""Deploys the project's own stack into the sandbox, with the CDK CLI that deploys it to AWS.

`synthesise` writes a cloud assembly, which takes longest; `deploy` takes it to an `AwsDouble`, and can do so for any
number of them.

    assembly = synthesise(folder, spectrum={"sources": [...]})
    with AwsDouble() as aws:
        deployment = deploy(aws, assembly)
        aws.client("lambda").get_function(FunctionName=deployment.outputs["FunctionName"])
"""

import json
import os
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from botocore.exceptions import ClientError

from tests.sandbox.aws import AwsDouble
from tests.sandbox.command import run

PROJECT: Final = Path(__file__).resolve().parents[2]
STACK: Final = "SpectrumMeter"

_TOOLKIT: Final = "CDKToolkit"
_BIN: Final = PROJECT / ".venv" / "bin"
_CLI_PACKAGE: Final = PROJECT / ".venv/cdk/node_modules/aws-cdk"
_CLI: Final = (str(_BIN / "node"), str(_CLI_PACKAGE / "bin/cdk"))
_APP: Final = "python -m tests.sandbox.app"
"""The product's app, with bundles that run on this machine."""
_ZIPS: Final = PROJECT / "build" / "zips"
_ZIPS_KEPT_S: Final = 24 * 3600
_CALLER: Final = "AKIACDK0000000000000"

Progress = Callable[[str], None]
"""Gets each line that the CLI prints, as it prints it."""


@dataclass(frozen=True, slots=True)
class Resource:
    """One deployed resource."""

    logical_id: str
    type: str
    physical_id: str
    """What `Ref` gives: a name, an ARN or a URL, by type."""


@dataclass(frozen=True, slots=True, order=True)
class ScheduleName:
    """How EventBridge Scheduler knows a schedule."""

    group: str
    name: str


@dataclass(frozen=True, slots=True)
class Deployment:
    """What was deployed."""

    stack: str
    outputs: Mapping[str, str]
    resources: tuple[Resource, ...]
    roles: Mapping[str, str]
    """For each function, by name, the name of its role."""
    schedules: tuple[ScheduleName, ...]
    seconds: Mapping[str, float]
    """How long each step took: `bootstrap` (0 when it was done before), `deploy`."""

    def of_type(self, resource_type: str) -> tuple[str, ...]:
        """Physical ids of all resources of this type, such as `AWS::SQS::Queue`."""
        return tuple(resource.physical_id for resource in self.resources if resource.type == resource_type)

    def only(self, resource_type: str) -> str:
        """Physical id of the one resource of this type; raises LookupError when there are none or several."""
        found = self.of_type(resource_type)
        if len(found) != 1:
            raise LookupError(f"{self.stack} has {len(found)} resources of type {resource_type}, not one: {found}")
        return found[0]


def synthesise(folder: Path, *, spectrum: Mapping[str, Any], progress: Progress | None = None) -> Path:
    """Writes the stack's cloud assembly for this configuration (cdk.json's `spectrum`) to `folder`, and returns it.

    Raises CommandError with the CLI's output when the configuration is not right.
    """
    context = f"spectrum={json.dumps(spectrum)}"
    # The machine's environment stays, for uv; but no AWS account may be in reach.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    environment |= {"PATH": f"{_BIN}{os.pathsep}{os.environ['PATH']}", "CDK_HOME": str(folder), **_SETTINGS}
    arguments = ("synth", "--quiet", "--app", _APP, "--output", str(folder), "--context", context)
    run((*_CLI, *arguments), environment=environment, folder=PROJECT, progress=progress)
    _share_zips(folder)
    return folder


def _share_zips(assembly: Path) -> None:
    """Lets this assembly use what the CLI zipped for another: DuckDB takes it seconds, and is the same in all of them.

    The CLI keeps each asset's zip in the assembly, by the hash of its content, and moves it there when it is whole.
    """
    _ZIPS.mkdir(parents=True, exist_ok=True)
    for path in _ZIPS.iterdir():
        with suppress(FileNotFoundError):  # another deployment was faster
            if time.time() - path.stat().st_mtime > _ZIPS_KEPT_S:
                path.unlink()
    cache = assembly / ".cache"
    if not cache.exists():
        cache.symlink_to(_ZIPS)


def deploy(aws: AwsDouble, assembly: Path, *, stack: str = STACK, progress: Progress | None = None) -> Deployment:
    """Takes an assembly to this AWS, for the first time or as an update; bootstraps it before if nobody has.

    Raises CommandError with the CLI's output when a resource could not be made.
    """
    seconds = {"bootstrap": 0.0}
    if not _is_bootstrapped(aws):
        seconds["bootstrap"] = bootstrap(aws, progress=progress)
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="cdk-deploy-") as folder:
        outputs = Path(folder, "outputs.json")
        arguments = ("deploy", stack, "--app", str(assembly), "--require-approval", "never", "--progress", "events")
        _cdk(aws, Path(folder), *arguments, "--outputs-file", str(outputs), progress=progress)
        values = json.loads(outputs.read_text()).get(stack, {})
    seconds["deploy"] = time.monotonic() - started
    return _describe(aws, stack, values, seconds)


def bootstrap(aws: AwsDouble, *, progress: Progress | None = None) -> float:
    """Prepares this AWS for CDK deployments, and returns how many seconds that took.

    The CLI does it once; what it made is made again by CloudFormation alone, which takes a fifth of the time.
    """
    started = time.monotonic()
    cloudformation = aws.client("cloudformation")
    _ZIPS.parent.mkdir(exist_ok=True)
    made = _ZIPS.parent / f"bootstrap-{json.loads((_CLI_PACKAGE / 'package.json').read_text())['version']}.json"
    if made.exists():
        cloudformation.create_stack(
            StackName=_TOOLKIT, Capabilities=("CAPABILITY_NAMED_IAM",), **json.loads(made.read_text())
        )
        return time.monotonic() - started
    with tempfile.TemporaryDirectory(prefix="cdk-bootstrap-", dir=_ZIPS.parent) as folder:
        _cdk(aws, Path(folder), "bootstrap", f"aws://{aws.account}/{aws.region}", progress=progress)
        (stack,) = cloudformation.describe_stacks(StackName=_TOOLKIT)["Stacks"]
        body = cloudformation.get_template(StackName=_TOOLKIT)["TemplateBody"]
        whole = Path(folder, "whole.json")
        # Lists, which the CLI leaves as they are, moto tells in a form that it does not take.
        given = [each for each in stack["Parameters"] if not each["ParameterValue"].startswith("[")]
        whole.write_text(json.dumps({"TemplateBody": body, "Parameters": given}))
        whole.replace(made)
    return time.monotonic() - started


def _cdk(aws: AwsDouble, folder: Path, *arguments: str, progress: Progress | None) -> None:
    """Runs the CLI with the sandbox in reach and nothing else: no files of the user's, no credentials."""
    environment = {
        "PATH": f"{_BIN}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(folder),
        "CDK_HOME": str(folder),
        "AWS_ENDPOINT_URL": aws.endpoint_url,
        "AWS_REGION": aws.region,
        "AWS_ACCESS_KEY_ID": _CALLER,
        "AWS_SECRET_ACCESS_KEY": "-",
        "AWS_EC2_METADATA_DISABLED": "true",
        **_SETTINGS,
    }
    run((*_CLI, *arguments), environment=environment, folder=folder, progress=progress)


_SETTINGS: Final = {
    "CI": "1",  # everything on standard output, nothing redrawn
    "NO_COLOR": "1",
    "CDK_DISABLE_CLI_TELEMETRY": "1",
    "CDK_DISABLE_VERSION_CHECK": "1",
    "NODE_COMPILE_CACHE": str(PROJECT / "build" / "node"),  # the CLI is 20 MB of JavaScript
}


def _is_bootstrapped(aws: AwsDouble) -> bool:
    try:
        aws.client("cloudformation").describe_stacks(StackName=_TOOLKIT)
    except ClientError:
        return False
    return True


def _describe(aws: AwsDouble, stack: str, outputs: Mapping[str, str], seconds: Mapping[str, float]) -> Deployment:
    pages = aws.client("cloudformation").get_paginator("list_stack_resources").paginate(StackName=stack)
    resources = tuple(
        Resource(summary["LogicalResourceId"], summary["ResourceType"], summary["PhysicalResourceId"])
        for page in pages
        for summary in page["StackResourceSummaries"]
        if summary["ResourceType"]
    )
    functions = [resource.physical_id for resource in resources if resource.type == "AWS::Lambda::Function"]
    names = {resource.physical_id for resource in resources if resource.type == "AWS::Scheduler::Schedule"}
    pages = aws.client("scheduler").get_paginator("list_schedules").paginate() if names else []
    schedules = [ScheduleName(each["GroupName"], each["Name"]) for page in pages for each in page["Schedules"]]
    return Deployment(
        stack=stack,
        outputs=outputs,
        resources=resources,
        roles={name: _role(aws, name) for name in functions},
        schedules=tuple(sorted(schedule for schedule in schedules if schedule.name in names)),
        seconds=seconds,
    )


def _role(aws: AwsDouble, function: str) -> str:
    arn: str = aws.client("lambda").get_function_configuration(FunctionName=function)["Role"]
    return arn.rpartition("/")[2]
