"""Cloud assemblies that several test processes share: synthesis takes longest, and is the same for all of them."""

import fcntl
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.sandbox.deploy import synthesise


class Assemblies:
    """The assemblies that stand in one folder, each made by the first who asks for it, while the others wait."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def of(self, spectrum: Mapping[str, Any]) -> Path:
        """The assembly of this configuration (cdk.json's `spectrum`), to be read only.

        Raises CommandError with the CLI's output when the configuration is not right.
        """
        name = "assembly-" + hashlib.sha256(json.dumps(spectrum).encode()).hexdigest()[:16]
        made = self._folder / name
        with Path(f"{made}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not made.exists():
                synthesise(self._folder / f"{name}.unfinished", spectrum=spectrum).rename(made)
        return made
