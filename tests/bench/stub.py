"""The one Cloudflare that all contestants ask: lean, and a process of its own."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from tests.bench.measured import ROOT, TOKEN


@dataclass(frozen=True, slots=True)
class Stub:
    """Its zones, and where it answers after how many milliseconds."""

    zone_ids: tuple[str, ...]
    base_urls: dict[int, str]
    """By latency."""


@contextmanager
def stub(zones: int, apps: int, latencies_ms: Sequence[int]) -> Iterator[Stub]:
    """Serve so many zones while the block runs."""
    command = [sys.executable, "-m", "tests.sandbox.cloudflare", "--zones", str(zones), "--apps", str(apps)]
    command += ["--token", TOKEN, "--latency-ms", *map(str, latencies_ms)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "lambda")}
    listed = subprocess.run(
        [*command, "--list-zones"], cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, check=True
    )
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            base_urls = {latency_ms: process.stdout.readline().strip() for latency_ms in latencies_ms}
            yield Stub(tuple(json.loads(listed.stdout)), base_urls)
        finally:
            process.terminate()
