"""The wiring: an event in Lambda's hands becomes history."""

import ast
from dataclasses import dataclass
from pathlib import Path

import pytest
import time_machine

import compactor
from compactor import handler as module
from compactor.days import SettingsInvalid
from contract.lake import HISTORIES, POLLS
from tests.unit.compactor.lake import DAY, MORNING, Lake
from tests.unit.examples import BUCKET

pytestmark = pytest.mark.filterwarnings("ignore:This metric doesn't meet the requirements")

PACKAGE = Path(compactor.__file__).parent


@dataclass
class Context:
    """Lambda's context, as far as Powertools looks at it."""

    aws_request_id: str = "request-1"
    function_name: str = "compactor"
    memory_limit_in_mb: int = 2048
    invoked_function_arn: str = "arn:aws:lambda:us-east-1:123456789012:function:compactor"

    def get_remaining_time_in_millis(self) -> int:
        return 900_000


@pytest.fixture
def deployed(lake: Lake, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Lake:
    """The environment as the stack sets it."""
    for name, value in {
        "BUCKET": BUCKET,
        "RAW_RETENTION_DAYS": "90",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512",
        "AWS_DEFAULT_REGION": "us-east-1",
        "TMPDIR": str(tmp_path),
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("tempfile.tempdir", None)
    module._process.cache_clear()
    return lake


def test_an_hourly_event_compacts_the_day(deployed: Lake, tmp_path: Path) -> None:
    deployed.save_day(3)
    with time_machine.travel(MORNING, tick=False):
        summary = module.handler({"scheduled_time": "2026-11-23T08:20:00Z"}, Context())  # type: ignore[arg-type]
    assert [each["day"] for each in summary["compacted"]] == [str(DAY)]
    assert deployed.listed("history/") == [history.key(DAY) for history in HISTORIES]
    assert list(tmp_path.iterdir()) == []


def test_two_deliveries_of_one_event_are_two_runs(deployed: Lake) -> None:
    deployed.save_day(3)
    runs = []
    with time_machine.travel(MORNING, tick=False):
        for _ in range(2):
            module.handler({"day": str(DAY)}, Context())  # type: ignore[arg-type]
            runs.append(deployed.metadata(POLLS)["run"])
    assert [run.partition(".")[0] for run in runs] == ["request-1"] * 2
    assert len(set(runs)) == 2


def test_a_damaged_deployment_says_so(deployed: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BUCKET")
    with pytest.raises(SettingsInvalid, match="BUCKET is not set"):
        module.handler({}, Context())  # type: ignore[arg-type]
    assert deployed.listed() == []


def test_imports_only_point_up_the_list_of_layers() -> None:
    order = [
        name for line in (compactor.__doc__ or "").splitlines() if line.startswith("    ") for name in _names(line)
    ]
    files = {file.stem: file for file in PACKAGE.glob("*.py") if file.stem != "__init__"}
    assert set(order) == set(files)
    for name, file in files.items():
        for imported in _imports(file):
            assert order.index(imported) < order.index(name), f"{name} imports {imported}"


def _names(line: str) -> list[str]:
    return [name.strip() for name in line[4:26].split(",") if not name.strip().endswith("/")]


def _imports(file: Path) -> list[str]:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    modules = [node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module]
    return [module.removeprefix("compactor.") for module in modules if module.startswith("compactor.")]
