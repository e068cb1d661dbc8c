"""Packages of a bundle are installed once for each state of the requirements, whole, whatever the user has set."""

import base64
import hashlib
import os
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from infra.bundle import PROJECT
from infra.packages import HOST, LAMBDA, PURE, PackagesError, Target, copy_packages, installed_packages

REQUIREMENTS: Final = PROJECT / "lambda" / "collector" / "requirements.txt"
SETTINGS_OF_PIP: Final = {
    "root": "elsewhere",
    "prefix": "elsewhere",
    "target": "elsewhere",
    "user": "1",
    "dry-run": "1",
}
SETTINGS_OF_UV: Final = {
    "UV_NO_BINARY": "1",
    "UV_PYTHON": "elsewhere",
    "UV_SYSTEM_PYTHON": "1",
    "UV_COMPILE_BYTECODE": "1",
    "UV_CONFIG_FILE": "uv.toml",
    "UV_TARGET": "elsewhere",
    "UV_EXCLUDE_NEWER": "2001-01-01T00:00:00Z",
    "UV_NO_VERIFY_HASHES": "1",
    "UV_LINK_MODE": "symlink",
    "UV_PROJECT": "elsewhere",
    "UV_PREVIEW": "1",
    "VIRTUAL_ENV": "elsewhere",
    "PYTHONPATH": "elsewhere",
}
UV_TOML: Final = (
    'offline = true\nno-index = true\n[pip]\ntarget = "elsewhere"\nno-binary = ["urllib3"]\nsystem = true\n'
)


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def bundled(folder: Path, requirements: Path = REQUIREMENTS, target: Target = PURE) -> dict[str, bytes]:
    """What of freshly installed packages gets into a bundle."""
    copy_packages(installed_packages(requirements, folder / "cache", target), folder / "copy")
    return contents(folder / "copy")


def pip_conf(path: Path, **options: str) -> str:
    path.write_text("".join(f"{line}\n" for line in ("[global]", *(f"{name} = {options[name]}" for name in options))))
    return str(path)


@pytest.fixture
def working_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "working folder"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def another_umask() -> Iterator[None]:
    before = os.umask(0o077)
    yield
    os.umask(before)


@pytest.mark.usefixtures("another_umask")
@pytest.mark.parametrize("set_by", ["pip's variables", "pip.conf", "uv's variables", "uv.toml", "the machine"])
def test_packages_are_the_same_whatever_the_user_has_set(
    set_by: str, tmp_path: Path, working_folder: Path, bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    match set_by:
        case "pip's variables":
            for name, value in SETTINGS_OF_PIP.items():
                monkeypatch.setenv(f"PIP_{name.upper().replace('-', '_')}", value)
        case "pip.conf":
            monkeypatch.setenv("PIP_CONFIG_FILE", pip_conf(tmp_path / "pip.conf", **SETTINGS_OF_PIP))
        case "uv's variables":
            (working_folder / "uv.toml").write_text(UV_TOML)
            for name, value in SETTINGS_OF_UV.items():
                monkeypatch.setenv(name, value)
        case "uv.toml":
            (working_folder / "uv.toml").write_text(UV_TOML)
            (working_folder / "uv.py").write_text("raise SystemExit('not the installed uv')")
            monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
            (tmp_path / "uv").mkdir()
            (tmp_path / "uv" / "uv.toml").write_text(UV_TOML)
        case _:
            monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "uv's cache"))
            monkeypatch.setenv("TZ", "Pacific/Kiritimati")
    packages = bundled(tmp_path)
    assert packages == {name: content for name, content in contents(bundle).items() if name in packages}
    assert {name.partition("/")[0] for name in packages} >= {"urllib3", "aws_lambda_powertools", "jmespath"}
    assert list(working_folder.rglob("elsewhere")) == []


def test_a_second_call_does_not_install(tmp_path: Path, bundle: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert bundle.is_dir()
    monkeypatch.setattr("sys.executable", str(tmp_path / "no-python"))
    assert installed_packages(REQUIREMENTS, PROJECT / "build" / "packages", PURE).is_dir()


def test_a_changed_requirements_file_is_installed_anew(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    requirements = tmp_path / "requirements.txt"
    requirements.write_text("# nothing\n")
    first = installed_packages(requirements, cache, PURE)
    requirements.write_text("# nothing either\n")
    assert installed_packages(requirements, cache, PURE) != first


def test_each_target_has_packages_of_its_own(tmp_path: Path) -> None:
    requirements = tmp_path / "requirements.txt"
    requirements.write_text("# nothing\n")
    folders = {installed_packages(requirements, tmp_path / "cache", target) for target in (PURE, LAMBDA, HOST)}
    assert len(folders) == 3


def test_a_failing_uv_says_what_it_said_and_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)
    requirements = tmp_path / "requirements.txt"
    requirements.write_text("urllib3==2.8.0 --hash=sha256:" + 64 * "0" + "\n")
    with pytest.raises(PackagesError) as refused:
        installed_packages(requirements, tmp_path / "cache", LAMBDA)
    message = str(refused.value)
    assert "urllib3 was not found" in message
    assert "Check that this machine reaches its package index" in message
    assert str(requirements) in message
    assert "Lambda on arm64" in message
    assert not list((tmp_path / "cache").iterdir())


def test_a_requirement_without_a_hash_is_refused(tmp_path: Path) -> None:
    requirements = tmp_path / "requirements.txt"
    requirements.write_text("urllib3==2.8.0\n")
    with pytest.raises(PackagesError, match="hash"):
        installed_packages(requirements, tmp_path / "cache", LAMBDA)


class Mirror:
    """A company's package index in a folder, with the one wheel `tiny` 1.0, which no other index has."""

    def __init__(self, folder: Path, tag: str = "py3-none-any") -> None:
        self.wheels = folder / "simple" / "tiny"
        self.wheels.mkdir(parents=True)
        self.url = (folder / "simple").as_uri()
        wheel = self.wheels / f"tiny-1.0-{tag}.whl"
        files = {
            "tiny/__init__.py": "",
            "tiny-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n",
            "tiny-1.0.dist-info/WHEEL": f"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: {tag}\n",
        }
        with zipfile.ZipFile(wheel, "w") as archive:
            for name, text in files.items():
                archive.writestr(name, text)
            record = "".join(f"{name},sha256={checksum(text)},{len(text)}\n" for name, text in files.items())
            archive.writestr("tiny-1.0.dist-info/RECORD", f"{record}tiny-1.0.dist-info/RECORD,,\n")
        (self.wheels / "index.html").write_text(f'<a href="{wheel.name}">{wheel.name}</a>')
        self.requirements = folder / "requirements.txt"
        self.requirements.write_text(f"tiny==1.0 --hash=sha256:{hashlib.sha256(wheel.read_bytes()).hexdigest()}\n")


def checksum(text: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode().rstrip("=")


@pytest.fixture
def mirror(tmp_path: Path) -> Mirror:
    return Mirror(tmp_path / "mirror")


@pytest.mark.parametrize("set_by", ["UV_DEFAULT_INDEX", "PIP_INDEX_URL", "pip.conf", "a folder of wheels"])
def test_a_companys_package_index_is_used(
    set_by: str, mirror: Mirror, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    match set_by:
        case "pip.conf":
            conf = pip_conf(tmp_path / "pip.conf", **SETTINGS_OF_PIP, **{"index-url": mirror.url, "quiet": "3"})
            monkeypatch.setenv("PIP_CONFIG_FILE", conf)
        case "a folder of wheels":
            conf = pip_conf(tmp_path / "pip.conf", **{"no-index": "true", "find-links": str(mirror.wheels)})
            monkeypatch.setenv("PIP_CONFIG_FILE", conf)
            monkeypatch.delenv("PIP_FIND_LINKS", raising=False)
        case variable:
            monkeypatch.setenv(variable, mirror.url)
    assert "tiny/__init__.py" in bundled(tmp_path, mirror.requirements)


def test_no_error_shows_the_password_of_a_package_index(
    mirror: Mirror, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for index in ("http://user:s3cret@127.0.0.1:9/simple", "http://user:s3cret@127.0.0.1:none/simple"):
        monkeypatch.setenv("UV_DEFAULT_INDEX", index)
        monkeypatch.setenv("UV_HTTP_RETRIES", "0")
        with pytest.raises(PackagesError, match=r"127\.0\.0\.1") as refused:
            installed_packages(mirror.requirements, tmp_path / "cache", PURE)
        assert "s3cret" not in str(refused.value)


def test_an_installation_that_installed_nothing_is_refused(
    mirror: Mirror, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    does_nothing = tmp_path / "python"
    does_nothing.write_text("#!/bin/sh\n")
    does_nothing.chmod(0o755)
    monkeypatch.setattr("sys.executable", str(does_nothing))
    with pytest.raises(PackagesError, match=r"not whole for any machine: tiny 1\.0 is missing"):
        installed_packages(mirror.requirements, tmp_path / "cache", PURE)
    assert not list((tmp_path / "cache").iterdir())


def test_a_kept_folder_that_has_lost_a_file_is_refused(
    mirror: Mirror, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UV_DEFAULT_INDEX", mirror.url)
    kept = installed_packages(mirror.requirements, tmp_path / "cache", PURE)
    for damage in (lambda path: path.write_text("changed"), Path.unlink):
        damage(kept / "tiny" / "__init__.py")
        with pytest.raises(PackagesError, match=r"tiny/__init__\.py of tiny is missing or was changed") as refused:
            installed_packages(mirror.requirements, tmp_path / "cache", PURE)
        assert f"Delete {kept} and try again." in str(refused.value)


def test_compiled_code_is_refused_where_the_bundle_runs_on_any_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    compiled = Mirror(tmp_path / "mirror", tag="cp313-cp313-manylinux_2_28_aarch64")
    monkeypatch.setenv("UV_DEFAULT_INDEX", compiled.url)
    assert "tiny/__init__.py" in bundled(tmp_path, compiled.requirements, LAMBDA)
    with pytest.raises(PackagesError, match="tiny has compiled code, which does not run on any machine"):
        installed_packages(compiled.requirements, tmp_path / "cache", PURE)
