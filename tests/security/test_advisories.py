"""A vulnerability is found, and what could not be asked is never taken for safe."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.security import __main__ as command
from tests.security.advisories import ACCEPTED, HASHED, PINNED, Audit, Service, _read, audits
from tests.security.tool import PROJECT, Ended, Finding, ToolFailed

LODGED = "PYSEC-2099-1"
OFFLINE = "requests.exceptions.ConnectionError: HTTPSConnectionPool(host='pypi.org', port=443): Max retries exceeded"


def ended(report: object = None, err: str = "") -> Ended:
    return Ended("pip-audit", 1, "" if report is None else json.dumps(report), err)


def package(name: str, **fields: object) -> dict[str, object]:
    return {"name": name, "version": "1.0", **fields}


def test_a_package_that_the_service_does_not_know_was_not_asked_about() -> None:
    report = {"dependencies": [package("a", vulns=[]), {"name": "b", "skip_reason": "not found"}], "fixes": []}
    audit = _read(ended(report), "PyPI")
    assert (audit.whole, audit.asked, str(audit)) == (False, 1, "PyPI does not know 1 of 2 packages: b")


def test_a_vulnerability_is_a_finding_with_what_to_do() -> None:
    vulnerable = package("a", vulns=[{"id": LODGED, "fix_versions": ["1.1"], "aliases": []}])
    audit = _read(ended({"dependencies": [vulnerable], "fixes": []}), "PyPI")
    assert (audit.whole, audit.findings) == (True, (Finding(LODGED, "a 1.0", "fixed in 1.1"),))


def test_an_answer_that_does_not_come_is_said_and_is_no_finding() -> None:
    audit = _read(ended(err=OFFLINE), "PyPI")
    assert (audit.whole, audit.findings) == (False, ())
    assert str(audit) == "PyPI was not reached (requests.exceptions.ConnectionError)"


def test_anything_else_that_goes_wrong_is_a_failure() -> None:
    with pytest.raises(ToolFailed, match="invalid requirements input"):
        _read(ended(err="ERROR:pip_audit._cli:invalid requirements input: nowhere.txt"), "PyPI")


@pytest.mark.parametrize(
    ("audit", "status", "words"),
    [
        (Audit("PyPI", asked=3), 0, "PyPI was asked about 3 packages.\nnothing found\n"),
        (Audit("PyPI", (Finding(LODGED, "a 1.0", "fixed in 1.1"),), 3), 1, f"a 1.0: {LODGED} fixed in 1.1\n1 found"),
        (Audit("PyPI", unreachable="Timeout"), 0, "NOT CHECKED: PyPI was not reached (Timeout)."),
        (Audit("PyPI", (Finding(LODGED, "a 1.0", ""),), 2, ("b",)), 1, "NOT CHECKED: PyPI does not know 1 of 3"),
    ],
)
def test_the_verb_fails_for_a_vulnerability_and_says_what_was_not_checked(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], audit: Audit, status: int, words: str
) -> None:
    monkeypatch.setattr(command, "audits", lambda _files: [audit])
    assert command._advisories(PINNED) == status
    out = capsys.readouterr().out
    assert words in out
    assert ("nothing found" in out) == (audit.whole and not status)


def test_everything_that_is_deployed_is_asked_about() -> None:
    deployed = {str(path.relative_to(PROJECT)) for path in (PROJECT / "lambda").glob("*/requirements.txt")}
    assert deployed
    assert deployed <= set(HASHED)
    assert [file for file in HASHED if "--hash=sha256:" not in (PROJECT / file).read_text()] == []
    assert ACCEPTED == {} or all(len(reason.split()) > 4 for reason in ACCEPTED.values())


@contextmanager
def osv(*vulnerable: str) -> Iterator[Service]:
    """An OSV service on this machine that knows one vulnerability in each of these packages."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            query = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            body = {"vulns": [_lodged(query["package"]["name"])]} if query["package"]["name"] in vulnerable else {}
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(json.dumps(body).encode())

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield Service("here", ("-s", "osv", "--osv-url", f"http://127.0.0.1:{server.server_port}/v1/query"))
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _lodged(name: str) -> dict[str, object]:
    events = [{"introduced": "0"}, {"fixed": "2.0"}]
    ranges = [{"type": "ECOSYSTEM", "events": events}]
    return {
        "id": LODGED,
        "affected": [{"package": {"name": name, "ecosystem": "PyPI"}, "ranges": ranges}],
        "published": "2099-01-01T00:00:00Z",
        "details": "made up for this test",
    }


@pytest.mark.security
def test_pip_audit_finds_a_vulnerable_package_of_ours() -> None:
    with osv("urllib3") as service:
        (audit,) = audits(HASHED, [service])
    assert [(each.rule, each.where.split()[0], each.what) for each in audit.findings] == [
        (LODGED, "urllib3", "fixed in 2.0")
    ]


@pytest.mark.security
def test_the_next_service_is_asked_where_one_does_not_answer(tmp_path: Path) -> None:
    file = tmp_path / "pinned.txt"
    file.write_text("one==1.0\ntwo==2.0\n")
    nobody = Service("nobody", ("-s", "osv", "--osv-url", "http://127.0.0.1:9/v1/query"))
    with osv("two") as service:
        first, second = audits((str(file),), [nobody, service, nobody])
    assert first.unreachable
    assert (second.asked, [each.where for each in second.findings]) == (2, ["two 2.0"])
