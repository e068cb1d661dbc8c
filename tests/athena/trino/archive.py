"""Fetches the archive of Trino: by Maven, which knows the user's mirror and proxy, or else from Maven Central."""

import hashlib
import shutil
import subprocess
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Final

from tests.athena.trino.release import COORDINATES, MAVEN_CENTRAL, MAVEN_PATH, SHA256, SIZE_MB, VERSION

_PLUGIN: Final = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:get"
_MAVEN_TIMEOUT_S: Final = 1800
_CONNECTION_TIMEOUT_S: Final = 30
_PIECE: Final = 1024 * 1024
_LAST_LINES: Final = 15

Fetch = Callable[[Path], Path]


class NotFetchedError(RuntimeError):
    """Trino's archive could not be had. The message has every way that was tried, and what to do."""


def fetch(folder: Path, ways: tuple[Fetch, ...] | None = None, *, sha256: str = SHA256) -> Path:
    """Fetches the archive into this folder, which takes 821 MB, and returns its path.

    Raises NotFetchedError when no way led to the archive with the pinned SHA-256.
    """
    problems = []
    for way in _ways() if ways is None else ways:
        try:
            archive = way(folder)
            actual = _sha256(archive)
        except (OSError, subprocess.SubprocessError) as error:
            problems.append(f"{way.__name__}: {error}")
            continue
        if actual == sha256:
            return archive
        problems.append(f"{way.__name__}: {archive.name} has SHA-256 {actual}, not {sha256}")
    raise NotFetchedError(
        f"Trino {VERSION} ({SIZE_MB} MB) could not be fetched:\n  "
        + "\n  ".join(problems)
        + f"\nIt needs the network once: {MAVEN_CENTRAL}/{MAVEN_PATH}, or a mirror in Maven's settings.xml."
    )


def _ways() -> tuple[Fetch, ...]:
    return (by_maven, from_maven_central) if shutil.which("mvn") else (from_maven_central,)


def by_maven(folder: Path) -> Path:
    """Has Maven resolve the artefact into a repository of its own in this folder: it goes when the folder goes."""
    repository = folder / "repository"
    command = ("mvn", "--batch-mode", "--no-transfer-progress", f"-Dmaven.repo.local={repository}", _PLUGIN)
    run = subprocess.run(
        (*command, f"-Dartifact={COORDINATES}", "-Dtransitive=false"),
        cwd=folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=_MAVEN_TIMEOUT_S,
        check=False,
    )
    if run.returncode != 0:
        raise OSError("\n    ".join(["mvn failed", *run.stdout.splitlines()[-_LAST_LINES:]]))
    return repository / MAVEN_PATH


def from_maven_central(folder: Path) -> Path:
    """Downloads it by HTTPS, through the proxy of the environment if there is one."""
    archive = folder / Path(MAVEN_PATH).name
    with (
        urllib.request.urlopen(f"{MAVEN_CENTRAL}/{MAVEN_PATH}", timeout=_CONNECTION_TIMEOUT_S) as answer,
        archive.open("wb") as file,
    ):
        shutil.copyfileobj(answer, file, _PIECE)
    return archive


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
