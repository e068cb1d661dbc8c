"""The functions' bundles: code, `sources.json` and third-party packages in one folder."""

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from contract.environment import SOURCES_FILE
from contract.sources import SourceEntry, SourcesFile
from infra.configuration import Configuration
from infra.packages import LAMBDA, PURE, Target, copy_packages, installed_packages
from infra.rate_budget import spare_requests

PROJECT: Final = Path(__file__).resolve().parent.parent

_CODE_SUFFIXES: Final = (".py", ".sql")
_FILE_MODE: Final = 0o644
_FOLDER_MODE: Final = 0o755


@dataclass(frozen=True, slots=True)
class Function:
    """A function's part of the project: what under `lambda/` goes into its bundle."""

    name: str
    """Of its package, beside whose code its requirements.txt stands."""
    shared: tuple[str, ...]
    """Packages that it has in common with others."""
    compiled: bool
    """Some of its third-party packages are compiled, so that its bundle differs by target."""


COLLECTOR: Final = Function("collector", ("aws", "cloudflare_api", "contract"), compiled=False)
COMPACTOR: Final = Function("compactor", ("aws", "contract"), compiled=True)


@dataclass(frozen=True, slots=True)
class Bundles:
    """The folders that become the functions' code."""

    collector: Path
    compactor: Path

    @classmethod
    def write(cls, folder: Path, *, sources: str, target: Target = LAMBDA, project: Path = PROJECT) -> Self:
        """Write both into `folder`. Raises PackagesError when packages cannot be installed."""
        files = {SOURCES_FILE: sources}
        return cls(
            collector=write_bundle(folder / "collector-bundle", COLLECTOR, target, files=files, project=project),
            compactor=write_bundle(folder / "compactor-bundle", COMPACTOR, target, project=project),
        )


def write_bundle(
    folder: Path,
    function: Function,
    target: Target = LAMBDA,
    *,
    files: Mapping[str, str] | None = None,
    project: Path = PROJECT,
) -> Path:
    """Fill `folder` with what the function runs on, and return it: the same bytes for the same target and files.

    `files` are texts by name, to stand beside the packages. Nothing in it depends on the checkout or the time, nor,
    unless the target is this very machine, on the machine. A folder that is there already is replaced.
    Raises PackagesError when the packages cannot be installed.
    """
    packages = installed_packages(
        project / "lambda" / function.name / "requirements.txt",
        project / "build" / "packages",
        target if function.compiled else PURE,
    )
    if folder.exists():
        shutil.rmtree(folder)
    copy_packages(packages, folder)
    for name in (function.name, *function.shared):
        shutil.copytree(project / "lambda" / name, folder / name, ignore=_not_code)
    for name, text in (files or {}).items():
        (folder / name).write_text(text, encoding="utf-8")
    folder.chmod(_FOLDER_MODE)
    for path in folder.rglob("*"):
        path.chmod(_FOLDER_MODE if path.is_dir() else _FILE_MODE)
    return folder


def _not_code(folder: str, names: list[str]) -> set[str]:
    """Leave out caches, editors' leftovers and everything else that is neither code nor a folder of code."""
    return {name for name in names if name.startswith((".", "__pycache__")) or not _holds_code(Path(folder, name))}


def _holds_code(path: Path) -> bool:
    return path.is_dir() or path.suffix in _CODE_SUFFIXES


def sources_file(configuration: Configuration) -> str:
    """Write the file: the same text for the same configuration."""
    return json.dumps(_content(configuration), indent=1, sort_keys=True) + "\n"


def _content(configuration: Configuration) -> SourcesFile:
    spare = spare_requests(source.demand for source in configuration.sources)
    return SourcesFile(
        sources=[
            SourceEntry(
                name=source.name,
                secret=source.secret,
                zones=[
                    {"id": zone.id, "name": zone.name, "app_ids": list(zone.app_ids), "colos": list(zone.colos)}
                    for zone in source.zones
                ],
                spare_requests=spare[source.name],
                metrics=list(configuration.metrics),
                levels=list(configuration.levels),
                metric_limit=configuration.metric_limit,
                catalog_minutes=configuration.catalog_minutes,
            )
            for source in configuration.sources
        ]
    )
