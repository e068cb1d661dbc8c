"""What is uploaded for the collector: complete, small, the same everywhere, and nothing that does not belong."""

from pathlib import Path

from contract.environment import SOURCES_FILE
from infra.bundle import COLLECTOR, PROJECT, sources_file, write_bundle
from infra.configuration import Configuration
from infra.functions import COLLECTOR_HANDLER
from infra.packages import HOST, LAMBDA
from tests.infra.unpacked import bare_python, files

VENDORED = ("aws_lambda_powertools", "jmespath", "typing_extensions", "urllib3")


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
    module, function = COLLECTOR_HANDLER.rsplit(".", 1)
    code = f"import importlib; print(callable(getattr(importlib.import_module({module!r}), {function!r})))"
    assert bare_python(bundle, runtime, code).split() == ["True"]


def test_nothing_stands_in_it_that_does_not_belong(bundle: Path) -> None:
    top = {path.name for path in bundle.iterdir()}
    packages = {path.name for path in bundle.iterdir() if path.suffix == ".dist-info"}
    assert top - packages == {
        *("collector", "aws", "cloudflare_api", "contract", "sources.json"),
        *("aws_lambda_powertools", "jmespath", "typing_extensions.py", "urllib3"),
    }
    assert len(packages) == len(VENDORED)
    stray = [
        name
        for name in files(bundle)
        if not (name.endswith((".py", "py.typed", "sources.json")) or ".dist-info/" in name)
    ]
    assert stray == []


def test_what_uv_writes_beside_the_packages_is_left_out(bundle: Path) -> None:
    left = {Path(name).name for name in files(bundle) if ".dist-info/" in name}
    assert left & {"RECORD", "INSTALLER", "REQUESTED", "direct_url.json", "uv_cache.json"} == set()
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
    for name in ("collector", "aws", "cloudflare_api", "contract"):
        (code / name / "__pycache__").mkdir(parents=True)
        (code / name / "__pycache__" / "module.cpython-311.pyc").write_bytes(b"")
        for leftover in ("module.py", "module.py.orig", ".module.py.swp", "module.pyc", "notes.md", ".DS_Store"):
            (code / name / leftover).write_text("")
    (code / "collector" / "requirements.txt").write_text("")
    written = write_bundle(tmp_path / "bundle", COLLECTOR, files={SOURCES_FILE: "{}"}, project=tmp_path)
    ours = {f"{name}/module.py" for name in ("collector", "aws", "cloudflare_api", "contract")}
    assert files(written).keys() == {*ours, SOURCES_FILE}


def test_what_an_earlier_synth_left_is_replaced(tmp_path: Path, configuration: Configuration, bundle: Path) -> None:
    folder = tmp_path / "bundle"
    (folder / "removed").mkdir(parents=True)
    (folder / "removed" / "module.py").write_text("")
    write_bundle(folder, COLLECTOR, files={SOURCES_FILE: sources_file(configuration)})
    assert files(folder) == files(bundle)


def test_it_is_the_same_for_every_target(tmp_path: Path) -> None:
    one, other = (write_bundle(tmp_path / target.name, COLLECTOR, target) for target in (LAMBDA, HOST))
    assert files(one) == files(other)
