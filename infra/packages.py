"""The third-party packages of a bundle: installed by pip once for each requirements.txt and each target."""

import hashlib
import shutil
import subprocess  # nosec B404 # runs pip, and nothing else
import sys
import sysconfig
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

PYTHON: Final = "3.13"
"""The Python of Lambda that the bundles are made for."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where a bundle is to run, which decides the wheels that pip may take."""

    name: str
    pip_options: tuple[str, ...]


PURE: Final = Target(
    "any machine", (f"--python-version={PYTHON}", "--implementation=py", "--abi=none", "--platform=any")
)
"""Only wheels without compiled code: the same files run on x86 and on arm64, here and on Lambda."""
LAMBDA: Final = Target("Lambda on arm64", (f"--python-version={PYTHON}", "--platform=manylinux_2_28_aarch64"))
"""Lambda's Python 3.13 runs on Amazon Linux 2023, whose glibc is 2.34:
https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html"""
HOST: Final = Target(f"{sys.implementation.cache_tag} on {sysconfig.get_platform()}", ())
"""This interpreter on this machine."""

_PIP_OPTIONS: Final = (
    *("--require-hashes", "--no-deps", "--no-compile", "--only-binary=:all:"),
    *("--disable-pip-version-check", "--no-input", "--quiet"),
)
# Written by pip at installation, they differ from machine to machine; bin/ holds commands with this machine's paths.
_LEFT_BY_PIP: Final = ("RECORD", "INSTALLER", "REQUESTED", "direct_url.json")
# Two packages carry web pages along (Powertools its Swagger UI), 2 MB that nothing here serves.
_FOR_BROWSERS: Final = (".js", ".css")


class PackagesError(Exception):
    """pip could not install the packages of the bundle; the message holds what pip said and what to do."""


def installed_packages(requirements: Path, cache: Path, target: Target) -> Path:
    """Return a folder that holds the packages of `requirements`, installing them if it is not there yet.

    The folder stands in `cache` under the hash of the file's content, of the target, and of this module, which decides
    what is left out: the second synth does not call pip, and two synths at once do not disturb each other. Raises
    PackagesError.
    """
    folder = cache / _digest(requirements.read_bytes(), target.name.encode(), Path(__file__).read_bytes())
    if folder.is_dir():
        return folder
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache, prefix="installing-") as temporary:
        fresh = Path(temporary) / "packages"
        _install(requirements, fresh, target)
        _strip(fresh)
        try:
            fresh.rename(folder)
        except OSError:
            # Another synth was faster. Anything else that went wrong shows as the folder's absence.
            if not folder.is_dir():
                raise
    return folder


def _digest(*parts: bytes) -> str:
    return hashlib.sha256(b"\0".join(hashlib.sha256(part).digest() for part in parts)).hexdigest()


def _install(requirements: Path, folder: Path, target: Target) -> None:
    command = [sys.executable, "-m", "pip", "install", *_PIP_OPTIONS, *target.pip_options]
    command += ["--target", str(folder), "-r", str(requirements)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 # nosec B603 # no shell, and only our words
    if done.returncode != 0:
        raise PackagesError(
            f"The packages of the function could not be installed for {target.name}: pip ended with status "
            f"{done.returncode}.\n{done.stderr.strip() or done.stdout.strip()}\n"
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
