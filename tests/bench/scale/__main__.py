"""`make bench-scale`: many sources in one deployed stack, with and without a limit. Nothing here passes or fails.

`python -m tests.bench.scale [SOURCES ZONES APPS MINUTES]`, 15 160 10 3 unless told.
"""

import os
import platform
import statistics
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.table import Table

from infra.configuration import parse
from infra.cost import Workload, estimate
from infra.rate_budget import run_requests
from tests.bench.scale.minutes import Run, fill, runs, series
from tests.bench.scale.size import Size
from tests.sandbox.deploy import synthesise
from tests.sandbox.sandbox import Sandbox

UNLIMITED: Final = 10_000
"""The highest `metric_limit` that cdk.json takes: more than one budget's zones need here."""
MINUTES_A_MONTH: Final = 43_200


def main() -> None:
    """Deploy, run and count twice, and print what each took."""
    sources, zones, apps, minutes = map(int, sys.argv[1:5] or (15, 160, 10, 3))
    size = Size(sources, zones, apps)
    console = Console(width=110)
    console.print(
        f"{sources} sources x {zones} zones x {apps} applications, {minutes} minutes each, names known; Python "
        f"{platform.python_version()}, {os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}.\n"
        "Cloudflare, S3 and CloudWatch are simulated in the measuring process, which shares the processors.\n"
    )
    columns = {
        "metric_limit 200 (default)": _measured(console, size, minutes, None),
        f"metric_limit {UNLIMITED:,} (all)": _measured(console, size, minutes, UNLIMITED),
    }
    table = Table("", *columns)
    for name in next(iter(columns.values())):
        table.add_row(name, *(column[name] for column in columns.values()))
    console.print(table)
    console.print(f"At the end: load {os.getloadavg()[0]:.1f}.")


def _measured(console: Console, size: Size, minutes: int, metric_limit: int | None) -> dict[str, str]:
    spectrum = size.spectrum(metric_limit)
    with tempfile.TemporaryDirectory(prefix="bench-scale-") as folder:
        console.print("  synthesising and deploying", style="dim")
        with Sandbox(synthesise(Path(folder), spectrum=spectrum), size.world()) as sandbox:
            fill(sandbox, size)
            done = []
            for run in runs(sandbox, size, minutes):
                console.print(
                    f"  {run.source} {run.wall_s:.2f} s, CPU {run.cpu_s:.2f} s, {run.memory_mb} MB", style="dim"
                )
                done.append(run)
            memory_mb = sandbox.function_deployment.memory_mb
            counted = series(sandbox)
            objects = len(sandbox.keys())
    bill = estimate(parse(spectrum), Workload(applications_per_zone=size.apps))
    return {
        **_time_and_memory(done, memory_mb, minutes),
        "runs not published: CloudWatch was too slow": str(sum(run.unpublished for run in done)),
        **_requests(done, parse(spectrum).sources[0].demand.requests_per_minute),
        "raw objects a minute": f"{objects / minutes:,.0f}",
        "their bytes a minute": f"{sum(run.object_bytes for run in done) / minutes:,.0f}",
        "PutMetricData calls a minute": f"{sum(run.puts for run in done) / minutes:,.0f}",
        "series: zones, applications": f"{counted[1]:,}, {counted[2]:,}",
        "a month by infra.cost, $": f"{bill.total:,.2f}",
        "of it Lambda's, $": f"{bill.by_service['Lambda']:,.2f}",
    }


def _time_and_memory(done: Sequence[Run], memory_mb: int, minutes: int) -> dict[str, str]:
    warm = [run for run in done if not run.cold]
    wall, cpu = sorted(run.wall_s for run in warm), sorted(run.cpu_s for run in warm)
    # https://aws.amazon.com/lambda/pricing/: the function's whole memory for as long as it runs.
    gb_s = sum(run.wall_s for run in done) * memory_mb / 1024
    return {
        "run, warm: median, most, s": f"{statistics.median(wall):.2f}, {wall[-1]:.2f}",
        "its CPU, the function's own: median, most, s": f"{statistics.median(cpu):.2f}, {cpu[-1]:.2f}",
        "first run of the process, s": ", ".join(f"{run.wall_s:.2f}" for run in done if run.cold),
        "most memory of the process, MB": f"{max(run.memory_mb for run in done)} of {memory_mb}",
        "GB-s a minute, a month": f"{gb_s / minutes:.1f}, {gb_s / minutes * MINUTES_A_MONTH:,.0f}",
    }


def _requests(done: Sequence[Run], budget: int) -> dict[str, str]:
    by_minute = Counter[tuple[str, int]]()
    for run in done:
        by_minute[run.source, run.minute] += run.requests
    most = max(by_minute.values())
    return {"requests a minute, most of an owner": f"{most} of {run_requests(budget)} allowed"}


if __name__ == "__main__":
    main()
