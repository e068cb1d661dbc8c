"""The environment that Lambda gives a function: the deployed variables and Lambda's own, and nothing of this machine.

Lambda's own: https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime
Left out are the X-Ray daemon's address, LD_LIBRARY_PATH and the other languages' paths: nothing answers there.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tests.sandbox.function.deployment import Deployment

_RESERVED: Final = frozenset(
    {
        "_HANDLER",
        "_X_AMZN_TRACE_ID",
        "AWS_ACCESS_KEY",
        "AWS_ACCESS_KEY_ID",
        "AWS_DEFAULT_REGION",
        "AWS_EXECUTION_ENV",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
        "AWS_LAMBDA_FUNCTION_NAME",
        "AWS_LAMBDA_FUNCTION_VERSION",
        "AWS_LAMBDA_INITIALIZATION_TYPE",
        "AWS_LAMBDA_LOG_GROUP_NAME",
        "AWS_LAMBDA_LOG_STREAM_NAME",
        "AWS_LAMBDA_RUNTIME_API",
        "AWS_REGION",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "LAMBDA_RUNTIME_DIR",
        "LAMBDA_TASK_ROOT",
    }
)
"""AWS refuses to deploy a function that sets one of these."""


@dataclass(frozen=True, slots=True)
class Sandboxed:
    """What the sandbox adds to a deployed function's environment."""

    endpoint_url: str
    """Where boto3 finds AWS (`AWS_ENDPOINT_URL`)."""
    access_key_id: str = "testing"
    secret_access_key: str = field(default="testing", repr=False)
    session_token: str = field(default="testing", repr=False)
    service_endpoint_urls: Mapping[str, str] = field(default_factory=dict)
    """Where it finds single services instead, by the name in their variable: `AWS_ENDPOINT_URL_<name>`."""
    overrides: Mapping[str, str] = field(default_factory=dict)
    """Deployed variables to replace, such as `CLOUDFLARE_API_BASE_URL`."""


def check_variables(deployment: Deployment, sandboxed: Sandboxed) -> None:
    """Raise ValueError for a deployed variable that Lambda reserves, and for an override of one not deployed."""
    if reserved := _RESERVED & deployment.variables.keys():
        raise ValueError(f"{deployment.name}: Lambda reserves {', '.join(sorted(reserved))}; the stack must not set it")
    if unknown := sandboxed.overrides.keys() - deployment.variables.keys():
        raise ValueError(f"{deployment.name}: cannot override {', '.join(sorted(unknown))}, which was not deployed")


def function_environment(
    deployment: Deployment,
    sandboxed: Sandboxed,
    *,
    runtime_api: str,
    log_stream: str,
    task_root: Path,
    runtime_packages: Path,
    scratch: Path,
) -> dict[str, str]:
    """Build the whole environment of the function's process."""
    lambdas_own = {
        "_HANDLER": deployment.handler,
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{deployment.runtime}",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(deployment.memory_mb),
        "AWS_LAMBDA_FUNCTION_NAME": deployment.name,
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_FORMAT": deployment.log_format,
        "AWS_LAMBDA_LOG_GROUP_NAME": deployment.log_group,
        "AWS_LAMBDA_LOG_STREAM_NAME": log_stream,
        "AWS_LAMBDA_RUNTIME_API": runtime_api,
        "AWS_REGION": deployment.region,
        "AWS_DEFAULT_REGION": deployment.region,
        "AWS_ACCESS_KEY_ID": sandboxed.access_key_id,
        "AWS_SECRET_ACCESS_KEY": sandboxed.secret_access_key,
        "AWS_SESSION_TOKEN": sandboxed.session_token,
        "LAMBDA_RUNTIME_DIR": str(runtime_packages),
        "LAMBDA_TASK_ROOT": str(task_root),
    }
    if deployment.application_log_level is not None:
        lambdas_own["AWS_LAMBDA_LOG_LEVEL"] = deployment.application_log_level
    # Lambda's own too, but a function may set them.
    defaults = {
        "HOME": "/home/sbx_user1051",  # As in Lambda, and not there: no ~/.aws of this machine is read.
        "LANG": "en_US.UTF-8",
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "PYTHONPATH": str(runtime_packages),
        "TMPDIR": str(scratch),  # Not in Lambda, where each environment has a /tmp of its own.
        "TZ": ":UTC",
    }
    return {
        **defaults,
        **deployment.variables,
        **lambdas_own,
        "AWS_ENDPOINT_URL": sandboxed.endpoint_url,
        **{f"AWS_ENDPOINT_URL_{name}": url for name, url in sandboxed.service_endpoint_urls.items()},
        **sandboxed.overrides,
    }
