"""The function's bundle: its code, the declared data, the sources to poll, and its packages, in one folder."""

import shutil
from pathlib import Path
from typing import Final

from contract.environment import SOURCES_FILE
from infra.packages import installed_packages

PROJECT: Final = Path(__file__).resolve().parent.parent

_CODE: Final = ("collector", "contract")
_FILE_MODE: Final = 0o644
_FOLDER_MODE: Final = 0o755


def write_bundle(folder: Path, *, sources: str, project: Path = PROJECT) -> Path:
    """Fill `folder` with what the function runs on, and return it: the same bytes for the same sources.

    Nothing in it depends on the machine, the checkout or the time. A folder that is there already is replaced.
    Raises PackagesError when the packages cannot be installed.
    """
    packages = installed_packages(project / "lambda" / "collector" / "requirements.txt", project / "build" / "packages")
    if folder.exists():
        shutil.rmtree(folder)
    shutil.copytree(packages, folder)
    for name in _CODE:
        shutil.copytree(project / "lambda" / name, folder / name, ignore=_not_python)
    (folder / SOURCES_FILE).write_text(sources, encoding="utf-8")
    folder.chmod(_FOLDER_MODE)
    for path in folder.rglob("*"):
        path.chmod(_FOLDER_MODE if path.is_dir() else _FILE_MODE)
    return folder


def _not_python(folder: str, names: list[str]) -> set[str]:
    """Leave out caches, editors' leftovers and everything else that is neither a module nor a folder of modules."""
    return {name for name in names if name.startswith((".", "__pycache__")) or not _holds_python(Path(folder, name))}


def _holds_python(path: Path) -> bool:
    return path.is_dir() or path.suffix == ".py"
