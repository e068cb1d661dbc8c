"""`make preflight` beside a deployment: it asks with the stack's own secrets, and says what a minute will record."""

import json
from pathlib import Path

import pytest

from commands.preflight.check import OF_REASON, Status, Verdict
from contract.environment import BASE_URL
from contract.raw import Reason
from tests.end_to_end.operator import Operator
from tests.end_to_end.stack import SOURCES, ZONES
from tests.sandbox.cloudflare import Call, Fault
from tests.sandbox.sandbox import Sandbox
from tests.unit.commands.newcomer import CliRunner, Told


@pytest.fixture
def operator(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Operator:
    return Operator(sandbox, tmp_path, monkeypatch, capsys)


def preflight(sandbox: Sandbox, operator: Operator, capsys: pytest.CaptureFixture[str], *arguments: str) -> Told:
    elsewhere = {BASE_URL: sandbox.cloudflare.base_url, "CLOUDFLARE_API_TOKEN": "cfut_OfAnotherTool"}
    return CliRunner(operator.config.parent, capsys, elsewhere).preflight("--deployed", "--json", *arguments)


def test_the_stacks_own_secrets_are_asked_with(
    sandbox: Sandbox, operator: Operator, capsys: pytest.CaptureFixture[str]
) -> None:
    told = preflight(sandbox, operator, capsys, "--source", "main", "--source", "edge")
    assert told.status == Status.WORKS
    main, edge = told.document["sources"]
    assert main["credential_from"] == "secret cloudflare-spectrum/main"
    assert [zone["applications"] for zone in main["zones"]] == [len(zone.applications) for zone in ZONES["main"]]
    # Of the last one, two of three applications are wanted.
    assert [zone["applications"] for zone in edge["zones"]] == [2, 2]
    assert len(edge["zones"]) == len(SOURCES["edge"])


def test_a_mail_address_that_lost_its_subscription_is_told_of(
    sandbox: Sandbox, operator: Operator, capsys: pytest.CaptureFixture[str]
) -> None:
    """The stack has no address; then cdk.json names one whose subscription CloudFormation would not notice is gone."""
    told = preflight(sandbox, operator, capsys, "--source", "main")
    assert (told.status, told.document["alarms"]["reach"]) == (Status.WORKS, "nobody")
    configured = json.loads(operator.config.read_text())
    configured["context"]["spectrum"]["alarms"] = {"email": "on-call@example.com"}
    operator.config.write_text(json.dumps(configured))
    elsewhere = {BASE_URL: sandbox.cloudflare.base_url}
    told = CliRunner(operator.config.parent, capsys, elsewhere).preflight("--deployed", "--source", "main")
    assert told.status == Status.ZONE_FAILS
    (line,) = [line for line in told.out.splitlines() if line.startswith("Alarms: ")]
    assert "on-call@example.com gets none" in line
    assert f"aws sns subscribe --topic-arn {sandbox.deployment.outputs['TopicArn']} --protocol email" in line
    assert "Not ready." in told.out


def test_a_secret_that_nobody_has_filled_is_named(
    sandbox: Sandbox, operator: Operator, capsys: pytest.CaptureFixture[str]
) -> None:
    told = preflight(sandbox, operator, capsys, "--source", "new")
    assert told.status == Status.NOT_USABLE
    assert "Secret cloudflare-spectrum/new of source new is not there, or has no value yet" in told.document["error"]
    assert sandbox.cloudflare.requests == ()


@pytest.mark.parametrize(
    "kind", ["forbidden_10000", "zone_not_found_7003", "http_503_json", "unauthorized_1000", "http_429"]
)
def test_its_verdict_of_a_zone_is_what_the_minute_then_records(
    kind: str, sandbox: Sandbox, operator: Operator, capsys: pytest.CaptureFixture[str]
) -> None:
    sandbox.cloudflare.faults.add(Fault(kind, call=Call.USAGE))
    (source,) = preflight(sandbox, operator, capsys, "--source", "main").document["sources"]
    assert sandbox.run("2026-11-23T10:01:00Z", source="main").ok
    recorded = {row["zone_id"]: OF_REASON[Reason(row["reason"])] for row in sandbox.rows("2026-11-23T10:00", "main")}
    if kind == "forbidden_10000":
        # The function cannot know whether the token is good; the preflight asked.
        recorded = dict.fromkeys(recorded, Verdict.FORBIDDEN)
    assert {zone["id"]: zone["verdict"] for zone in source["zones"]} == recorded
