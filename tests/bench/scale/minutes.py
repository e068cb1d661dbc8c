"""Runs every source of a deployed stack for some minutes, and counts what that took and left."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from contract.metrics import TRAFFIC_NAMESPACE
from contract.raw import catalog_key
from tests.bench.scale.size import Size
from tests.sandbox.sandbox import Sandbox

BEGAN: Final = datetime(2026, 11, 23, 10, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Run:
    """One run of one source."""

    source: str
    minute: int
    wall_s: float
    cold: bool
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
    """Every source in every minute, one after the other. Raises RuntimeError when a zone was not collected."""
    for minute in range(minutes):
        scheduled = BEGAN + timedelta(minutes=minute)
        for source in size.names:
            sandbox.aws.clear()
            asked = len(sandbox.cloudflare.requests)
            invocation = sandbox.run(f"{scheduled:%Y-%m-%dT%H:%M:%SZ}", source=source)
            collected = invocation.outcome.payload.get("collected")
            if collected != size.zones:
                raise RuntimeError(f"{source}: {collected} of {size.zones} zones: {invocation.outcome}")
            calls = Counter(call.operation for call in sandbox.aws.calls.of(role=sandbox.role))
            yield Run(
                source=source,
                minute=minute,
                wall_s=invocation.duration_ms / 1000,
                cold=invocation.cold,
                memory_mb=invocation.max_memory_mb or 0,
                requests=len(sandbox.cloudflare.requests) - asked,
                puts=calls["PutMetricData"],
                object_bytes=len(sandbox.body(invocation.outcome.payload["saved"])),
            )


def series(sandbox: Sandbox) -> Counter[int]:
    """How many traffic metrics there are, by their dimensions: 1 is a zone's, 2 an application's."""
    return Counter(len(each.dimensions) for each in sandbox.aws.metrics.series(TRAFFIC_NAMESPACE))
