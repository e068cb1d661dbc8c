"""What was deployed: the function's settings and code, as AWS tells them.

moto's Lambda forgets two things that AWS's GetFunction tells: `LoggingConfig` and where the code can be fetched. They
are read from the deployed stack's template instead. The fetched code must have the hash that Lambda reports.
"""

import hashlib
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

from tests.sandbox.function.stack_template import StackTemplate

if TYPE_CHECKING:
    from types_boto3_cloudformation import CloudFormationClient
    from types_boto3_lambda import LambdaClient
    from types_boto3_s3 import S3Client


@dataclass(frozen=True, slots=True)
class Deployment:
    """One deployed function: everything that decides how Lambda runs it."""

    name: str
    arn: str
    handler: str
    runtime: str
    """Lambda's word, such as `python3.13`; the interpreter that runs here may be another."""
    timeout_s: float
    memory_mb: int
    variables: Mapping[str, str]
    log_group: str
    log_format: str
    """`JSON` or `Text`."""
    application_log_level: str | None
    system_log_level: str | None
    """Levels below these do not reach the log; null where the format is `Text`."""
    code: bytes = field(repr=False)

    @property
    def region(self) -> str:
        """The region in the function's ARN."""
        return self.arn.split(":")[3]

    @classmethod
    def read(
        cls,
        function: str,
        stack: str,
        *,
        lambda_client: "LambdaClient",
        cloudformation: "CloudFormationClient",
        s3: "S3Client",
    ) -> Self:
        """Read the function (a name or an ARN) that the stack deployed.

        Raises LookupError when the stack has no such function, ValueError when the code in the bucket is not the code
        that was deployed.
        """
        settings: Mapping[str, Any] = lambda_client.get_function(FunctionName=function)["Configuration"]
        template = StackTemplate.read(stack, cloudformation)
        properties = template.properties_of("AWS::Lambda::Function", settings["FunctionName"])
        logging = properties.get("LoggingConfig", {})
        log_format = logging.get("LogFormat", "Text")
        json_logs = log_format == "JSON"
        return cls(
            name=settings["FunctionName"],
            arn=settings["FunctionArn"].removesuffix(":$LATEST"),
            handler=settings["Handler"],
            runtime=settings["Runtime"],
            timeout_s=float(settings["Timeout"]),
            memory_mb=settings["MemorySize"],
            variables=settings.get("Environment", {}).get("Variables", {}),
            log_group=template.resolve(logging.get("LogGroup", f"/aws/lambda/{settings['FunctionName']}")),
            log_format=log_format,
            application_log_level=logging.get("ApplicationLogLevel", "INFO") if json_logs else None,
            system_log_level=logging.get("SystemLogLevel", "INFO") if json_logs else None,
            code=_fetch(template, properties["Code"], settings["CodeSha256"], s3),
        )


def _fetch(template: StackTemplate, code: Mapping[str, Any], expected: str, s3: "S3Client") -> bytes:
    bucket, key = template.resolve(code["S3Bucket"]), template.resolve(code["S3Key"])
    zipped = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    actual = b64encode(hashlib.sha256(zipped).digest()).decode()
    if actual != expected:
        raise ValueError(
            f"s3://{bucket}/{key} has SHA-256 {actual}, Lambda runs {expected}: the object was replaced after the "
            "deployment; deploy again"
        )
    return zipped
