"""The third-party packages of the bundle: installed by pip once for each state of its requirements.txt."""

import hashlib
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

# Only wheels without compiled code, whatever machine this runs on: the same files run on x86 and on arm64.
_PIP_OPTIONS: Final = (
    *("--require-hashes", "--no-deps", "--no-compile", "--only-binary=:all:"),
    *("--python-version=3.13", "--implementation=py", "--abi=none", "--platform=any"),
    *("--disable-pip-version-check", "--no-input", "--quiet"),
)
# Written by pip at installation, they differ from machine to machine; bin/ holds commands with this machine's paths.
_LEFT_BY_PIP: Final = ("RECORD", "INSTALLER", "REQUESTED", "direct_url.json")
# Two packages carry web pages along (Powertools its Swagger UI), 2 MB that nothing here serves.
_FOR_BROWSERS: Final = (".js", ".css")


class PackagesError(Exception):
    """pip could not install the packages of the bundle; the message holds what pip said and what to do."""


def installed_packages(requirements: Path, cache: Path) -> Path:
    """Return a folder that holds the packages of `requirements`, installing them if it is not there yet.

    The folder stands in `cache` under the hash of the file's content, and of this module's, which decides what is left
    out: the second synth does not call pip, and two synths at once do not disturb each other. Raises PackagesError.
    """
    digest = hashlib.sha256(requirements.read_bytes() + Path(__file__).read_bytes()).hexdigest()
    folder = cache / digest
    if folder.is_dir():
        return folder
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache, prefix="installing-") as temporary:
        fresh = Path(temporary) / "packages"
        _install(requirements, fresh)
        _strip(fresh)
        try:
            fresh.rename(folder)
        except OSError:
            # Another synth was faster. Anything else that went wrong shows as the folder's absence.
            if not folder.is_dir():
                raise
    return folder


def _install(requirements: Path, target: Path) -> None:
    command = [sys.executable, "-m", "pip", "install", *_PIP_OPTIONS, "--target", str(target), "-r", str(requirements)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode != 0:
        raise PackagesError(
            f"The packages of the function could not be installed: pip ended with status {done.returncode}.\n"
            f"{done.stderr.strip() or done.stdout.strip()}\n"
            f"Check that this machine reaches its package index and that `{sys.executable} -m pip --version` works, "
            f"then try again. The packages stand in {requirements}."
        )


def _strip(packages: Path) -> None:
    for metadata in packages.glob("*.dist-info"):
        for name in _LEFT_BY_PIP:
            (metadata / name).unlink(missing_ok=True)
    for path in packages.rglob("*"):
        if path.suffix in _FOR_BROWSERS:
            path.unlink()
    for folder in (packages / "bin", *packages.rglob("__pycache__")):
        if folder.is_dir():
            shutil.rmtree(folder)
