"""One of the deployed functions in operation: what was deployed, its processes, its queue of events, its log."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime

from tests.sandbox.aws import AwsDouble
from tests.sandbox.deploy import Deployment
from tests.sandbox.function.deployed import DeployedFunction
from tests.sandbox.function.deployment import Deployment as FunctionDeployment
from tests.sandbox.function.environment_variables import Sandboxed
from tests.sandbox.function.invocation import Invocation
from tests.sandbox.logs.log_group import LogGroup
from tests.sandbox.schedule.asynchronous import AsynchronousQueue, Invoke, Throttle


class Operation:
    """A function for as long as the sandbox is there; `running` is one life of it."""

    def __init__(self, aws: AwsDouble, stack: Deployment, output: str) -> None:
        """Read what the stack deployed under the name that this output of it tells."""
        name = stack.outputs[output]
        self._aws, self._lambda, self._sqs = aws, aws.client("lambda"), aws.client("sqs")
        self.deployment = FunctionDeployment.read(
            name,
            stack.stack,
            lambda_client=self._lambda,
            cloudformation=aws.client("cloudformation"),
            s3=aws.client("s3"),
        )
        self.role = stack.roles[name]
        """Name of its role."""
        self.log = LogGroup(self.deployment, aws.client("logs"))
        self.function: DeployedFunction
        """Its processes in this life. None is started before the first event."""

    @contextmanager
    def running(
        self, *, timeout_s: float | None, endpoints: Mapping[str, str], overrides: Mapping[str, str]
    ) -> Iterator[None]:
        """A life of it: no process is left of an earlier one, nor of this one afterwards.

        `timeout_s` in place of the deployed one; `endpoints` of single AWS services by name; `overrides` of deployed
        variables.
        """
        credentials = self._aws.assume(self.role)
        sandboxed = Sandboxed(
            endpoint_url=self._aws.endpoint_url,
            access_key_id=credentials.access_key_id,
            secret_access_key=credentials.secret_access_key,
            session_token=credentials.session_token,
            service_endpoint_urls=endpoints,
            overrides=overrides,
        )
        deployed = replace(self.deployment, timeout_s=timeout_s or self.deployment.timeout_s)
        with DeployedFunction(deployed, sandboxed) as self.function:
            yield

    def queue(self, invoke: Invoke, throttle: Throttle) -> AsynchronousQueue:
        """Its queue of asynchronous events, as it was deployed; `invoke` runs one of them, when there is room."""
        return AsynchronousQueue(
            self.deployment.arn, invoke, lambda_client=self._lambda, sqs=self._sqs, throttle=throttle
        )

    def invoke(self, event: str, at: datetime, *, request_id: str | None = None) -> tuple[Invocation, tuple[str, ...]]:
        """Give it this event as it is; also its lines that reached the log."""
        invocation = self.function.invoke(event, at, request_id=request_id)
        return invocation, self.log.write(invocation)
