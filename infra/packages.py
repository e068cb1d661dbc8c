"""The third-party packages of a bundle: installed by uv once for each requirements.txt and each target.

`python -m infra.packages pip install …` runs uv with the same settings, for the Makefile.
"""

import ast
import base64
import csv
import hashlib
import os
import re
import shutil
import subprocess  # nosec B404 # runs uv and pip, and nothing else
import sys
import sysconfig
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import Distribution, distributions
from pathlib import Path
from typing import Final

PYTHON: Final = "3.13"
"""The Python of Lambda that the bundles are made for."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where a bundle is to run, which decides the wheels that uv may take."""

    name: str
    uv_options: tuple[str, ...]
    pure: bool = False
    """Wheels with compiled code are refused."""


LAMBDA: Final = Target("Lambda on arm64", (f"--python-version={PYTHON}", "--python-platform=aarch64-manylinux_2_28"))
"""Lambda's Python 3.13 runs on Amazon Linux 2023, whose glibc is 2.34:
https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html"""
PURE: Final = Target("any machine", LAMBDA.uv_options, pure=True)
"""Only wheels without compiled code: the same files run on x86 and on arm64, here and on Lambda."""
HOST: Final = Target(f"{sys.implementation.cache_tag} on {sysconfig.get_platform()}", ())
"""This interpreter on this machine."""

_UV: Final = ("-P", "-m", "uv")
# Every file has its hash in requirements.txt, so that it does not matter which of several indexes it comes from.
_UV_OPTIONS: Final = (
    *("--require-hashes", "--no-deps", "--only-binary=:all:", "--index-strategy=unsafe-best-match"),
    *("--no-config", "--link-mode=copy", "--quiet"),
)
# What uv may know of its user: where packages come from, and where it keeps what it fetched.
# https://docs.astral.sh/uv/reference/environment/
_UV_SETTINGS: Final = (
    *("UV_INDEX", "UV_DEFAULT_INDEX", "UV_EXTRA_INDEX_URL", "UV_FIND_LINKS", "UV_OFFLINE", "UV_CACHE_DIR"),
    *("UV_INSECURE_HOST", "UV_SYSTEM_CERTS", "UV_NATIVE_TLS", "UV_HTTP_", "UV_REQUEST_TIMEOUT"),
    *("UV_KEYRING_PROVIDER", "UV_CREDENTIALS_DIR"),
)
# The same from pip's settings, where uv has none: uv's variable, and what it wants between several values.
# https://pip.pypa.io/en/stable/topics/configuration/
_PIP_SETTINGS: Final = {
    "index-url": ("UV_INDEX_URL", " "),
    "extra-index-url": ("UV_EXTRA_INDEX_URL", " "),
    "find-links": ("UV_FIND_LINKS", ","),
    "trusted-host": ("UV_INSECURE_HOST", " "),
    "proxy": ("ALL_PROXY", " "),
    "cert": ("SSL_CERT_FILE", " "),
    "client-cert": ("SSL_CLIENT_CERT", " "),
}
_NO_INDEX: Final = "no-index"
# Written by uv at installation, they differ from machine to machine.
_LEFT_BY_UV: Final = {"RECORD", "INSTALLER", "REQUESTED", "direct_url.json", "uv_cache.json", "uv_build.json"}
# Commands with this machine's paths, and uv's own lock.
_LEFT_BESIDE_PACKAGES: Final = {"bin", ".lock"}
# Two packages carry web pages along (Powertools its Swagger UI), 2 MB that nothing here serves.
_FOR_BROWSERS: Final = (".js", ".css")
_PINNED: Final = re.compile(r"^(?P<name>[\w.-]+)==(?P<version>[^\s;\\]+)(?P<marker>\s*;)?", re.MULTILINE)
_SHOWN: Final = 5


class PackagesError(Exception):
    """The packages of the bundle are not there, or not whole; the message says why and what to do."""


def installed_packages(requirements: Path, cache: Path, target: Target) -> Path:
    """Return a folder that holds the packages of `requirements`, installing them if it is not there yet.

    The folder stands in `cache` under the hash of the file's content, of the target, and of this module: the second
    synth does not install, and two synths at once do not disturb each other. Every file of every package is there, as
    its wheel had it. Raises PackagesError.
    """
    folder = cache / _digest(requirements.read_bytes(), target.name.encode(), Path(__file__).read_bytes())
    if folder.is_dir():
        if faults := tuple(_faults(folder, requirements, target)):
            raise PackagesError(f"{_told(faults, target)}\nDelete {folder} and try again.")
        return folder
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache, prefix="installing-") as temporary:
        fresh = Path(temporary) / "packages"
        fresh.mkdir()
        _install(requirements, fresh, target)
        if faults := tuple(_faults(fresh, requirements, target)):
            raise PackagesError(
                f"{_told(faults, target)}\nuv had installed them from {requirements}. "
                f"Run `{sys.executable} -m uv cache clean` and try again."
            )
        try:
            fresh.rename(folder)
        except OSError:
            # Another synth was faster. Anything else that went wrong shows as the folder's absence.
            if not folder.is_dir():
                raise
    return folder


def copy_packages(installed: Path, folder: Path) -> None:
    """Copy what a bundle needs of `installed` into `folder`, a new one: the same on every machine."""

    def left_out(place: str, names: list[str]) -> set[str]:
        unwanted = {"__pycache__"} | (_LEFT_BESIDE_PACKAGES if Path(place) == installed else set())
        if place.endswith(".dist-info"):
            unwanted |= _LEFT_BY_UV
        return {name for name in names if name in unwanted or name.endswith(_FOR_BROWSERS)}

    shutil.copytree(installed, folder, ignore=left_out)


def _digest(*parts: bytes) -> str:
    return hashlib.sha256(b"\0".join(hashlib.sha256(part).digest() for part in parts)).hexdigest()


def _install(requirements: Path, folder: Path, target: Target) -> None:
    pip = _pip_settings(os.environ)
    command = [sys.executable, *_UV, "pip", "install", *_UV_OPTIONS, *target.uv_options, "--python", sys.executable]
    command += ["--target", str(folder), "-r", str(requirements)]
    if pip.get(_NO_INDEX, "").lower() in ("1", "true", "yes", "on"):
        command.append("--no-index")
    environment = _environment(os.environ, pip)
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)  # noqa: S603 # nosec B603 # no shell, and only our words
    if done.returncode != 0:
        said = re.sub(r"://\S*@", "://", done.stderr.strip() or done.stdout.strip())  # without an index's password
        raise PackagesError(
            f"The packages of the function could not be installed for {target.name}: uv ended with status "
            f"{done.returncode}.\n{said}\n"
            "Check that this machine reaches its package index (UV_DEFAULT_INDEX, or pip's index-url; uv.toml is not "
            f"read) and that `{sys.executable} -m uv --version` works (`pip install -r requirements.txt` installs "
            f"uv), then try again. The packages stand in {requirements}."
        )


def _environment(variables: Mapping[str, str], pip: Mapping[str, str]) -> dict[str, str]:
    """The variables for uv: none that changes what it installs or where to, those of the package index among them."""
    environment = {
        name: value
        for name, value in variables.items()
        if name.startswith(_UV_SETTINGS) or not name.startswith(("UV_", "PIP_", "PYTHON"))
    }
    for option, (name, separator) in _PIP_SETTINGS.items():
        if option in pip:
            environment.setdefault(name, separator.join(pip[option].split()))
    return environment


def _pip_settings(variables: Mapping[str, str]) -> dict[str, str]:
    """Where pip's files and variables say that packages come from, by option; nothing without a pip."""
    options = (*_PIP_SETTINGS, _NO_INDEX)
    kept = {"PIP_CONFIG_FILE", *(f"PIP_{option.replace('-', '_').upper()}" for option in options)}
    environment = {name: value for name, value in variables.items() if name in kept or not name.startswith("PIP_")}
    # Options of `pip config` itself, which a pip.conf may set.
    environment |= dict.fromkeys(("PIP_USER", "PIP_SITE", "PIP_GLOBAL", "PIP_QUIET", "PIP_VERBOSE"), "0")
    command = [sys.executable, "-P", "-m", "pip", "config", "list"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)  # noqa: S603 # nosec B603 # no shell, and only our words
    found: dict[str, dict[str, str]] = {"global": {}, "install": {}, ":env:": {}}
    for line in done.stdout.splitlines():
        key, _, value = line.partition("=")
        section, _, option = key.partition(".")
        if section in found and option in options:
            found[section][option] = ast.literal_eval(value)
    return found["global"] | found["install"] | found[":env:"]


def _faults(folder: Path, requirements: Path, target: Target) -> Iterator[str]:
    """What keeps the packages in `folder` from being those of `requirements`, each with all of its files."""
    there = {(_plain(each.name), each.version): each for each in distributions(path=[str(folder)])}
    for pinned in _PINNED.finditer(requirements.read_text(encoding="utf-8")):
        # One with a marker may be for other machines; uv decides that.
        if not pinned["marker"] and (_plain(pinned["name"]), pinned["version"]) not in there:
            yield f"{pinned['name']} {pinned['version']} is missing"
    for (name, _version), distribution in there.items():
        record = distribution.read_text("RECORD")
        if not record:
            yield f"{name} has no RECORD of its files"
        for path, checksum, _size in csv.reader((record or "").splitlines()):
            if checksum and not _is_whole(folder / path, checksum):
                yield f"{path} of {name} is missing or was changed"
        if target.pure and _is_compiled(distribution):
            yield f"{name} has compiled code, which does not run on {target.name}"


def _told(faults: tuple[str, ...], target: Target) -> str:
    more = f", and {len(faults) - _SHOWN} more" if len(faults) > _SHOWN else ""
    return f"The packages of the function are not whole for {target.name}: {', '.join(faults[:_SHOWN])}{more}."


def _plain(name: str) -> str:
    """https://packaging.python.org/en/latest/specifications/name-normalization/"""
    return re.sub(r"[-_.]+", "-", name).lower()


def _is_whole(path: Path, checksum: str) -> bool:
    """https://packaging.python.org/en/latest/specifications/recording-installed-packages/"""
    algorithm, _, expected = checksum.partition("=")
    if not path.is_file():
        return False
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, algorithm).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=") == expected


def _is_compiled(distribution: Distribution) -> bool:
    tags = re.findall(r"^Tag: (\S+)", distribution.read_text("WHEEL") or "", re.MULTILINE)
    return not all(tag.endswith("-none-any") for tag in tags)


if __name__ == "__main__":
    environment = _environment(os.environ, _pip_settings(os.environ))
    os.execve(sys.executable, [sys.executable, *_UV, *sys.argv[1:]], environment)  # noqa: S606 # nosec B606 # our own words, no shell
