"""The whole sandbox: the deployed stack, the clock that drives it, and everything it talks to.

with Sandbox(assembly, world) as sandbox:
    sandbox.put_secret(SECRET, TOKEN)
    sandbox.deliver("2026-11-23T10:01:00Z")
    sandbox.rows("2026-11-23T10:00")
"""

import json
import socket
import time
from collections.abc import Collection, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final, Self
from unittest.mock import patch

from moto.cloudwatch.models import cloudwatch_backends

from tests.sandbox.aws import AwsDouble
from tests.sandbox.cloudflare.server import Cloudflare
from tests.sandbox.cloudflare.world import World
from tests.sandbox.deploy import Progress, deploy
from tests.sandbox.function.deployed import DeployedFunction
from tests.sandbox.function.deployment import Deployment as FunctionDeployment
from tests.sandbox.function.environment_variables import Sandboxed
from tests.sandbox.function.invocation import Invocation
from tests.sandbox.kept import Kept, instant
from tests.sandbox.logs.log_group import LogGroup
from tests.sandbox.logs.metric_extraction import MetricExtraction
from tests.sandbox.schedule.asynchronous import AsynchronousQueue, Processed
from tests.sandbox.schedule.delivery import Deliverer
from tests.sandbox.schedule.deployed_schedule import Schedule, deployed_schedules
from tests.sandbox.schedule.scheduler import Delivery

EXECUTION_ID: Final = "d32c5kddcf5bb8c3"


class Sandbox(Kept):
    """The product as deployed, in a world that stands still until an event is delivered."""

    def __init__(self, assembly: Path, world: World, *, seed: int = 0, progress: Progress | None = None) -> None:
        self.aws = AwsDouble()
        self.invocations: list[Invocation] = []
        self.secret_texts: set[str] = set()
        """Everything that was ever put into a secret, so that a test can look for it where it must not be."""
        self._assembly = assembly
        self._world = world
        self._seed = seed
        self._progress = progress
        self._moved = (datetime(2026, 1, 1, tzinfo=UTC), time.monotonic())
        self._open = ExitStack()
        self._running = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as opened:
            opened.enter_context(self.aws)
            # CloudWatch Logs takes events of the last two weeks; which weeks those are, the simulated time says.
            opened.enter_context(patch("moto.logs.models.utcnow", lambda: self._now().replace(tzinfo=None)))
            self.deployment = deploy(self.aws, self._assembly, progress=self._progress)
            name = self.deployment.only("AWS::Lambda::Function")
            self.function_deployment = FunctionDeployment.read(
                name,
                self.deployment.stack,
                lambda_client=self.aws.client("lambda"),
                cloudformation=self.aws.client("cloudformation"),
                s3=self.aws.client("s3"),
            )
            self.role = self.deployment.roles[name]
            self.log = LogGroup(self.function_deployment, self.aws.client("logs"))
            self.extraction = MetricExtraction(self.aws.client("cloudwatch"))
            self.schedules = deployed_schedules(self.aws.client("scheduler"))
            opened.callback(self._stop)
            self._start(self._world)
            self._open = opened.pop_all()
        return self

    def __exit__(self, *exc: Any) -> None:
        self._open.__exit__(*exc)

    def _start(
        self, world: World, *, timeout_s: float | None = None, unreachable: Collection[str] = frozenset()
    ) -> None:
        """Begin a life of the sandbox: a Cloudflare with this world, and a function that has not run yet."""
        with ExitStack() as running:
            nowhere = running.enter_context(_refusing_address()) if unreachable else ""
            self.cloudflare = running.enter_context(Cloudflare(world, clock=self._now, seed=self._seed))
            credentials = self.aws.assume(self.role)
            sandboxed = Sandboxed(
                endpoint_url=self.aws.endpoint_url,
                access_key_id=credentials.access_key_id,
                secret_access_key=credentials.secret_access_key,
                session_token=credentials.session_token,
                service_endpoint_urls=dict.fromkeys(unreachable, nowhere),
                overrides={"CLOUDFLARE_API_BASE_URL": self.cloudflare.base_url},
            )
            deployed = self.function_deployment
            deployed = replace(deployed, timeout_s=timeout_s or deployed.timeout_s)
            self.function = running.enter_context(DeployedFunction(deployed, sandboxed))
            arn = self.function_deployment.arn
            queue = AsynchronousQueue(arn, self.invoke, lambda_client=self.aws.client("lambda"), sqs=self.sqs)
            self.deliverer = Deliverer({arn: queue}, sqs=self.sqs)
            self._running = running.pop_all()

    def _stop(self) -> None:
        self._running.close()

    def _now(self) -> datetime:
        moment, at = self._moved
        return moment + timedelta(seconds=time.monotonic() - at)

    def invoke(self, event: str, at: datetime, *, request_id: str | None = None) -> Invocation:
        """Give the function this event as it is; its lines go to the log, and their metrics to CloudWatch."""
        self._moved = (at, time.monotonic())
        invocation = self.function.invoke(event, at, request_id=request_id)
        self.invocations.append(invocation)
        self.extraction.extract(self.log.write(invocation), at)
        return invocation

    def put_secret(self, name: str, text: str) -> None:
        """Do what the stack's output tells the user to do after the deployment."""
        self.secret_texts.add(text)
        self.aws.client("secretsmanager").put_secret_value(SecretId=name, SecretString=text)

    def schedule(self, source: str = "main") -> Schedule:
        """The deployed schedule of a source, found by what it sends."""
        return next(each for each in self.schedules if json.loads(each.input_template)["source"] == source)

    def deliver(self, scheduled: str, *, source: str = "main", late_s: float = 1.0, waits_s: float = 0) -> Processed:
        """Deliver the event that the deployed schedule sends at this minute; what Lambda made of it."""
        moment = instant(scheduled)
        delivery = Delivery(self.schedule(source), moment, moment + timedelta(seconds=late_s), EXECUTION_ID)
        processed = self.deliverer.deliver(delivery, waits_s=waits_s).processed
        assert processed is not None, "Lambda did not accept the event"
        return processed

    def run(self, scheduled: str, *, source: str = "main", late_s: float = 1.0) -> Invocation:
        """Deliver one event and return the one invocation it led to."""
        (invocation,) = self.deliver(scheduled, source=source, late_s=late_s).invocations
        return invocation

    def reset(
        self,
        world: World | None = None,
        *,
        timeout_s: float | None = None,
        unreachable: Collection[str] = frozenset(),
    ) -> None:
        """Forget everything but the deployment and the secrets: data, faults, records, warm processes.

        `timeout_s` in place of the function's deployed timeout, for what takes all of it. The function cannot connect
        to the `unreachable` AWS services (`CLOUDWATCH`, `S3`, `SECRETS_MANAGER`).
        """
        self._stop()
        self.aws.clear()
        cloudwatch_backends[self.aws.account][self.aws.region].metric_data.clear()
        _empty(self.s3, self.bucket)
        for output in ("FailureQueueUrl", "ScheduleQueueUrl"):
            self.queued(output)
        self.invocations.clear()
        self.extraction.malformed.clear()
        self.log.violations.clear()
        self._start(world or self._world, timeout_s=timeout_s, unreachable=unreachable)


@contextmanager
def _refusing_address() -> Iterator[str]:
    """A URL at which every connection is refused: the port is taken, and nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}"


def _empty(s3: Any, bucket: str) -> None:
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
        versions: list[Mapping[str, str]] = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
        doomed = [{"Key": each["Key"], "VersionId": each["VersionId"]} for each in versions]
        if doomed:
            s3.delete_objects(Bucket=bucket, Delete={"Objects": doomed})
