"""Every command asks AWS in the region that CDK and the AWS CLI use, and says what is missing."""

import ast
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from botocore.client import BaseClient
from botocore.exceptions import EndpointConnectionError

from commands.preflight.__main__ import main as preflight
from commands.query import main as query
from commands.replay.__main__ import main as replay
from commands.restore import main as restore

COMMANDS = Path(__file__).resolve().parents[3] / "commands"
SPECTRUM = {"sources": [{"name": "main", "secret": "cloudflare/main", "zones": ["a" * 32]}]}

Command = Callable[[str], int]
AWS = pytest.mark.parametrize(
    "command",
    [
        lambda config: preflight(["--deployed", "--config", config]),
        lambda _config: query([]),
        lambda config: replay(["--config", config]),
        lambda _config: restore([]),
    ],
    ids=["preflight", "query", "replay", "restore"],
)


@pytest.fixture
def config(tmp_path: Path) -> str:
    file = tmp_path / "cdk.json"
    file.write_text(json.dumps({"context": {"spectrum": SPECTRUM}}))
    return str(file)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[str]:
    """The regions in which AWS is asked, by somebody whose profile has another one; there is no answer."""
    regions: list[str] = []

    def no_answer(client: BaseClient, *_: Any) -> None:
        regions.append(client.meta.region_name)
        raise EndpointConnectionError(endpoint_url="https://aws")

    monkeypatch.setattr(BaseClient, "_make_api_call", no_answer)
    profile = tmp_path / "config"
    profile.write_text("[default]\nregion = us-west-2\naws_access_key_id = -\naws_secret_access_key = -\n")
    for name in ("AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(profile))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    return regions


@AWS
def test_every_command_asks_in_the_region_of_the_environment(
    command: Command, config: str, asked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "ap-south-1")
    assert command(config) != 0
    assert asked == ["eu-west-1"]


@AWS
def test_every_command_says_that_there_is_no_region(
    command: Command, config: str, asked: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AWS_CONFIG_FILE", "none")
    assert command(config) != 0
    assert "No AWS region: set AWS_REGION, or a profile that has one (AWS_PROFILE)." in capsys.readouterr().err
    assert asked == []


def test_no_command_makes_clients_by_itself() -> None:
    """One that does may ask another region than the others."""
    importing = [
        str(file.relative_to(COMMANDS))
        for file in sorted(COMMANDS.rglob("*.py"))
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if (isinstance(node, ast.Import) and any(name.name.partition(".")[0] == "boto3" for name in node.names))
        or (isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == "boto3")
    ]
    assert importing == ["_aws.py"]
