"""`make soak`: seeds side by side in processes of their own, each with a sandbox of its own."""

import argparse
import multiprocessing
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import datetime
from multiprocessing import Queue
from pathlib import Path
from typing import Any, Final

from tests.sandbox.deploy import synthesise
from tests.sandbox.kept import instant
from tests.sandbox.sandbox import Sandbox
from tests.soak.plan import NIGHTS, plan
from tests.soak.report import failures, line_of, summary
from tests.soak.seed import Result, narrowed, run_seed
from tests.soak.stack import SPECTRUM, world

_LOOK_S: Final = 1.0


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the seeds and tell; 0 when nothing was found."""
    options = _options(arguments)
    seeds = list(range(options.first_seed, options.first_seed + options.seeds))
    if options.seed is not None:
        seeds = [options.seed]
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="soak-") as folder:
        print(f"Synthesising the stack for {len(seeds)} seeds ...", flush=True)
        assembly = synthesise(Path(folder), spectrum=SPECTRUM)
        results = _side_by_side(options, seeds, assembly)
    results.sort(key=lambda result: result.seed)
    seconds = time.monotonic() - began
    print(*summary(results, days=options.days, minutes=options.minutes, seconds=seconds), sep="\n")
    print(*failures(results, days=options.days, minutes=options.minutes), sep="\n")
    lost = len(seeds) - len(results)
    if lost:
        print(f"{lost} seeds were not finished: a process of the soak's own ended.", file=sys.stderr)
    return int(bool(lost) or any(result.findings for result in results))


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--seed", type=int, help="only this one")
    parser.add_argument("--seeds", type=int, default=4, help="how many; default: 4")
    parser.add_argument("--first-seed", type=int, default=1)
    parser.add_argument("--days", type=int, default=1, help="simulated days of each seed; default: 1")
    parser.add_argument("--minutes", type=int, default=60, help="of each day's 1,440 that are run; default: 60")
    parser.add_argument("--from", dest="first", type=instant, help="run only these minutes of the plan")
    parser.add_argument("--to", dest="last", type=instant)
    parser.add_argument("--jobs", type=int, default=2, help="processes; default: 2")
    options = parser.parse_args(arguments)
    if (options.first is None) != (options.last is None):
        parser.error("--from and --to go together")
    return options


def _side_by_side(options: argparse.Namespace, seeds: list[int], assembly: Path) -> list[Result]:
    """Each process takes every so-maniest seed, with one sandbox for all of its own."""
    context = multiprocessing.get_context("spawn")
    told: Queue[Any] = context.Queue()
    jobs = min(options.jobs, len(seeds))
    processes = [
        context.Process(target=_work, args=(options, seeds[number::jobs], assembly, told), daemon=False)
        for number in range(jobs)
    ]
    for process in processes:
        process.start()
    results: list[Result] = []
    try:
        while any(process.is_alive() for process in processes) or not told.empty():
            _hear(told, results, len(seeds))
    finally:
        for process in processes:
            process.terminate()
            process.join()
    return results


def _hear(told: "Queue[Any]", results: list[Result], seeds: int) -> None:
    try:
        word = told.get(timeout=_LOOK_S)
    except Exception:  # queue.Empty, by whatever name the context has it
        return
    if isinstance(word, Result):
        results.append(word)
        print(f"[{len(results)}/{seeds}] {line_of(word)}", flush=True)
    else:
        print(word, flush=True)


def _work(options: argparse.Namespace, seeds: list[int], assembly: Path, told: "Queue[Any]") -> None:
    told.put("Deploying a sandbox ...")
    with Sandbox(assembly, world(instant(NIGHTS[0]))) as sandbox:
        for seed in seeds:
            told.put(_result(sandbox, seed, options, told))


def _result(sandbox: Sandbox, seed: int, options: argparse.Namespace, told: "Queue[Any]") -> Result:
    drawn = plan(seed, days=options.days, minutes=options.minutes)
    first: datetime | None = options.first
    if first is not None:
        drawn = drawn.only(first, options.last)
    result, _ = run_seed(sandbox, drawn, lambda number, how: told.put(f"      seed {number}: {how}"))
    return narrowed(sandbox, drawn, result) if result.findings and first is None else result


if __name__ == "__main__":
    sys.exit(main())
