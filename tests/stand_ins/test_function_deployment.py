"""What the sandbox runs is what a stack deployed: settings from Lambda and the template, code from the bucket."""

import io
import json
import zipfile
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

import boto3
import pytest
from moto.moto_server.threaded_moto_server import ThreadedMotoServer

from tests.sandbox.function.deployment import Deployment

if TYPE_CHECKING:
    from types_boto3_cloudformation import CloudFormationClient
    from types_boto3_lambda import LambdaClient
    from types_boto3_s3 import S3Client

REGION: Final = "us-east-1"
BUCKET = f"deployment-test-assets-123456789012-{REGION}"


class Aws:
    """moto, and the three clients that a deployment is read with."""

    def __init__(self, endpoint_url: str) -> None:
        session = boto3.Session("testing", "testing", region_name=REGION)
        self.s3: S3Client = session.client("s3", endpoint_url=endpoint_url)
        self.lambda_client: LambdaClient = session.client("lambda", endpoint_url=endpoint_url)
        self.cloudformation: CloudFormationClient = session.client("cloudformation", endpoint_url=endpoint_url)

    def deploy(self, stack: str, **properties: Any) -> None:
        """Deploy a function of the stack's name, in the form in which the CDK writes it."""
        function = {
            "FunctionName": stack,
            "Handler": "collector.handler.handler",
            "Role": {"Fn::GetAtt": ["Role", "Arn"]},
            "Runtime": "python3.13",
            "Code": {
                "S3Bucket": {"Fn::Sub": "deployment-test-assets-${AWS::AccountId}-${AWS::Region}"},
                "S3Key": f"{stack}.zip",
            },
            **properties,
        }
        trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}}
        resources = {
            "Role": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": {"Statement": [trust]}}},
            "Logs": {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": f"/made/for/{stack}"}},
            "Function": {"Type": "AWS::Lambda::Function", "Properties": function},
        }
        self.s3.put_object(Bucket=BUCKET, Key=f"{stack}.zip", Body=zipped(stack))
        self.cloudformation.create_stack(StackName=stack, TemplateBody=json.dumps({"Resources": resources}))

    def read(self, function: str, stack: str) -> Deployment:
        return Deployment.read(
            function, stack, lambda_client=self.lambda_client, cloudformation=self.cloudformation, s3=self.s3
        )


def zipped(content: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(zipfile.ZipInfo("app.py"), content)  # Its time is fixed: the same bytes at every call.
    return buffer.getvalue()


@pytest.fixture(scope="module")
def aws() -> Iterator[Aws]:
    server = ThreadedMotoServer("localhost", 0, verbose=False)
    server.start()
    aws = Aws(f"http://localhost:{server.get_host_and_port()[1]}")
    aws.s3.create_bucket(Bucket=BUCKET)
    yield aws
    server.stop()


def test_everything_that_decides_how_the_function_runs_is_read(aws: Aws) -> None:
    aws.deploy(
        "whole",
        Timeout=50,
        MemorySize=256,
        Environment={"Variables": {"BUCKET": "raw"}},
        LoggingConfig={"LogFormat": "JSON", "SystemLogLevel": "WARN", "LogGroup": {"Ref": "Logs"}},
    )
    deployment = aws.read("whole", "whole")
    assert deployment == Deployment(
        name="whole",
        arn=f"arn:aws:lambda:{REGION}:123456789012:function:whole",
        handler="collector.handler.handler",
        runtime="python3.13",
        timeout_s=50,
        memory_mb=256,
        variables={"BUCKET": "raw"},
        log_group="/made/for/whole",
        log_format="JSON",
        application_log_level="INFO",
        system_log_level="WARN",
        code=zipped("whole"),
    )
    assert deployment.region == REGION


def test_a_function_may_be_named_by_its_arn(aws: Aws) -> None:
    aws.deploy("by-arn")
    assert aws.read(f"arn:aws:lambda:{REGION}:123456789012:function:by-arn", "by-arn").name == "by-arn"


def test_without_logging_settings_the_log_is_text_in_the_functions_own_group(aws: Aws) -> None:
    aws.deploy("plain")
    deployment = aws.read("plain", "plain")
    assert (deployment.log_format, deployment.log_group) == ("Text", "/aws/lambda/plain")
    assert deployment.application_log_level is None


def test_code_that_was_replaced_in_the_bucket_is_not_run(aws: Aws) -> None:
    aws.deploy("replaced")
    aws.s3.put_object(Bucket=BUCKET, Key="replaced.zip", Body=zipped("other"))
    with pytest.raises(ValueError, match=rf"s3://{BUCKET}/replaced.zip .* was replaced after the deployment"):
        aws.read("replaced", "replaced")


def test_a_function_of_another_stack_is_not_found(aws: Aws) -> None:
    aws.deploy("one")
    aws.deploy("two")
    with pytest.raises(LookupError, match="stack two deployed no AWS::Lambda::Function named one"):
        aws.read("one", "two")


def test_a_reference_that_cannot_be_followed_is_named(aws: Aws) -> None:
    aws.deploy("joined", LoggingConfig={"LogGroup": {"Fn::Join": ["", ["/aws", "/logs"]]}})
    with pytest.raises(ValueError, match=r"stack joined: cannot follow .*Fn::Join"):
        aws.read("joined", "joined")
