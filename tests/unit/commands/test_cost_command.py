"""`make cost`: the estimate of a cdk.json, line by line."""

import json
from pathlib import Path

import pytest

from commands._config import configuration_of
from commands.cost import main
from infra.cost import Workload, estimate

ZONE = "023e105f4ecef8ad9ca31a8372d0c353"


def test_it_prints_the_estimated_sum_of_the_file_for_so_many_applications(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = _cdk_json(tmp_path, [ZONE])
    assert main(["--config", str(file), "--applications", "200", "--month", "120"]) == 0
    bill = estimate(configuration_of(file), Workload(applications_per_zone=200, month=120))
    [together] = [line for line in capsys.readouterr().out.splitlines() if line.startswith("together")]
    assert together.split()[-1] == f"${bill.total:,.2f}"


def test_a_configuration_that_synth_would_refuse_has_no_bill(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--config", str(_cdk_json(tmp_path, ["not an id"]))]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert "sources[0].zones[0]" in said.err


@pytest.mark.parametrize("text", ["", "[]", '{"context": []}', '{"context": {}}'])
def test_a_file_that_is_no_cdk_json_is_named(text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "cdk.json"
    file.write_text(text, encoding="utf-8")
    assert main(["--config", str(file)]) == 1
    assert str(file) in capsys.readouterr().err


def _cdk_json(folder: Path, zones: list[str]) -> Path:
    file = folder / "cdk.json"
    sources = [{"name": "main", "secret": "cloudflare-spectrum/main", "zones": zones}]
    file.write_text(json.dumps({"context": {"spectrum": {"sources": sources}}}), encoding="utf-8")
    return file
