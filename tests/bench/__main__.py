"""`make bench`: side by side in one run, as ratios of medians. Nothing here passes or fails."""

import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.table import Table

from tests.bench import cold_import, poll
from tests.bench.invocation import Timed, bundle_of, invocations

ROOT: Final = Path(__file__).resolve().parents[2]
TOKEN: Final = "bench-token"
ZONES: Final = 240
APPS: Final = 10
LATENCY_MS: Final = 100
ROUNDS: Final = 7
MINUTES: Final = 12
KNOWN_AFTER: Final = 6
"""Minutes, after which the names of all zones have been read."""
IMPORTS: Final = 11


def main() -> None:
    """Measure everything, and print a table for each question."""
    console = Console(width=100)
    console.print(f"{ZONES} zones x {APPS} applications, {LATENCY_MS} ms latency, {os.cpu_count()} processors\n")
    with tempfile.TemporaryDirectory(prefix="bench-") as folder, _cloudflare() as (base_url, zone_ids):
        _polls(console, base_url, zone_ids)
        bundle = bundle_of(zone_ids, Path(folder, "bundle"))
        _invocations(console, [*invocations(bundle, base_url, TOKEN, MINUTES)])
        _imports(console, bundle)


def _polls(console: Console, base_url: str, zone_ids: list[str]) -> None:
    runs: dict[str, list[dict[str, Any]]] = {who: [] for who in poll.CONTENDERS}
    for _ in range(ROUNDS):
        for who, timed in runs.items():
            console.print(f"  polling: {who}", style="dim")
            timed.append(_python("-m", "tests.bench.poll", who, base_url, TOKEN, *zone_ids))
    if any(run["collected"] != ZONES for timed in runs.values() for run in timed):
        raise RuntimeError(f"not every zone was collected: {runs}")
    table = Table("", "wall s", "CPU s", title=f"One poll, warm; medians of {ROUNDS} runs in turn")
    wall, cpu = ({who: _median(run[key] for run in runs[who]) for who in runs} for key in ("wall_s", "cpu_s"))
    for who in runs:
        table.add_row(who, f"{wall[who]:.3f}", f"{cpu[who]:.3f}")
    table.add_row("[b]ratio", f"[b]{wall['collector'] / wall['bare']:.2f}", f"[b]{cpu['collector'] / cpu['bare']:.2f}")
    console.print(table)


def _invocations(console: Console, timed: list[Timed]) -> None:
    table = Table("", "duration s", "most memory MB", "zones collected", title="One whole invocation")
    parts = {
        "first minute, cold": timed[:1],
        "names being read, median": timed[1:KNOWN_AFTER],
        "names known, median": timed[KNOWN_AFTER:],
    }
    for name, runs in parts.items():
        table.add_row(
            name,
            f"{_median(each.duration_ms for each in runs) / 1000:.2f}",
            str(max(each.max_memory_mb for each in runs)),
            str(min(each.collected for each in runs)),
        )
    console.print(table)


def _imports(console: Console, bundle: Path) -> None:
    runs: dict[str, list[float]] = {who: [] for who in cold_import.CONTENDERS}
    for _ in range(IMPORTS):
        for who, seconds in runs.items():
            seconds.append(cold_import.import_seconds(who, bundle))
    table = Table("", "s", title=f"Cold import, no bytecode; medians of {IMPORTS} in turn")
    medians = {who: _median(seconds) for who, seconds in runs.items()}
    for who, median in medians.items():
        table.add_row(who, f"{median:.3f}")
    table.add_row("[b]ratio", f"[b]{medians['handler'] / medians['libraries']:.2f}")
    console.print(table)


def _median(values: Iterable[float]) -> float:
    return statistics.median(values)


@contextmanager
def _cloudflare() -> Iterator[tuple[str, list[str]]]:
    size = ("--zones", str(ZONES), "--apps", str(APPS))
    zone_ids = _python("-m", "tests.sandbox.cloudflare", *size, "--list-zones")
    command = [sys.executable, "-m", "tests.sandbox.cloudflare", *size]
    command += ["--latency-ms", str(LATENCY_MS), "--token", TOKEN]
    with subprocess.Popen(command, cwd=ROOT, env=_environment(), stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield process.stdout.readline().strip(), zone_ids
        finally:
            process.terminate()


def _python(*arguments: str) -> Any:
    done = subprocess.run(
        (sys.executable, *arguments), cwd=ROOT, env=_environment(), capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout)


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT / "lambda")}


if __name__ == "__main__":
    main()
