"""Runs one of the tools, and reads its report."""

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

PROJECT: Final = Path(__file__).resolve().parents[2]

_BIN: Final = PROJECT / ".venv" / "security" / "bin"
_PRIVATE: Final = ("AWS_", "BC_", "PRISMA_", "CKV_", "CLOUDFLARE_", "GITHUB_TOKEN")


class ToolFailed(Exception):
    """A tool did not do its work. The message holds what it said."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that should not be so."""

    rule: str
    where: str
    what: str

    def __str__(self) -> str:
        """`infra/packages.py:80: B603 subprocess call`."""
        return f"{self.where}: {self.rule} {self.what}"


@dataclass(frozen=True, slots=True)
class Ended:
    """How a tool ended."""

    name: str
    status: int
    out: str
    err: str

    @property
    def report(self) -> dict[str, Any] | None:
        """Its JSON report; None when it did not get that far."""
        try:
            document = json.loads(self.out)
        except ValueError:
            return None
        return document if isinstance(document, dict) else None

    def failed(self) -> ToolFailed:
        """That it should have."""
        return ToolFailed(f"{self.name} ended with status {self.status} and without a report:\n{self.err or self.out}")


def run(name: str, *arguments: str) -> Ended:
    """Run a tool of .venv/security in the project's folder. Nobody's credentials are in its environment."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith(_PRIVATE)}
    command = [str(_BIN / name), *arguments]
    done = subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True, check=False)
    return Ended(name, done.returncode, done.stdout, done.stderr)
