"""Seeds in processes of their own, each with a sandbox of its own: moto keeps its state in the process."""

import multiprocessing
import sys
from collections.abc import Generator
from dataclasses import dataclass
from datetime import datetime
from multiprocessing import Queue
from pathlib import Path
from queue import Empty
from typing import Any, Final

from tests.sandbox.kept import instant
from tests.sandbox.sandbox import Sandbox
from tests.soak.plan import NIGHTS, plan
from tests.soak.seed import Progress, Result, narrowed, run_seed
from tests.soak.stack import world

_LOOK_S: Final = 1.0


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is run of each seed."""

    days: int
    minutes: int
    first: datetime | None = None
    last: datetime | None = None
    """Only these of its minutes, and the calm start."""


def side_by_side(wanted: Wanted, seeds: list[int], assembly: Path, jobs: int) -> Generator[Result | str, None, None]:
    """Yield results as they come, and words about how far it is. Ends when all processes have ended, however."""
    context = multiprocessing.get_context("spawn")
    told: Queue[Any] = context.Queue()
    shares = [seeds[number::jobs] for number in range(min(jobs, len(seeds)))]
    processes = [context.Process(target=_work, args=(wanted, share, assembly, told)) for share in shares]
    for process in processes:
        process.start()
    try:
        while True:
            alive = any(process.is_alive() for process in processes)
            try:
                yield told.get(timeout=_LOOK_S)
            except Empty:
                if not alive:
                    return
    finally:
        for process in processes:
            process.terminate()
            process.join()


def _work(wanted: Wanted, seeds: list[int], assembly: Path, told: "Queue[Any]") -> None:
    """One process: deploys, and runs its seeds one after the other."""

    def progress(seed: int, how: str) -> None:
        parent = multiprocessing.parent_process()
        if parent is not None and not parent.is_alive():
            sys.exit("the soak itself has ended")
        told.put(f"      seed {seed}: {how}")

    with Sandbox(assembly, world(instant(NIGHTS[0]))) as sandbox:
        for seed in seeds:
            told.put(_result(sandbox, seed, wanted, progress))


def _result(sandbox: Sandbox, seed: int, wanted: Wanted, progress: Progress) -> Result:
    drawn = plan(seed, days=wanted.days, minutes=wanted.minutes)
    if wanted.first is not None and wanted.last is not None:
        drawn = drawn.only(wanted.first, wanted.last)
    result, _ = run_seed(sandbox, drawn, progress)
    if result.findings and wanted.first is None:
        progress(seed, f"{len(result.findings)} findings; looking whether fewer minutes show them")
        return narrowed(sandbox, drawn, result)
    return result
