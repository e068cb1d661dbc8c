"""What the deployment tells the function."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from collector.errors import SettingsInvalid
from collector.handler import Settings
from contract.environment import BASE_URL, BUCKET, DEFAULT_BASE_URL, SOURCES_FILE
from tests.unit.examples import DECLARED


@pytest.fixture
def sources_file(tmp_path: Path) -> Path:
    path = tmp_path / SOURCES_FILE
    path.write_text(json.dumps(DECLARED), encoding="utf-8")
    return path


def test_a_bucket_and_the_sources_are_enough(sources_file: Path) -> None:
    settings = Settings.from_env({BUCKET: "b"}, sources_file)
    assert (settings.bucket, settings.base_url, set(settings.sources)) == ("b", DEFAULT_BASE_URL, {"main", "other"})


@pytest.mark.parametrize(
    "url",
    [
        "https://api.cloudflare.com/client/v4",
        "https://proxy.example.com:8443",
        "http://localhost:8080/client/v4",
        "http://127.0.0.1:1",
        "http://[::1]:1/client/v4",
    ],
)
def test_https_goes_anywhere_and_http_to_this_machine(url: str, sources_file: Path) -> None:
    assert Settings.from_env({BUCKET: "b", BASE_URL: f"{url}/"}, sources_file).base_url == url


@pytest.mark.parametrize(
    "url",
    [
        "http://api.cloudflare.com/client/v4",
        "http://localhost.example.com",
        "http://127.0.0.1.example.com",
        "http://10.0.0.1",
        "ftp://localhost",
        "file:///etc/passwd",
        "api.cloudflare.com",
        "https://",
        "",
        "https://[::1",
        "https://localhost:port",
        "https://me:pass-of-secret@api.cloudflare.com",
        "https://api.cloudflare.com?token=of-secret",
    ],
)
def test_any_other_address_is_refused_and_its_secrets_are_not_quoted(url: str, sources_file: Path) -> None:
    with pytest.raises(SettingsInvalid, match=BASE_URL) as raised:
        Settings.from_env({BUCKET: "b", BASE_URL: url}, sources_file)
    assert "of-secret" not in str(raised.value)


def test_all_faults_stand_in_one_message(tmp_path: Path) -> None:
    with pytest.raises(SettingsInvalid) as raised:
        Settings.from_env({BASE_URL: "http://example.com"}, tmp_path / SOURCES_FILE)
    assert all(name in str(raised.value) for name in (BUCKET, BASE_URL, SOURCES_FILE))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        "{}",
        '{"sources": null}',
        '{"sources": []}',
        '{"sources": [7]}',
        '{"sources": [{}]}',
        "\xff",
    ],
)
def test_a_broken_sources_file_is_a_fault_of_the_deployment(text: str, tmp_path: Path) -> None:
    path = tmp_path / SOURCES_FILE
    path.write_text(text, encoding="latin-1")
    with pytest.raises(SettingsInvalid, match=SOURCES_FILE):
        Settings.from_env({BUCKET: "b"}, path)


def test_every_broken_source_is_named(tmp_path: Path) -> None:
    broken: Any = copy.deepcopy(DECLARED)
    del broken["sources"][0]["secret"]
    broken["sources"][1]["levels"] = ["galaxy"]
    file = tmp_path / "sources.json"
    file.write_text(json.dumps(broken))
    with pytest.raises(SettingsInvalid) as fault:
        Settings.from_env({BUCKET: "b"}, file)
    assert "sources[0]: KeyError: 'secret'" in str(fault.value)
    assert "sources[1]: ValueError" in str(fault.value)
