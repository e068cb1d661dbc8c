"""A contestant's process from outside: started bare, as Lambda starts a function, and asked to poll."""

import json
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from collector.poller import MAX_CONCURRENCY
from contract import environment
from tests.sandbox.function.python_runtime import python_runtime

ROOT: Final = Path(__file__).resolve().parents[2]
SDK: Final = ROOT / "build" / "bench-sdk"
TOKEN: Final = "bench-token"


@dataclass(frozen=True, slots=True)
class Timed:
    """One poll. The first one of a process includes what came before it."""

    wall_s: float
    cpu_s: float
    """User and system, of all threads."""
    answered: int
    memory_mb: float
    """Most memory that the process has held since it started."""


class Process:
    """One contestant in a Python of its own that has the collector's bundle, boto3 and, if it is its turn, the SDK."""

    def __init__(
        self, name: str, bundle: Path, *, compiled: Path, compiles: bool = False, as_function: bool = False
    ) -> None:
        """`compiled` is where Python looks for compiled modules, and puts them if it `compiles`."""
        packages = [*((SDK,) if name == "sdk" else ()), bundle, python_runtime().packages]
        command: list[str | Path] = [python_runtime().interpreter, "-S", "-X", f"pycache_prefix={compiled}"]
        command += [*(() if compiles else ("-B",)), "-m", "tests.bench.contestants", name, str(MAX_CONCURRENCY)]
        self._process = subprocess.Popen(
            [*command, *(("--as-function",) if as_function else ())],
            cwd=ROOT,
            env={
                "PYTHONPATH": ":".join(map(str, packages)),
                "AWS_DEFAULT_REGION": "us-east-1",
                environment.BUCKET: "bench",
                environment.LOG_LEVEL: "INFO",
            },
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def poll(self, base_url: str, zone_ids: Sequence[str]) -> Timed:
        """Poll these zones once. Raises RuntimeError when not every one answered."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"base_url": base_url, "token": TOKEN, "zone_ids": [*zone_ids]}) + "\n")
        self._process.stdin.flush()
        timed = Timed(**json.loads(self._process.stdout.readline() or "{}"))
        if timed.answered != len(zone_ids):
            raise RuntimeError(f"{timed.answered} of {len(zone_ids)} zones answered")
        return timed

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _traceback: TracebackType | None
    ) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()
