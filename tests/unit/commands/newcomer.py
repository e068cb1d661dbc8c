"""Somebody who sets the project up: a cdk.json, a credential, and what `preflight` and `discover` say to them."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from collector.retry import RetryPolicy
from commands.discover import main as discover
from commands.preflight.__main__ import main as preflight
from contract.environment import BASE_URL
from tests.sandbox.cloudflare import Cloudflare, World, sample_world
from tests.sandbox.cloudflare.sample import TOKEN

AT_ONCE = RetryPolicy(uniform=lambda _low, _high: 0.0)
"""Retries wait for nothing."""


@dataclass(frozen=True, slots=True)
class Told:
    """How a command ended, and all that it printed."""

    status: int
    out: str
    err: str

    @property
    def all(self) -> str:
        return self.out + self.err

    @property
    def document(self) -> Any:
        return json.loads(self.out)

    def line_of(self, zone: str) -> str:
        """The table's line of a zone, by its name or id."""
        (line,) = [line for line in self.all.splitlines() if line.startswith(zone)]
        return line


@dataclass(slots=True)
class CliRunner:
    """Runs the commands in this process."""

    folder: Path
    capsys: pytest.CaptureFixture[str]
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def file(self) -> Path:
        return self.folder / "cdk.json"

    def configure(self, *sources: Mapping[str, Any], **knobs: Any) -> None:
        """Write a cdk.json with these sources."""
        spectrum = {"sources": list(sources), **knobs}
        self.file.write_text(json.dumps({"app": "python app.py", "context": {"spectrum": spectrum}}, indent=2) + "\n")

    def preflight(self, *arguments: str) -> Told:
        return self._run(lambda: preflight(self._with_file(arguments), environment=self.environment, policy=AT_ONCE))

    def discover(self, *arguments: str) -> Told:
        return self._run(lambda: discover(self._with_file(arguments), environment=self.environment))

    def _with_file(self, arguments: Iterable[str]) -> tuple[str, ...]:
        return ("--config", str(self.file), *arguments)

    def _run(self, command: Callable[[], int]) -> Told:
        self.capsys.readouterr()
        try:
            status = command()
        except SystemExit as ended:
            status = int(str(ended.code))
        printed = self.capsys.readouterr()
        return Told(int(status), printed.out, printed.err)


def source(name: str = "main", zones: Iterable[Any] = (), **keys: Any) -> dict[str, Any]:
    """A source as it stands in cdk.json."""
    return {"name": name, "secret": f"cloudflare-spectrum/{name}", **keys, "zones": list(zones)}


@contextmanager
def cloudflare_of(world: World | None = None) -> Iterator[Cloudflare]:
    """The simulated Cloudflare, in the machine's own time; with three zones, unless told otherwise."""
    with Cloudflare(world or sample_world(zones=3, applications=4)) as cloudflare:
        yield cloudflare


def newcomer_at(cloudflare: Cloudflare, folder: Path, capsys: pytest.CaptureFixture[str]) -> CliRunner:
    """Who has a token, and all zones of this world in one source."""
    newcomer = CliRunner(folder, capsys, {BASE_URL: cloudflare.base_url, "CLOUDFLARE_API_TOKEN": TOKEN})
    newcomer.configure(source(zones=[{"id": zone.id, "name": zone.name} for zone in cloudflare.world.zones]))
    return newcomer
