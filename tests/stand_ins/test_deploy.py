"""The project's own stack goes into the sandbox with the real CDK CLI."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from contract.environment import BASE_URL, BUCKET
from contract.metrics import TRAFFIC_NAMESPACE
from tests.infra.declared import CONTEXT
from tests.sandbox.assemblies import Assemblies
from tests.sandbox.aws import AwsDouble, Request, policy_of
from tests.sandbox.command import CommandError
from tests.sandbox.deploy import PROJECT, deploy, synthesise


def spectrum(*sources: str) -> dict[str, Any]:
    zones = {name: f"{number:032x}" for number, name in enumerate(sources, start=1)}
    return {"sources": [{"name": name, "secret": "cloudflare/main", "zones": [zones[name]]} for name in sources]}


@pytest.fixture
def aws() -> Iterator[AwsDouble]:
    with AwsDouble() as double:
        yield double


def assembly(folder: Path, **resources: dict[str, Any]) -> Path:
    """A cloud assembly of one small stack, as `cdk synth` would write it."""
    artifact = {
        "type": "aws:cloudformation:stack",
        "environment": "aws://unknown-account/unknown-region",
        "properties": {"templateFile": "Small.template.json"},
    }
    folder.mkdir(exist_ok=True)
    (folder / "manifest.json").write_text(json.dumps({"version": "36.0.0", "artifacts": {"Small": artifact}}))
    (folder / "Small.template.json").write_text(json.dumps({"Resources": resources}))
    return folder


def queue(**properties: Any) -> dict[str, Any]:
    return {"Type": "AWS::SQS::Queue", "Properties": properties}


def test_the_projects_stack_is_deployed_and_updated(aws: AwsDouble, assemblies: Assemblies) -> None:
    lines: list[str] = []
    one = assemblies.of(spectrum("main"))
    first = deploy(aws, one, progress=lines.append)
    function = first.outputs["FunctionName"]
    bucket = first.only("AWS::S3::Bucket")
    environment = aws.client("lambda").get_function_configuration(FunctionName=function)["Environment"]["Variables"]
    assert environment[BUCKET] == bucket == first.outputs["BucketName"]
    assert environment[BASE_URL].startswith("https://api.cloudflare.com/")
    policy = policy_of(first.roles[function])
    assert policy.allows(Request("s3:PutObject", (f"arn:aws:s3:::{bucket}/raw/k",)))
    assert not policy.allows(Request("s3:DeleteObject", (f"arn:aws:s3:::{bucket}/raw/k",)))
    metrics = aws.client("cloudwatch", role=first.roles[function])
    metrics.put_metric_data(Namespace=TRAFFIC_NAMESPACE, MetricData=[{"MetricName": "M", "Value": 1.0}])
    with pytest.raises(ClientError, match=r"AccessDenied.*cloudwatch:PutMetricData"):
        metrics.put_metric_data(Namespace="Another", MetricData=[{"MetricName": "M", "Value": 1.0}])
    assert [schedule.name for schedule in first.schedules] == ["hourly_compaction", "main"]
    assert any("AWS::Lambda::Function" in line for line in lines)

    two = assemblies.of(spectrum("main", "other"))
    second = deploy(aws, two)
    assert [schedule.name for schedule in second.schedules] == ["hourly_compaction", "main", "other"]
    assert (second.outputs["FunctionName"], second.only("AWS::S3::Bucket")) == (function, bucket)
    assert second.seconds["bootstrap"] == 0
    shared = {path.stem for path in (one / ".cache").iterdir()}
    assert shared >= zips(one) | zips(two)


def test_the_sandbox_deploys_the_products_own_stack_but_for_the_machine_of_its_packages(
    assemblies: Assemblies, tmp_path: Path
) -> None:
    """What differs is the content of one asset, and so its name."""
    deployed, shipped = assemblies.of(spectrum("main")), tmp_path / "product"
    context = CONTEXT | {"spectrum": spectrum("main")}
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
    environment = os.environ | {"PATH": path, "CDK_OUTDIR": str(shipped), "CDK_CONTEXT_JSON": json.dumps(context)}
    subprocess.run([sys.executable, "app.py"], cwd=PROJECT, env=environment, check=True)
    one, other = (zips(assembly) for assembly in (deployed, shipped))
    assert len(one) == len(other) == 2
    assert len(one & other) == 1
    renamed = template(shipped)
    for mine, theirs in zip(one - other, other - one, strict=True):
        renamed = renamed.replace(theirs, mine)
    assert resources(renamed) == resources(template(deployed))


def zips(assembly: Path) -> set[str]:
    """The hashes of the folders that are zipped and uploaded."""
    files = json.loads((assembly / "SpectrumMeter.assets.json").read_text())["files"]
    return {name for name, asset in files.items() if asset["source"]["packaging"] == "zip"}


def template(assembly: Path) -> str:
    return (assembly / "SpectrumMeter.template.json").read_text()


def resources(text: str) -> dict[str, Any]:
    """What is deployed; the metadata, which the CLI adds to, is not."""
    found: dict[str, dict[str, Any]] = json.loads(text)["Resources"]
    return {name: {key: each[key] for key in each if key != "Metadata"} for name, each in found.items()}


def test_one_assembly_goes_into_any_number_of_sandboxes(tmp_path: Path) -> None:
    small = assembly(tmp_path / "small", Queue=queue())
    for _ in range(2):
        with AwsDouble() as aws:
            deployment = deploy(aws, small, stack="Small")
            urls = aws.client("sqs").list_queues()["QueueUrls"]
            assert [url.rpartition("/")[2] for url in urls] == [deployment.only("AWS::SQS::Queue").rpartition("/")[2]]


def test_a_deployment_that_fails_says_why_and_can_be_mended(aws: AwsDouble, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="does not know the properties Colour"):
        deploy(aws, assembly(tmp_path / "bad", Queue=queue(Colour="blue")), stack="Small")
    mended = deploy(aws, assembly(tmp_path / "good", Queue=queue()), stack="Small")
    assert len(mended.of_type("AWS::SQS::Queue")) == 1


def test_a_resource_type_that_nobody_taught_fails_the_deployment_by_name(aws: AwsDouble, tmp_path: Path) -> None:
    fancy = {"Type": "AWS::Fancy::Thing", "Properties": {}}
    with pytest.raises(CommandError, match="AWS::Fancy::Thing"):
        deploy(aws, assembly(tmp_path / "fancy", Thing=fancy), stack="Small")


def test_a_configuration_that_is_not_right_fails_at_synth(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="zones"):
        synthesise(tmp_path / "out", spectrum={"sources": [{"name": "main", "secret": "s", "zones": ["short"]}]})


def test_only_one_resource_of_a_type_is_meant_by_only(aws: AwsDouble, tmp_path: Path) -> None:
    deployment = deploy(aws, assembly(tmp_path / "two", One=queue(), Two=queue()), stack="Small")
    with pytest.raises(LookupError, match="2 resources of type AWS::SQS::Queue"):
        deployment.only("AWS::SQS::Queue")
