"""Runs every source of a deployed stack for some minutes, and counts what that took and left."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from contract.metrics import TRAFFIC_NAMESPACE
from contract.raw import catalog_key, raw_key
from tests.bench.scale.size import Size
from tests.sandbox.sandbox import Sandbox

BEGAN: Final = datetime(2026, 11, 23, 10, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Run:
    """One run of one source."""

    source: str
    minute: int
    wall_s: float
    cpu_s: float
    """The function's own, without those that it talks to."""
    cold: bool
    unpublished: bool
    """The simulated CloudWatch did not answer in time: the machine was busy."""
    memory_mb: int
    """Most that its process has held so far: one process serves all sources here."""
    requests: int
    """To Cloudflare, names included."""
    puts: int
    """PutMetricData calls."""
    object_bytes: int


def fill(sandbox: Sandbox, size: Size) -> None:
    """Put every source's token and names where its first run finds them."""
    for source in size.names:
        sandbox.put_secret(f"scale/{source}", size.token(source))
        sandbox.s3.put_object(Bucket=sandbox.bucket, Key=catalog_key(source), Body=size.catalog(source, BEGAN))


def runs(sandbox: Sandbox, size: Size, minutes: int) -> Iterator[Run]:
    """Every source in every minute, one after the other. Raises RuntimeError when a minute is not in S3 whole."""
    for minute in range(minutes):
        scheduled = BEGAN + timedelta(minutes=minute)
        for source in size.names:
            sandbox.aws.clear()
            asked = len(sandbox.cloudflare.requests)
            invocation = sandbox.run(f"{scheduled:%Y-%m-%dT%H:%M:%SZ}", source=source)
            unpublished = invocation.outcome.error_type == "NotPublished"
            if not (invocation.ok or unpublished):
                raise RuntimeError(f"{source}: {invocation.outcome}")
            key = raw_key(scheduled - timedelta(minutes=1), source)
            collected = sum(line["outcome"] == "collected" for line in sandbox.read(key))
            if collected != size.zones:
                raise RuntimeError(f"{source}: {collected} of {size.zones} zones were collected")
            calls = Counter(call.operation for call in sandbox.aws.calls.of(role=sandbox.role))
            yield Run(
                source=source,
                minute=minute,
                wall_s=invocation.duration_ms / 1000,
                cpu_s=invocation.cpu_s or 0.0,
                cold=invocation.cold,
                unpublished=unpublished,
                memory_mb=invocation.max_memory_mb or 0,
                requests=len(sandbox.cloudflare.requests) - asked,
                puts=calls["PutMetricData"],
                object_bytes=len(sandbox.body(key)),
            )


def series(sandbox: Sandbox) -> Counter[int]:
    """How many traffic metrics there are, by their dimensions: 1 is a zone's, 2 an application's."""
    return Counter(len(each.dimensions) for each in sandbox.aws.metrics.series(TRAFFIC_NAMESPACE))
