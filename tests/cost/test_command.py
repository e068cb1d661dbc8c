"""`make cost`: what it prints, and what it says of a file that is no cdk.json."""

import json
import sys
from pathlib import Path

import pytest

from infra.cost.__main__ import main
from tests.infra.declared import minimal


def run(monkeypatch: pytest.MonkeyPatch, file: Path, *options: str) -> None:
    """The command, in this process."""
    monkeypatch.setattr(sys, "argv", ["cost", "--configuration", str(file), *options])
    main()


def test_it_prints_the_bill_of_a_configuration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "cdk.json"
    file.write_text(json.dumps({"context": {"spectrum": minimal()}}))
    run(monkeypatch, file, "--month", "1")
    printed = capsys.readouterr().out
    assert "together" in printed
    assert "Month 1; 1 applications" in printed


@pytest.mark.parametrize(
    "text", ["", "[]", "5", '{"context": null}', '{"context": {}}', '{"context": {"spectrum": 5}}', "[" * 100_000]
)
def test_a_file_that_is_no_cdk_json_is_named_and_ends_it_without_a_traceback(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "cdk.json"
    file.write_text(text)
    with pytest.raises(SystemExit, match=r"cdk\.json"):
        run(monkeypatch, file)


def test_a_number_that_cannot_be_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "cdk.json"
    file.write_text(json.dumps({"context": {"spectrum": minimal()}}))
    with pytest.raises(SystemExit, match="months from 1"):
        run(monkeypatch, file, "--month", "0")
