"""What is uploaded for the compactor: DuckDB for Lambda's machine, and for this one when the sandbox asks for it."""

from pathlib import Path
from typing import Final

import pytest

from infra.bundle import COMPACTOR, PROJECT, Bundles, write_bundle
from infra.functions import COMPACTOR_HANDLER
from infra.packages import HOST
from tests.infra.unpacked import bare_python, files

OURS: Final = ("compactor", "aws", "contract")
# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html, "Deployment package (.zip file archive) size"
UNZIPPED_LIMIT_BYTES: Final = 250_000_000
# https://refspecs.linuxfoundation.org/elf/elf.pdf, https://github.com/ARM-software/abi-aa/blob/main/aaelf64/aaelf64.rst
ELF_64_LITTLE_ENDIAN: Final = b"\x7fELF\x02\x01"
EM_AARCH64: Final = 183


@pytest.fixture(scope="module")
def shipped(bundles: Bundles) -> dict[str, bytes]:
    """The files that go to Lambda."""
    return files(bundles.compactor)


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bundle that runs on this machine."""
    return write_bundle(tmp_path_factory.mktemp("here") / "compactor", COMPACTOR, HOST)


def ours(bundle: dict[str, bytes]) -> dict[str, bytes]:
    return {name: content for name, content in bundle.items() if name.partition("/")[0] in OURS}


def test_every_shared_object_is_for_lambdas_arm64(shipped: dict[str, bytes]) -> None:
    objects = {name: content for name, content in shipped.items() if ".so" in Path(name).suffixes}
    assert objects
    for name, content in objects.items():
        assert content.startswith(ELF_64_LITTLE_ENDIAN), name
        assert int.from_bytes(content[18:20], "little") == EM_AARCH64, name


def test_it_holds_our_code_the_queries_with_it_and_nothing_else_of_the_checkout(shipped: dict[str, bytes]) -> None:
    expected = {
        str(path.relative_to(PROJECT / "lambda")): path.read_bytes()
        for name in OURS
        for path in (PROJECT / "lambda" / name).rglob("*")
        if path.suffix in (".py", ".sql")
    }
    assert ours(shipped) == expected
    assert any(name.endswith(".sql") for name in expected)


def test_what_the_sandbox_runs_differs_in_compiled_packages_only(shipped: dict[str, bytes], here: Path) -> None:
    other = files(here)
    assert ours(other) == ours(shipped)
    differing = {name for name in shipped.keys() | other.keys() if shipped.get(name) != other.get(name)}
    assert {name for name in differing if not (name.startswith("_duckdb.") or name.endswith("/WHEEL"))} == set()
    assert any(name.startswith("_duckdb.") for name in differing)


def test_the_handler_that_the_stack_names_imports_beside_boto3(here: Path, runtime: Path) -> None:
    module, function = COMPACTOR_HANDLER.rsplit(".", 1)
    code = f"import importlib; print(callable(getattr(importlib.import_module({module!r}), {function!r})))"
    assert bare_python(here, runtime, code).split() == ["True"]


def test_every_module_of_ours_imports_beside_boto3(here: Path, runtime: Path) -> None:
    modules = [name.removesuffix(".py").removesuffix("/__init__") for name in ours(files(here)) if name.endswith(".py")]
    code = "".join(f"import {name.replace('/', '.')}\n" for name in sorted(modules))
    bare_python(here, runtime, code)


def test_duckdb_reads_json_and_writes_parquet_without_downloading_anything(here: Path, runtime: Path) -> None:
    code = """
import duckdb, pathlib, tempfile
folder = pathlib.Path(tempfile.mkdtemp())
(folder / "a.json").write_text('{"n": 1}')
database = duckdb.connect(config={"autoinstall_known_extensions": False, "autoload_known_extensions": False})
database.execute(f"COPY (FROM read_json('{folder}/a.json')) TO '{folder}/a.parquet' (COMPRESSION zstd)")
print(duckdb.__file__, database.execute(f"FROM '{folder}/a.parquet'").fetchall())
"""
    place, answer = bare_python(here, runtime, code).split(maxsplit=1)
    assert Path(place).is_relative_to(here)
    assert answer.strip() == "[(1,)]"


def test_it_fits_into_lambda_unzipped(shipped: dict[str, bytes]) -> None:
    assert sum(map(len, shipped.values())) < UNZIPPED_LIMIT_BYTES


def test_a_second_synth_makes_the_same_bytes(shipped: dict[str, bytes], tmp_path: Path) -> None:
    assert files(write_bundle(tmp_path / "again", COMPACTOR)) == shipped


def test_modes_do_not_depend_on_the_machines_umask(bundles: Bundles) -> None:
    folder = bundles.compactor
    modes = {(path.is_dir(), path.stat().st_mode & 0o777) for path in (folder, *folder.rglob("*"))}
    assert modes == {(True, 0o755), (False, 0o644)}


def test_what_uv_writes_beside_the_packages_is_left_out(shipped: dict[str, bytes]) -> None:
    names = {Path(name).name for name in shipped if ".dist-info/" in name}
    assert names & {"RECORD", "INSTALLER", "REQUESTED", "direct_url.json", "uv_cache.json"} == set()
    assert not [name for name in shipped if name.startswith("bin/")]
