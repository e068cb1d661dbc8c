"""A text from outside is shown by a command, and commands nothing: no terminal, no spreadsheet, no second line."""

import csv
import io
from collections.abc import Callable
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commands import query, restore
from commands._aws import CommandFailed
from commands._terminal import escape_control_chars, print_safe
from commands.query import Column, Finished, NamedQuery, Result, as_csv, as_json, as_list, as_table
from commands.replay import __main__ as replay

FINISHED = Finished("id", scanned_bytes=0, seconds=1.0, names_first=True)
TITLE = "\x1b]0;owned\x07"
texts = st.text(st.characters(exclude_categories=["Cs"])) | st.text(st.sampled_from("\x1b\x9b\r\n\u202e=+-@a[]"))


def result(*values: str | None, column: Column | None = None) -> Result:
    """One column with these values."""
    return Result((column or Column("name", "varchar"),), iter([(value,) for value in values]))


@given(texts)
def test_nothing_that_is_shown_has_a_control_character(text: str) -> None:
    assert escape_control_chars(text).isprintable()
    assert escape_control_chars(text) == text or not text.isprintable()


def test_a_message_keeps_its_own_lines_and_spells_out_the_rest(capsys: pytest.CaptureFixture[str]) -> None:
    print_safe(f"one {TITLE}\ntwo\r")
    assert capsys.readouterr().out == "one \\x1b]0;owned\\x07\ntwo\\r\n"


@pytest.mark.parametrize("show", [as_table, as_csv])
@pytest.mark.parametrize("hostile", [TITLE, "\x9b2J", "a\r\nb", "\u202egpj.exe"])
def test_a_name_in_the_lake_commands_no_terminal(
    capsys: pytest.CaptureFixture[str], show: Callable[[Result, Finished], None], hostile: str
) -> None:
    show(result(hostile, column=Column(f"c{hostile}", "varchar")), FINISHED)
    out = capsys.readouterr().out
    assert all(line.isprintable() for line in out.split("\n"))
    assert escape_control_chars(hostile) in out


def test_json_is_exact_and_commands_no_terminal_either(capsys: pytest.CaptureFixture[str]) -> None:
    as_json(result(f"{TITLE}\x9b\u202e=1"), FINISHED)
    assert capsys.readouterr().out == '[\n{"name": "\\u001b]0;owned\\u0007\\u009b\\u202e=1"}\n]\n'


def test_markup_in_a_name_is_text(capsys: pytest.CaptureFixture[str]) -> None:
    as_table(result("[red]a[/red]", column=Column("[b]x[/b]", "varchar")), FINISHED)
    as_list([NamedQuery("[i]mine[/i]", "db", f"-- [u]what[/u]{TITLE}\nSELECT 1", "")])
    out = capsys.readouterr().out
    assert [text for text in ("[red]a[/red]", "[b]x[/b]", "[i]mine[/i]", "[u]what[/u]\\x1b") if text not in out] == []


@pytest.mark.parametrize("formula", ["=HYPERLINK(0)", "+1", "-1", "@SUM(A1)"])
def test_no_text_is_a_formula_to_a_spreadsheet(capsys: pytest.CaptureFixture[str], formula: str) -> None:
    as_csv(result(formula, "plain=1", None), FINISHED)
    assert list(csv.reader(io.StringIO(capsys.readouterr().out))) == [["name"], [f"'{formula}"], ["plain=1"], [""]]


@pytest.mark.parametrize("type_", ["bigint", "double", "decimal"])
def test_a_negative_number_stays_one(capsys: pytest.CaptureFixture[str], type_: str) -> None:
    as_csv(result("-1.5", column=Column("n", type_)), FINISHED)
    assert capsys.readouterr().out == "n\n-1.5\n"


@pytest.mark.parametrize(("command", "does"), [(query, "_list"), (replay, "_replay"), (restore, "_restore")])
def test_no_command_fails_with_a_text_that_commands_the_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], command: ModuleType, does: str
) -> None:
    def fail(*_: object) -> None:
        raise CommandFailed(f"AWS did not say it: {TITLE}")

    monkeypatch.setenv("AWS_REGION", "us-east-1")
    monkeypatch.setattr(command, does, fail)
    assert command.main([]) == 1
    assert capsys.readouterr().err == "AWS did not say it: \\x1b]0;owned\\x07\n"
