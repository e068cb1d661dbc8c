"""What IAM is asked for each AWS call: its action, the resources, and the condition keys.

An operation and its action usually share their name. Where they do not, and which resources an action is about, is said
in the Service Authorization Reference
(https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html):
Amazon S3, `list_amazons3.html`; AWS Secrets Manager, `list_awssecretsmanager.html`; Amazon CloudWatch,
`list_amazoncloudwatch.html`; Amazon SQS, `list_amazonsqs.html`; Amazon Athena, `list_amazonathena.html`.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from tests.sandbox.aws.backstage import ACCOUNT, REGION, backstage
from tests.sandbox.aws.permissions import Request

Parameters = Mapping[str, Any]

ALWAYS: Final = {
    # The sandbox speaks HTTP where AWS speaks HTTPS: its calls stand for TLS ones.
    "aws:SecureTransport": "true",
    "aws:RequestedRegion": REGION,
    "aws:ResourceAccount": ACCOUNT,
    "aws:PrincipalAccount": ACCOUNT,
    "s3:ResourceAccount": ACCOUNT,
}
"""The condition keys of every call."""

_S3_ACTION_OF: Final = {
    # https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html and the like, section "Permissions"
    "HeadObject": "s3:GetObject",
    "ListObjects": "s3:ListBucket",
    "ListObjectsV2": "s3:ListBucket",
    "HeadBucket": "s3:ListBucket",
    "DeleteObjects": "s3:DeleteObject",
    "CreateMultipartUpload": "s3:PutObject",
    "UploadPart": "s3:PutObject",
    "CompleteMultipartUpload": "s3:PutObject",
}


def request_of(service: str, operation: str, parameters: Parameters) -> Request:
    """What IAM is asked for this call.

    Services that are not in the table are asked for `service:Operation` on `*`: enough to see that a function makes
    a call that nobody expected.
    """
    describe = _SERVICES.get(service)
    if describe is None:
        return Request(f"{_PREFIXES.get(service, service)}:{operation}", ("*",), ALWAYS)
    return describe(operation, parameters)


def key_of(service: str, parameters: Parameters) -> str:
    """What the call is about, in one word: an S3 key, a secret's id, a namespace, a queue's URL, an ARN."""
    name = _KEYS.get(service, "")
    value = parameters.get(name, "")
    return value if isinstance(value, str) else ""


def may_list(bucket: str) -> Request:
    """What S3 asks before it says that a key is missing (404) and not forbidden (403).

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html, section "Permissions".
    """
    return Request("s3:ListBucket", (f"arn:aws:s3:::{bucket}",), ALWAYS)


def _s3(operation: str, parameters: Parameters) -> Request:
    bucket, key = parameters.get("Bucket"), parameters.get("Key")
    context = dict(ALWAYS)
    if "Prefix" in parameters:
        context["s3:prefix"] = parameters["Prefix"]
    if parameters.get("IfNoneMatch"):
        context["s3:if-none-match"] = parameters["IfNoneMatch"]
    action = _S3_ACTION_OF.get(operation, f"s3:{operation}")
    if bucket is None:
        return Request(action, ("*",), context)
    if operation == "DeleteObjects":
        keys = [entry["Key"] for entry in parameters["Delete"]["Objects"]]
        return Request(action, tuple(f"arn:aws:s3:::{bucket}/{each}" for each in keys), context)
    return Request(action, (f"arn:aws:s3:::{bucket}" + (f"/{key}" if key else ""),), context)


def _secretsmanager(operation: str, parameters: Parameters) -> Request:
    identifier = parameters.get("SecretId") or parameters.get("Name", "*")
    resource = identifier if identifier.startswith("arn:") else _secret_arn(identifier)
    return Request(f"secretsmanager:{operation}", (resource,), {**ALWAYS, "secretsmanager:SecretId": identifier})


def _secret_arn(name: str) -> str:
    """A secret's ARN ends in six random characters, so a name has to be looked up; an unknown one has no such end."""
    manager = backstage("secretsmanager")
    try:
        arn: str = manager.describe_secret(SecretId=name)["ARN"]
    except manager.exceptions.ResourceNotFoundException:
        arn = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:{name}"
    return arn


def _cloudwatch(operation: str, parameters: Parameters) -> Request:
    context = dict(ALWAYS)
    if operation == "PutMetricData":
        context["cloudwatch:namespace"] = parameters.get("Namespace", "")
    return Request(f"cloudwatch:{operation}", ("*",), context)


def _sqs(operation: str, parameters: Parameters) -> Request:
    name = parameters.get("QueueUrl", "").rpartition("/")[2] or parameters.get("QueueName", "*")
    action = operation.removesuffix("Batch")
    return Request(f"sqs:{action}", (f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}",), ALWAYS)


def _athena(operation: str, parameters: Parameters) -> Request:
    group = parameters.get("WorkGroup", "primary")
    return Request(f"athena:{operation}", (f"arn:aws:athena:{REGION}:{ACCOUNT}:workgroup/{group}",), ALWAYS)


_SERVICES: Final[dict[str, Callable[[str, Parameters], Request]]] = {
    "s3": _s3,
    "secretsmanager": _secretsmanager,
    "cloudwatch": _cloudwatch,
    "sqs": _sqs,
    "athena": _athena,
}
_PREFIXES: Final = {"stepfunctions": "states"}
_KEYS: Final = {
    "s3": "Key",
    "secretsmanager": "SecretId",
    "cloudwatch": "Namespace",
    "sqs": "QueueUrl",
    "lambda": "FunctionName",
    "cloudformation": "StackName",
    "athena": "WorkGroup",
}
