"""pip is called once for each state of the requirements, and fails with advice."""

from pathlib import Path

import pytest

from infra.bundle import PROJECT
from infra.packages import HOST, LAMBDA, PURE, PackagesError, installed_packages

REQUIREMENTS = PROJECT / "lambda" / "collector" / "requirements.txt"


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_two_installations_are_the_same_byte_for_byte(tmp_path: Path, bundle: Path) -> None:
    again = contents(installed_packages(REQUIREMENTS, tmp_path / "fresh", PURE))
    bundled = contents(bundle)
    assert again == {name: bundled[name] for name in again}
    assert len(again) > 100


def test_a_second_call_does_not_call_pip(tmp_path: Path, bundle: Path, monkeypatch: pytest.MonkeyPatch) -> None:
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


def test_a_failing_pip_says_what_it_said_and_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)
    requirements = tmp_path / "requirements.txt"
    requirements.write_text("urllib3==2.8.0 --hash=sha256:" + 64 * "0" + "\n")
    with pytest.raises(PackagesError) as refused:
        installed_packages(requirements, tmp_path / "cache", LAMBDA)
    message = str(refused.value)
    assert "No matching distribution found for urllib3==2.8.0" in message
    assert "Check that this machine reaches its package index" in message
    assert str(requirements) in message
    assert "Lambda on arm64" in message
    assert not list((tmp_path / "cache").iterdir())


def test_a_requirement_without_a_hash_is_refused(tmp_path: Path) -> None:
    requirements = tmp_path / "requirements.txt"
    requirements.write_text("urllib3==2.8.0\n")
    with pytest.raises(PackagesError, match="hash"):
        installed_packages(requirements, tmp_path / "cache", LAMBDA)
