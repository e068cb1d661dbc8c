"""`app.py`, run as `cdk` runs it."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from infra.bundle import PROJECT
from tests.infra.declared import CONTEXT, SPECTRUM


def run(project: Path, outdir: Path, spectrum: object, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run app.py with the context as the CLI hands it over."""
    environment = os.environ | {
        "CDK_OUTDIR": str(outdir),
        "CDK_CONTEXT_JSON": json.dumps(CONTEXT | {"spectrum": spectrum}),
        **environment,
    }
    command = [sys.executable, "app.py"]
    return subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, check=False)


def assets(outdir: Path) -> dict[str, Any]:
    files: dict[str, Any] = json.loads((outdir / "SpectrumMeter.assets.json").read_text())["files"]
    return {name: asset for name, asset in files.items() if asset["source"]["packaging"] == "zip"}


def copied_to(checkout: Path) -> Path:
    for name in ("infra", "lambda"):
        shutil.copytree(PROJECT / name, checkout / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(PROJECT / "app.py", checkout)
    return checkout


def test_the_shipped_configuration_ends_with_a_message_and_no_traceback(tmp_path: Path) -> None:
    shipped = CONTEXT["spectrum"]
    done = run(PROJECT, tmp_path / "cdk.out", shipped)
    assert done.returncode == 1
    assert "sources[0].zones: holds no zone" in done.stderr
    assert "Traceback" not in done.stderr + done.stdout
    assert not (tmp_path / "cdk.out" / "SpectrumMeter.template.json").exists()


def test_another_checkout_and_another_installation_give_the_same_stack(tmp_path: Path) -> None:
    checkout = copied_to(tmp_path / "elsewhere" / "checkout")
    here, there = tmp_path / "here", tmp_path / "there"

    for project, outdir, spectrum in ((PROJECT, here, SPECTRUM), (checkout, there, json.dumps(SPECTRUM))):
        done = run(project, outdir, spectrum)
        assert done.returncode == 0, done.stderr

    assert len(assets(here)) == 2
    assert assets(here) == assets(there)
    template = "SpectrumMeter.template.json"
    assert (here / template).read_text() == (there / template).read_text()


def test_a_machine_without_a_package_index_is_told_so_without_a_traceback(tmp_path: Path) -> None:
    checkout = copied_to(tmp_path / "checkout")
    done = run(checkout, tmp_path / "cdk.out", SPECTRUM, PIP_NO_INDEX="1", PIP_FIND_LINKS=str(tmp_path))
    assert done.returncode == 1
    assert "Check that this machine reaches its package index" in done.stderr
    assert "Traceback" not in done.stderr + done.stdout
