"""`make bench`: the contestants in turn, in one run, against one stub. Nothing here passes or fails.

`python -m tests.bench --quick`: one latency, fewer rounds, in less than a minute.
"""

import os
import platform
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.table import Table

from cloudflare_api.rate_limit import STARTS_PER_S
from collector.poller import MAX_CONCURRENCY
from tests.bench.cold import Compiled, cold_starts, most_memory
from tests.bench.contestants import NAMES
from tests.bench.invocation import bundle_of, invocations
from tests.bench.measured import TOKEN, Process
from tests.bench.ratios import Round, median, ratios, row, table
from tests.bench.stub import Stub, stub

APPS: Final = 10
MINUTES: Final = 12
KNOWN_AFTER: Final = 6
"""Minutes, after which the names of all zones have been read."""

MOST_ZONES: Final = 240
SLOWEST_MS: Final = 100


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is measured."""

    latencies_ms: Sequence[int]
    rounds: dict[int, int]
    """By number of zones."""
    cold_starts: int
    invocations: int


WHOLE: Final = Plan((0, 20, SLOWEST_MS), {1: 15, 50: 11, MOST_ZONES: 9}, cold_starts=7, invocations=MINUTES)
QUICK: Final = Plan((SLOWEST_MS,), {1: 5, 50: 5, MOST_ZONES: 3}, cold_starts=3, invocations=0)

Polls = dict[tuple[int, int], list[Round]]
"""By number of zones and latency."""


def main() -> None:
    """Measure, and print a table for each question."""
    plan = QUICK if "--quick" in sys.argv[1:] else WHOLE
    console = Console(width=120)
    console.print(
        f"Python {platform.python_version()}, {os.cpu_count()} processors, {_load()}; {MAX_CONCURRENCY} threads, "
        f"{STARTS_PER_S:.0f} starts a second, {APPS} applications a zone. Seconds are medians; ratios: least, "
        "[b]median[/b], most.\n"
    )
    with tempfile.TemporaryDirectory(prefix="bench-") as name, stub(MOST_ZONES, APPS, plan.latencies_ms) as cloudflare:
        folder = Path(name)
        bundle = bundle_of(cloudflare.zone_ids, folder / "bundle")
        base_url = cloudflare.base_urls[SLOWEST_MS]
        compiled = Compiled.prepare(folder, bundle, base_url, cloudflare.zone_ids[0])
        polls = _polls(plan, cloudflare, bundle, compiled)
        _print_polls(console, polls)
        cold = {
            "as deployed: the bundle without bytecode": compiled.without_bundle,
            "everything compiled": compiled.everything,
        }
        starts = {
            case: [*cold_starts(bundle, where, base_url, cloudflare.zone_ids[0], plan.cold_starts)]
            for case, where in cold.items()
        }
        _print_cold(console, starts)
        _print_memory(console, most_memory(bundle, compiled.everything, base_url, cloudflare.zone_ids))
        _print_aims(console, polls, next(iter(starts.values())))
        if plan.invocations:
            _print_invocations(console, bundle, base_url, plan.invocations)
    console.print(f"At the end: {_load()}.")


def _load() -> str:
    return "load " + " ".join(f"{load:.1f}" for load in os.getloadavg())


def _polls(plan: Plan, cloudflare: Stub, bundle: Path, compiled: Compiled) -> Polls:
    polls: Polls = {}
    with ExitStack() as opened:
        processes = {name: opened.enter_context(Process(name, bundle, compiled=compiled.everything)) for name in NAMES}
        for latency_ms, base_url in cloudflare.base_urls.items():
            for process in processes.values():
                process.poll(base_url, cloudflare.zone_ids[:50])  # Warm: its pool is there, its modules are imported.
            for zones, rounds in plan.rounds.items():
                polls[zones, latency_ms] = [
                    {name: process.poll(base_url, cloudflare.zone_ids[:zones]) for name, process in processes.items()}
                    for _ in range(rounds)
                ]
    return dict(sorted(polls.items()))


def _print_polls(console: Console, polls: Polls) -> None:
    for title, what in (("CPU s", "cpu_s"), ("Wall s", "wall_s")):
        filled = table(f"One poll, warm: {title}", "zones", "latency ms", "rounds")
        for (zones, latency_ms), rounds in polls.items():
            filled.add_row(str(zones), str(latency_ms), str(len(rounds)), *row(rounds, what))
        console.print(filled)


def _print_cold(console: Console, starts: dict[str, list[Round]]) -> None:
    filled = table("Cold start: imports, AWS's clients, first poll of one zone", "", "")
    for case, rounds in starts.items():
        for title, what in (("CPU s", "cpu_s"), ("wall s", "wall_s")):
            filled.add_row(case, title, *row(rounds, what))
    console.print(filled)


def _print_memory(console: Console, memory_mb: dict[str, float]) -> None:
    filled = Table(*NAMES, title=f"Most memory, MB: boto3 and its clients, {MOST_ZONES} zones", title_justify="left")
    filled.add_row(*(f"{memory_mb[name]:.0f}" for name in NAMES))
    console.print(filled)


def _print_aims(console: Console, polls: Polls, cold: list[Round]) -> None:
    filled = Table("aim", "at most", "median", title="Aims", title_justify="left")
    for (zones, latency_ms), rounds in polls.items():
        if zones == MOST_ZONES:
            where = f"{zones} zones, {latency_ms} ms"
            filled.add_row(f"CPU / sdk, {where}", "0.5", f"{median(ratios(rounds, 'cpu_s', 'sdk')):.2f}")
            filled.add_row(f"CPU / bare, {where}", "1.3", f"{median(ratios(rounds, 'cpu_s', 'bare')):.2f}")
    slowest = polls[MOST_ZONES, SLOWEST_MS]
    filled.add_row(f"wall / bare, {where}", "1.1", f"{median(ratios(slowest, 'wall_s', 'bare')):.2f}")
    for title, what in (("CPU", "cpu_s"), ("wall", "wall_s")):
        filled.add_row(f"cold start / sdk, as deployed, {title}", "0.7", f"{median(ratios(cold, what, 'sdk')):.2f}")
    console.print(filled)


def _print_invocations(console: Console, bundle: Path, base_url: str, minutes: int) -> None:
    try:
        timed = [*invocations(bundle, base_url, TOKEN, minutes)]
    except RuntimeError as error:  # A busy machine can be too slow for the time-outs of what is deployed.
        console.print(f"One whole invocation was not measured: {error}")
        return
    filled = Table("", "duration s", "most memory MB", "zones collected", title="One whole invocation")
    parts = {
        "first minute, cold": timed[:1],
        "names being read, median": timed[1:KNOWN_AFTER],
        "names known, median": timed[KNOWN_AFTER:],
    }
    for name, runs in parts.items():
        filled.add_row(
            name,
            f"{median(each.duration_ms for each in runs) / 1000:.2f}",
            str(max(each.max_memory_mb for each in runs)),
            str(min(each.collected for each in runs)),
        )
    console.print(filled)


if __name__ == "__main__":
    main()
