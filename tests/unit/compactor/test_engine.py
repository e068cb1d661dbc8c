"""DuckDB, kept in its folder and without a network."""

from pathlib import Path

import duckdb
import pytest

import compactor.compact as module
from compactor.compact import Engine, engine

SQL = Path(module.__file__).parent / "sql"


def test_it_reads_and_writes_in_its_folder(tmp_path: Path) -> None:
    with engine(tmp_path, 512) as duck:
        duck.run("chunk", files=[_lines(tmp_path)], columns={"minute": "TIMESTAMP", "apps": "INTEGER[]"}, longest=1000)
        assert duck.run("counts") == [(1, 2)]


@pytest.mark.parametrize("place", ["/etc/hostname", "https://example.com/x", "s3://bucket/x"])
def test_nothing_else_is_within_its_reach(tmp_path: Path, place: str) -> None:
    with engine(tmp_path, 512) as duck, pytest.raises(duckdb.PermissionException):
        duck.run("checksum", files=[place])


def test_its_limits_cannot_be_lifted(tmp_path: Path) -> None:
    with engine(tmp_path, 512) as duck:
        for setting in ("enable_external_access = true", "memory_limit = '10GB'"):
            with pytest.raises(duckdb.InvalidInputException):
                duck._connection.execute(f"SET {setting}")
        assert duck._connection.execute("SELECT current_setting('memory_limit')").fetchall() == [("256.0 MiB",)]


def test_every_statement_opens_with_the_question_that_it_answers_and_is_run_by_somebody() -> None:
    code = "".join(file.read_text(encoding="utf-8") for file in SQL.parent.glob("*.py"))
    for file in SQL.iterdir():
        assert file.suffix == ".sql"
        assert file.read_text(encoding="utf-8").startswith("-- ")
        name = file.stem.removeprefix("part_")
        assert f'"{name}"' in code or name in ("polls", "usage"), file.name


def test_an_unknown_statement_is_a_fault_of_this_program() -> None:
    with duckdb.connect() as connection, pytest.raises(FileNotFoundError):
        Engine(connection).run("no_such_statement")


def _lines(folder: Path) -> str:
    file = folder / "lines.ndjson"
    file.write_text('{"minute":"2026-11-22 00:00:00","apps":[1,2]}\n')
    return str(file)
