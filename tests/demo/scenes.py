"""How each trouble is staged: what a scene changes in the sandbox when it begins, and what when it is over."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime, timedelta
from threading import Event, Thread
from typing import Final

from contract.metrics import TRAFFIC_NAMESPACE
from tests.demo.night import MINUTE, NEW_TOKEN, OWNER, SECRET
from tests.sandbox.aws.faults import Fault as AwsFault
from tests.sandbox.cloudflare import Call, Fault
from tests.sandbox.sandbox import Sandbox

Scene = Callable[[Sandbox, datetime, datetime], AbstractContextManager[None]]
"""Entered before the run that asks for the first of the minutes, left after the one that asks for the last."""

_DEPLOYED: Final = "?*"
"""Any deployed role: the fault strikes the function, not the demo's own reading."""


@contextmanager
def as_it_is(_sandbox: Sandbox, _first: datetime, _last: datetime) -> Iterator[None]:
    """Changes nothing: what happens is part of the world or of the schedule."""
    yield


def cloudflare_answers(kind: str, zone_id: str, *, times: int | None = None, delay_s: float = 0.05) -> Scene:
    """Cloudflare answers this zone's polls so; `times` counts the polls of one minute, None is all of them."""

    @contextmanager
    def scene(sandbox: Sandbox, first: datetime, last: datetime) -> Iterator[None]:
        fault = Fault(kind, zone_id, Call.USAGE, (first, last), times=times, delay_s=delay_s)
        sandbox.cloudflare.faults.add(fault)
        yield

    return scene


def aws_answers(fault: AwsFault) -> Scene:
    """AWS answers the function's call so, as often as the fault says."""

    @contextmanager
    def scene(sandbox: Sandbox, _first: datetime, _last: datetime) -> Iterator[None]:
        with sandbox.aws.faults.active(fault):
            yield

    return scene


S3_ANSWER_LOST: Final = aws_answers(
    AwsFault("drop_answer", service="s3", operation="PutObject", key="raw/*", role=_DEPLOYED)
)
CLOUDWATCH_THROTTLES: Final = aws_answers(
    AwsFault(
        "refuse",
        service="cloudwatch",
        operation="PutMetricData",
        key=TRAFFIC_NAMESPACE,
        role=_DEPLOYED,
        code="Throttling",
        times=2,
    )
)


@contextmanager
def budget_used_up(sandbox: Sandbox, first: datetime, _last: datetime) -> Iterator[None]:
    """Half a minute before the run, somebody else's requests use up what Cloudflare allows this user."""
    limit = sandbox.cloudflare.api.rate_limit
    at = first + MINUTE - timedelta(seconds=30)
    for _ in range(limit.quota + 1):
        limit.count(OWNER, at)
    yield


@contextmanager
def token_replaced(sandbox: Sandbox, _first: datetime, _last: datetime) -> Iterator[None]:
    """When it is over, a person puts the new token into the secret."""
    yield
    sandbox.put_secret(SECRET, NEW_TOKEN)


@contextmanager
def new_process(sandbox: Sandbox, _first: datetime, _last: datetime) -> Iterator[None]:
    """Lambda has ended the warm process."""
    sandbox.function.recycle()
    yield


@contextmanager
def killed_before_publishing(sandbox: Sandbox, _first: datetime, _last: datetime) -> Iterator[None]:
    """The process is killed at its first call to CloudWatch, before that is applied."""
    fault = AwsFault("hang", service="cloudwatch", operation="PutMetricData", key=TRAFFIC_NAMESPACE, role=_DEPLOYED)
    over = Event()

    def watch() -> None:
        while not over.wait(0.01):
            if fault not in sandbox.aws.faults.pending():  # It has struck: the call hangs.
                sandbox.function.kill()
                return

    sandbox.aws.faults.add(fault)
    watcher = Thread(target=watch, name="killer", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        over.set()
        watcher.join()
        sandbox.aws.faults.clear()  # Lets go of the call.
