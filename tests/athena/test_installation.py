"""Trino is fetched and unpacked whole, or not at all, and whoever cannot have it is told why."""

import gzip
import hashlib
import io
import tarfile
from pathlib import Path

import pytest

from tests.athena.trino.archive import NotFetchedError, fetch
from tests.athena.trino.installation import install, unpack
from tests.athena.trino.release import PLUGINS, SHA256, VERSION

_FILES = {
    "bin/launcher": b"#!/bin/sh\n",
    "lib/server.jar": b"server",
    "plugin/cassandra/shared.jar": b"shared",
    "plugin/cassandra/own.jar": b"cassandra",
    "plugin/hive/own.jar": b"hive",
    "secrets-plugin/keystore/own.jar": b"secrets",
}
_LINKS = {"plugin/hive/shared.jar": "plugin/cassandra/shared.jar", "plugin/hive/server.jar": "lib/server.jar"}


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """An archive as Trino's: plugins share files by links, also with a plugin that nobody wants here."""
    path = tmp_path / "trino.tar.gz"
    with tarfile.open(path, "w:gz") as tar:
        for name, content in _FILES.items():
            member = tarfile.TarInfo(f"trino-server-{VERSION}/{name}")
            member.size, member.mode = len(content), 0o755 if name.startswith("bin/") else 0o644
            tar.addfile(member, io.BytesIO(content))
        for name, target in _LINKS.items():
            member = tarfile.TarInfo(f"trino-server-{VERSION}/{name}")
            member.type, member.linkname = tarfile.LNKTYPE, f"trino-server-{VERSION}/{target}"
            tar.addfile(member)
    return path


def _unpacked(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_plugin_is_unpacked_with_what_it_shares_with_others(archive: Path, tmp_path: Path) -> None:
    unpack(archive, tmp_path / "to", ("hive",))
    assert _unpacked(tmp_path / "to") == {
        "bin/launcher": b"#!/bin/sh\n",
        "lib/server.jar": b"server",
        "plugin/hive/own.jar": b"hive",
        "plugin/hive/shared.jar": b"shared",
        "plugin/hive/server.jar": b"server",
    }
    assert (tmp_path / "to/bin/launcher").stat().st_mode & 0o111
    assert not (tmp_path / "to/lib/server.jar").stat().st_mode & 0o111


def test_what_is_installed_is_not_fetched_again(archive: Path, tmp_path: Path) -> None:
    def must_not_be_called(_folder: Path) -> Path:
        raise AssertionError("fetched twice")

    installed = install(tmp_path / "home", fetched=lambda _folder: archive)
    assert install(tmp_path / "home", fetched=must_not_be_called) == installed
    assert [path.name for path in (tmp_path / "home").iterdir()] == [VERSION]


def test_a_download_that_breaks_off_leaves_nothing_behind(archive: Path, tmp_path: Path) -> None:
    def breaking_off(folder: Path) -> Path:
        (folder / "half").write_bytes(archive.read_bytes()[:100])
        raise ConnectionResetError("half of it")

    with pytest.raises(ConnectionResetError):
        install(tmp_path / "home", fetched=breaking_off)
    assert list((tmp_path / "home").iterdir()) == []
    assert (install(tmp_path / "home", fetched=lambda _folder: archive) / "bin" / "launcher").is_file()


def test_an_installation_without_a_plugin_that_is_wanted_is_made_anew(archive: Path, tmp_path: Path) -> None:
    installed = tmp_path / "home" / VERSION
    (installed / "plugin" / "memory").mkdir(parents=True)
    install(tmp_path / "home", fetched=lambda _folder: archive)
    assert sorted(path.name for path in (installed / "plugin").iterdir()) == sorted(PLUGINS)


def _bringing(content: bytes) -> tuple[str, bytes]:
    return hashlib.sha256(content).hexdigest(), content


def test_the_second_way_serves_when_the_first_brings_something_else(tmp_path: Path) -> None:
    sha256, content = _bringing(gzip.compress(b"trino"))

    def proxy(folder: Path) -> Path:
        (folder / "page").write_bytes(b"<html>Sign in</html>")
        return folder / "page"

    def mirror(folder: Path) -> Path:
        (folder / "archive").write_bytes(content)
        return folder / "archive"

    assert fetch(tmp_path, (proxy, mirror), sha256=sha256).read_bytes() == content


def test_who_cannot_fetch_it_is_told_what_was_tried(tmp_path: Path) -> None:
    def by_pigeon(_folder: Path) -> Path:
        raise ConnectionError("the pigeon did not come back")

    def proxy(folder: Path) -> Path:
        (folder / "page").write_bytes(b"<html>Sign in</html>")
        return folder / "page"

    with pytest.raises(NotFetchedError) as caught:
        fetch(tmp_path, (by_pigeon, proxy))
    message = str(caught.value)
    assert "by_pigeon: the pigeon did not come back" in message
    assert f"proxy: page has SHA-256 {hashlib.sha256(b'<html>Sign in</html>').hexdigest()}, not {SHA256}" in message
    assert "needs the network once: https://repo.maven.apache.org/" in message
