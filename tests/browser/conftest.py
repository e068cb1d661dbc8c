"""The page that the demo leaves, made once, by the demo itself."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.chromium import Page, opened

PROJECT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="package")
def dashboard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """The dashboard as deployed, drawn with the demo's three hours, open in a browser."""
    folder = tmp_path_factory.mktemp("demo")
    command = [sys.executable, "-m", "tests.demo", str(folder)]
    ran = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout[-2000:] + ran.stderr[-2000:]
    with opened(folder / "dashboard.html") as page:
        yield page
