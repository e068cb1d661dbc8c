"""The whole sandbox: the deployed stack, the clock that drives it, and everything it talks to.

with Sandbox(assembly, world) as sandbox:
    sandbox.put_secret(SECRET, TOKEN)
    sandbox.deliver("2026-11-23T10:01:00Z")
    sandbox.rows("2026-11-23T10:00")
    sandbox.compact("2026-11-24T00:20:00Z")
    sandbox.history("usage", "2026-11-23")
"""

import socket
import time
from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self
from unittest.mock import patch

from moto.cloudwatch.models import cloudwatch_backends

from tests.sandbox.aws import AwsDouble
from tests.sandbox.aws.arrival import ARRIVALS
from tests.sandbox.aws.emptying import empty
from tests.sandbox.cloudflare.server import Cloudflare
from tests.sandbox.cloudflare.world import World
from tests.sandbox.deploy import Progress, deploy
from tests.sandbox.driven import Driven
from tests.sandbox.function.invocation import Invocation
from tests.sandbox.kept import Kept
from tests.sandbox.logs.metric_extraction import MetricExtraction
from tests.sandbox.operation import Operation
from tests.sandbox.schedule.asynchronous import AsynchronousQueue
from tests.sandbox.schedule.delivery import Deliverer
from tests.sandbox.schedule.deployed_schedule import deployed_schedules
from tests.sandbox.schedule.history import History
from tests.sandbox.schedule.trouble import Trouble


class Sandbox(Driven, Kept):
    """The product as deployed, in a world that stands still until an event is delivered."""

    def __init__(self, assembly: Path, world: World, *, seed: int = 0, progress: Progress | None = None) -> None:
        self.aws = AwsDouble()
        self.invocations: list[Invocation] = []
        self.compactions: list[Invocation] = []
        self.past = History()
        self.trouble = Trouble()
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
            opened.enter_context(ARRIVALS.follow(self._now))
            # CloudWatch Logs takes events of the last two weeks, and S3 tells when an object was written: of the
            # simulated time, however fast the machine goes through it.
            for models in ("moto.logs.models", "moto.s3.models"):
                opened.enter_context(patch(f"{models}.utcnow", lambda: self._now().replace(tzinfo=None)))
            self.deployment = deploy(self.aws, self._assembly, progress=self._progress)
            self.collecting = Operation(self.aws, self.deployment, "FunctionName")
            self.compacting = Operation(self.aws, self.deployment, "CompactorName")
            self.extraction = MetricExtraction(self.aws.client("cloudwatch"))
            self.schedules = deployed_schedules(self.aws.client("scheduler"))
            opened.callback(self._stop)
            self._start(self._world)
            self._open = opened.pop_all()
        return self

    def __exit__(self, *exc: Any) -> None:
        self._open.__exit__(*exc)

    def _start(
        self,
        world: World,
        *,
        timeout_s: float | None = None,
        compactor_timeout_s: float | None = None,
        unreachable: Collection[str] = frozenset(),
    ) -> None:
        """Begin a life of the sandbox: a Cloudflare with this world, and functions that have not run yet."""
        with ExitStack() as running:
            nowhere = running.enter_context(_refusing_address()) if unreachable else ""
            endpoints = dict.fromkeys(unreachable, nowhere)
            self.cloudflare = running.enter_context(Cloudflare(world, clock=self._now, seed=self._seed))
            overrides = {"CLOUDFLARE_API_BASE_URL": self.cloudflare.base_url}
            running.enter_context(
                self.collecting.running(timeout_s=timeout_s, endpoints=endpoints, overrides=overrides)
            )
            running.enter_context(
                self.compacting.running(timeout_s=compactor_timeout_s, endpoints=endpoints, overrides={})
            )
            self.deliverer = Deliverer(self.queues(), sqs=self.sqs, refuse=self.trouble.refuse)
            self._running = running.pop_all()

    def queues(self) -> dict[str, AsynchronousQueue]:
        """New queues of asynchronous events, by the ARN of the function that runs them."""
        return {
            operation.deployment.arn: operation.queue(invoke, self.trouble.throttle_of(operation.deployment.arn))
            for operation, invoke in ((self.collecting, self.invoke), (self.compacting, self.invoke_compactor))
        }

    def _stop(self) -> None:
        self._running.close()

    def put_secret(self, name: str, text: str) -> None:
        """Do what the stack's output tells the user to do after the deployment."""
        self.secret_texts.add(text)
        self.aws.client("secretsmanager").put_secret_value(SecretId=name, SecretString=text)

    def forget(self) -> None:
        """Forget data, faults and records; the deployment, the secrets and the warm processes stay."""
        self.aws.clear()
        cloudwatch_backends[self.aws.account][self.aws.region].metric_data.clear()
        empty(self.s3, self.bucket)
        for output in ("FailureQueueUrl", "ScheduleQueueUrl"):
            self.queued(output)
        for forgotten in (self.invocations, self.compactions, self.past, self.trouble, self.extraction.malformed):
            forgotten.clear()
        for operation in (self.collecting, self.compacting):
            operation.log.clear()

    def reset(
        self,
        world: World | None = None,
        *,
        timeout_s: float | None = None,
        compactor_timeout_s: float | None = None,
        unreachable: Collection[str] = frozenset(),
    ) -> None:
        """Forget everything but the deployment and the secrets: data, faults, records, warm processes.

        `timeout_s` in place of the collector's deployed timeout, for what takes all of it; likewise the compactor's.
        The functions cannot connect to the `unreachable` AWS services (`CLOUDWATCH`, `S3`, `SECRETS_MANAGER`).
        """
        self._stop()
        self.forget()
        self._start(
            world or self._world,
            timeout_s=timeout_s,
            compactor_timeout_s=compactor_timeout_s,
            unreachable=unreachable,
        )


@contextmanager
def _refusing_address() -> Iterator[str]:
    """A URL at which every connection is refused: the port is taken, and nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}"
