"""Cold starts: a new interpreter imports what a function needs, makes its AWS clients and polls one zone.

Two cases: every module compiled before, and the bundle's own not, as it is deployed without bytecode. What Python and
Lambda's runtime bring (the standard library, boto3) is compiled in both.
"""

import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.bench.contestants import NAMES
from tests.bench.measured import SDK, Process, Timed


@dataclass(frozen=True, slots=True)
class Compiled:
    """Where Python finds compiled modules, in both cases."""

    everything: Path
    without_bundle: Path

    @classmethod
    def prepare(cls, folder: Path, bundle: Path, base_url: str, zone_id: str) -> "Compiled":
        """Start every contestant once, and keep what Python compiled; of a copy, the bundles' part is taken away."""
        compiled = cls(folder / "everything", folder / "without-bundle")
        for name in NAMES:
            with Process(name, bundle, compiled=compiled.everything, compiles=True, as_function=True) as process:
                process.poll(base_url, [zone_id])
        shutil.copytree(compiled.everything, compiled.without_bundle)
        for packages in (bundle, SDK):
            shutil.rmtree(compiled.without_bundle / packages.relative_to("/"))
        return compiled


def cold_starts(
    bundle: Path, compiled: Path, base_url: str, zone_id: str, rounds: int
) -> Iterator[Mapping[str, Timed]]:
    """Start each as often, in turn."""
    for _ in range(rounds):
        timed = {}
        for name in NAMES:
            with Process(name, bundle, compiled=compiled, as_function=True) as process:
                timed[name] = process.poll(base_url, [zone_id])
        yield timed


def most_memory(bundle: Path, compiled: Path, base_url: str, zone_ids: Sequence[str]) -> dict[str, float]:
    """The most memory of a function's process that has polled all these zones, MB."""
    memory_mb = {}
    for name in NAMES:
        with Process(name, bundle, compiled=compiled, as_function=True) as process:
            for _ in range(3):
                memory_mb[name] = process.poll(base_url, zone_ids).memory_mb
    return memory_mb
