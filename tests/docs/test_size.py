"""The check of sizes: what it counts, and that it fails above an allowance."""

from pathlib import Path

import pytest

from tests.size import main, measured


def test_lines_are_counted_where_they_belong(tmp_path: Path) -> None:
    for name, text in {
        "app.py": "1\n",
        "lambda/a/b.py": "1\n2\n",
        "infra/sql/q.sql": "1\n2\n3\n",
        "commands/data.json": "{}\n",
        "commands/picture.png": "not counted\n",
        "tests/test_a.py": "1\n" * 10,
        "tests/sandbox/c.py": "1\n" * 100,
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    assert measured(tmp_path) == {"product_modules": 2, "product_lines": 7, "test_lines": 10, "emulator_lines": 100}


def test_a_figure_above_its_allowance_or_without_one_fails(capsys: pytest.CaptureFixture[str]) -> None:
    main({"product_lines": 7}, {"product_lines": 7})
    assert capsys.readouterr().out == "product_lines          7 of       7\n"
    with pytest.raises(SystemExit, match=r"tests/size\.toml: product_lines, test_lines\."):
        main({"product_lines": 8, "test_lines": 1}, {"product_lines": 7})
