"""Unpacks what is needed of Trino: once for a checkout, whole or not at all."""

import os
import shutil
import tarfile
import tempfile
from collections import defaultdict
from collections.abc import Collection
from pathlib import Path, PurePosixPath
from typing import Final

from tests.athena.trino.archive import Fetch, fetch
from tests.athena.trino.release import HOME, PLUGINS, VERSION

_OPTIONAL: Final = frozenset({"plugin", "secrets-plugin"})
_EXECUTABLE: Final = 0o755
_PIECE: Final = 1024 * 1024


def install(home: Path = HOME, *, fetched: Fetch = fetch) -> Path:
    """The folder of the unpacked Trino; has it fetched and unpacks it first if it is not there.

    Raises NotFetchedError, which says what to do.
    """
    installed = home / VERSION
    if all((installed / "plugin" / plugin).is_dir() for plugin in PLUGINS):
        return installed
    home.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f"{VERSION}-", dir=home) as temporary:
        folder = Path(temporary)
        unpack(fetched(folder), folder / "unpacked")
        if installed.exists():  # of another list of plugins
            installed.rename(folder / "old")
        (folder / "unpacked").rename(installed)
    return installed


def unpack(archive: Path, folder: Path, plugins: Collection[str] = PLUGINS) -> None:
    """Unpacks the server and these plugins, without the archive's uppermost folder.

    Files that plugins have in common stand in the archive once and are linked to from there, also from a plugin that
    is not wanted.
    """
    targets = _targets(archive, frozenset(plugins))
    with tarfile.open(archive, "r|gz") as tar:
        for member in tar:
            packed = tar.extractfile(member) if member.isreg() and member.name in targets else None
            if packed is None:
                continue
            first, *others = (folder / target for target in targets[member.name])
            for each in (first, *others):
                each.parent.mkdir(parents=True, exist_ok=True)
            with first.open("wb") as file:
                shutil.copyfileobj(packed, file, _PIECE)
            if member.mode & 0o100:
                first.chmod(_EXECUTABLE)
            for other in others:
                os.link(first, other)


def _targets(archive: Path, plugins: frozenset[str]) -> dict[str, list[PurePosixPath]]:
    """Where each file of the archive has to go, by its name in it; those that go nowhere are left out."""
    targets = defaultdict(list)
    with tarfile.open(archive, "r|gz") as tar:
        for member in tar:
            path = PurePosixPath(*PurePosixPath(member.name).parts[1:])
            if (member.isreg() or member.islnk()) and _wanted(path, plugins):
                targets[member.linkname if member.islnk() else member.name].append(path)
    return dict(targets)


def _wanted(path: PurePosixPath, plugins: frozenset[str]) -> bool:
    return path.parts[0] not in _OPTIONAL or (path.parts[0] == "plugin" and path.parts[1] in plugins)
