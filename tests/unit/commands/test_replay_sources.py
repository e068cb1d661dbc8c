"""The deployed sources, read from cdk.json."""

import json
from pathlib import Path
from typing import Any

import pytest

from collector.app_names import Catalog, ZoneNames
from collector.handler import Settings
from collector.series import zone_labels
from commands._aws import CommandFailed
from commands._config import CDK_JSON, configuration_of
from commands.replay.plan import sources_of
from contract.environment import BUCKET
from infra.bundle import sources_file

ZONE = "023e105f4ecef8ad9ca31a8372d0c353"


def cdk_json(folder: Path, spectrum: Any) -> Path:
    file = folder / "cdk.json"
    file.write_text(json.dumps({"app": "python app.py", "context": {"spectrum": spectrum}}))
    return file


def test_the_sources_are_what_the_collector_gets_of_this_configuration(tmp_path: Path) -> None:
    zones = [{"id": ZONE, "name": "games.example", "colos": ["AMS"]}]
    declared = {
        "sources": [{"name": "main", "secret": "s/main", "zones": zones}],
        "metric_limit": 7,
        "levels": ["zone"],
    }
    (source,) = sources_of(cdk_json(tmp_path, declared)).values()
    assert (source.name, source.metric_limit, source.levels) == ("main", 7, ("zone",))
    assert [(request.zone.id, request.zone.name, request.colo) for request in source.requests] == [
        (ZONE, "games.example", "AMS")
    ]


def test_a_replay_calls_zones_as_the_collector_does(tmp_path: Path) -> None:
    file = cdk_json(
        tmp_path,
        {
            "sources": [
                {"name": "main", "secret": "s/main", "zones": [ZONE]},
                {"name": "other", "secret": "s/other", "zones": [{"id": "f" * 32, "name": "日本.jp"}]},
            ]
        },
    )
    bundled = tmp_path / "sources.json"
    bundled.write_text(sources_file(configuration_of(file)))
    deployed = Settings.from_env({BUCKET: "b"}, bundled).sources
    assert sources_of(file) == deployed
    names = Catalog({ZONE: ZoneNames("日本.jp", initialized=True)})
    assert zone_labels(deployed["main"], names) == {ZONE: f"xn--wgv71a.jp ({ZONE[:6]})"}


def test_a_configuration_that_could_not_have_been_deployed_ends_the_command_with_every_problem(tmp_path: Path) -> None:
    declared = {"sources": [{"name": "main", "secret": "s/main", "zones": []}], "metric_limit": -1}
    with pytest.raises(CommandFailed, match=r"(?s)cdk.json is not what was deployed:.*zones.*metric_limit"):
        sources_of(cdk_json(tmp_path, declared))


def test_by_default_it_is_the_checkouts_own_file() -> None:
    assert "spectrum" in json.loads(CDK_JSON.read_text())["context"]


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"context": 7}', '{"context": {}}'])
def test_a_file_that_is_none_ends_the_command_with_its_name(tmp_path: Path, text: str) -> None:
    file = tmp_path / "other.json"
    file.write_text(text)
    with pytest.raises(CommandFailed, match=r"other.json cannot be read"):
        sources_of(file)


def test_a_file_that_is_not_there_ends_the_command(tmp_path: Path) -> None:
    with pytest.raises(CommandFailed, match=r"none.json cannot be read: FileNotFoundError"):
        sources_of(tmp_path / "none.json")
