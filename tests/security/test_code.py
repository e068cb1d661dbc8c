"""bandit reads what is shipped, and nothing is hidden from it without a reason."""

from pathlib import Path

import pytest

from tests.security.code import READ, in_code, unexplained
from tests.security.tool import PROJECT, ToolFailed


def test_whatever_is_accepted_has_its_rule_and_its_reason() -> None:
    assert [str(each) for each in unexplained(PROJECT)] == []


@pytest.mark.parametrize("comment", ["# nosec", "# nosec B603", "#nosec", "# NOSEC B603 # short", "# nosec: B603"])
def test_a_bare_nosec_is_found(tmp_path: Path, comment: str) -> None:
    (tmp_path / "a.py").write_text(f"one = 1\ntwo = 2  {comment}\n")
    assert [each.where for each in unexplained(tmp_path, ["a.py"])] == ["a.py:2"]
    (tmp_path / "a.py").write_text("two = 2  # noqa: S603 # nosec B603 # nothing from outside\n")
    assert list(unexplained(tmp_path, ["a.py"])) == []


def test_everything_that_is_shipped_or_run_by_an_operator_is_read() -> None:
    folders = {path.name for path in PROJECT.iterdir() if path.is_dir() and any(path.rglob("*.py"))}
    folders = {name for name in folders if not name.startswith(".")} - {"build", "cdk.out", "tests"}
    assert folders | {path.name for path in PROJECT.glob("*.py")} == set(READ)


@pytest.mark.security
def test_bandit_finds_what_it_must(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("import ssl\ncontext = ssl._create_unverified_context()\nn = 1  # nosec B603 # no\n")
    (tmp_path / "b.py").write_text("def (")
    found = {(each.rule, Path(each.where.partition(":")[0]).name) for each in in_code([str(tmp_path)])}
    assert found == {("B323", "a.py"), ("unread", "b.py")}


@pytest.mark.security
def test_a_nosec_that_hides_nothing_is_found(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("import subprocess\nsubprocess.run(['ls'])  # nosec B603,B105 # no shell at all\n")
    assert [(each.rule, each.where) for each in in_code([str(tmp_path)]) if "accepted" in each.what] == [
        ("B105", f"{tmp_path}/a.py:2")
    ]


@pytest.mark.security
def test_a_folder_that_is_not_there_is_no_clean_bill(tmp_path: Path) -> None:
    with pytest.raises(ToolFailed):
        in_code([str(tmp_path / "nowhere"), "--no-such-option"])
