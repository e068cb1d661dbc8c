"""What is uploaded: complete, small, the same everywhere, and nothing that does not belong."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

from infra.bundle import PROJECT, write_bundle
from infra.collector import HANDLER
from infra.configuration import Configuration
from infra.sources_file import sources_file

# What Lambda's Python runtime brings, and the bundle therefore leaves out.
RUNTIME = ("boto3", "botocore", "s3transfer", "dateutil", "six")
VENDORED = ("aws_lambda_powertools", "jmespath", "typing_extensions", "urllib3")


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def runtime(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that holds what Lambda brings and nothing else."""
    folder = tmp_path_factory.mktemp("runtime")
    for name in RUNTIME:
        found = importlib.util.find_spec(name)
        assert found is not None
        assert found.origin is not None
        origin = Path(found.origin)
        source = origin.parent if origin.name == "__init__.py" else origin
        (folder / source.name).symlink_to(source)
    return folder


def bare_python(bundle: Path, runtime: Path, code: str) -> str:
    """Run code in an interpreter that sees the standard library, the bundle, and what Lambda brings."""
    prefix = f"import sys; sys.dont_write_bytecode = True; sys.path[:0] = [{str(bundle)!r}, {str(runtime)!r}]\n"
    command = [sys.executable, "-I", "-S", "-c", prefix + code]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=runtime)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_everything_declared_imports_in_a_bare_interpreter(bundle: Path, runtime: Path) -> None:
    modules = [f"contract.{path.stem}" for path in (bundle / "contract").glob("*.py") if path.stem != "__init__"]
    assert "contract.environment" in modules
    bare_python(bundle, runtime, "\n".join(f"import {module}" for module in ["contract", *modules]))


def test_the_packages_import_from_the_bundle_beside_boto3(bundle: Path, runtime: Path) -> None:
    code = f"""
import importlib
import boto3, botocore.config
from aws_lambda_powertools import Logger
from aws_lambda_powertools.metrics import Metrics
from aws_lambda_powertools.utilities import parameters
for name in {VENDORED!r}:
    print(importlib.import_module(name).__file__)
"""
    places = bare_python(bundle, runtime, code).split()
    assert len(places) == len(VENDORED)
    assert all(Path(place).is_relative_to(bundle) for place in places)


def test_the_handler_that_the_stack_names_imports_beside_boto3(bundle: Path, runtime: Path) -> None:
    module, function = HANDLER.rsplit(".", 1)
    code = f"import importlib; print(callable(getattr(importlib.import_module({module!r}), {function!r})))"
    assert bare_python(bundle, runtime, code).split() == ["True"]


def test_nothing_stands_in_it_that_does_not_belong(bundle: Path) -> None:
    top = {path.name for path in bundle.iterdir()}
    packages = {path.name for path in bundle.iterdir() if path.suffix == ".dist-info"}
    assert top - packages == {
        *("collector", "contract", "sources.json"),
        *("aws_lambda_powertools", "jmespath", "typing_extensions.py", "urllib3"),
    }
    assert len(packages) == len(VENDORED)
    stray = [
        name
        for name in files(bundle)
        if not (name.endswith((".py", "py.typed", "sources.json")) or ".dist-info/" in name)
    ]
    assert stray == []


def test_pips_own_notes_are_left_out(bundle: Path) -> None:
    left = {Path(name).name for name in files(bundle) if ".dist-info/" in name}
    assert left & {"RECORD", "INSTALLER", "REQUESTED", "direct_url.json"} == set()
    assert "METADATA" in left


def test_no_file_names_the_machine_that_made_it(bundle: Path) -> None:
    traces = (str(PROJECT).encode(), str(Path.home()).encode() + b"/", str(bundle).encode())
    assert [name for name, content in files(bundle).items() if any(trace in content for trace in traces)] == []


def test_only_pure_python_is_in_it_so_that_it_runs_on_x86_and_arm(bundle: Path) -> None:
    wheels = {path.parent.name: path.read_text() for path in bundle.glob("*.dist-info/WHEEL")}
    assert len(wheels) == len(VENDORED)
    for package, wheel in wheels.items():
        assert "Root-Is-Purelib: true" in wheel, package


def test_it_is_smaller_than_four_megabytes(bundle: Path) -> None:
    assert sum(map(len, files(bundle).values())) < 4_000_000


def test_modes_do_not_depend_on_the_machines_umask(bundle: Path) -> None:
    modes = {(path.is_dir(), path.stat().st_mode & 0o777) for path in (bundle, *bundle.rglob("*"))}
    assert modes == {(True, 0o755), (False, 0o644)}


def test_caches_and_leftovers_of_a_checkout_stay_behind(tmp_path: Path) -> None:
    code = tmp_path / "lambda"
    for name in ("collector", "contract"):
        (code / name / "__pycache__").mkdir(parents=True)
        (code / name / "__pycache__" / "module.cpython-311.pyc").write_bytes(b"")
        for leftover in ("module.py", "module.py.orig", ".module.py.swp", "module.pyc", "notes.md", ".DS_Store"):
            (code / name / leftover).write_text("")
    (code / "requirements.txt").write_text("")
    written = write_bundle(tmp_path / "bundle", sources="{}", project=tmp_path)
    assert files(written).keys() == {"collector/module.py", "contract/module.py", "sources.json"}


def test_what_an_earlier_synth_left_is_replaced(tmp_path: Path, configuration: Configuration, bundle: Path) -> None:
    folder = tmp_path / "bundle"
    (folder / "removed").mkdir(parents=True)
    (folder / "removed" / "module.py").write_text("")
    write_bundle(folder, sources=sources_file(configuration))
    assert files(folder) == files(bundle)
