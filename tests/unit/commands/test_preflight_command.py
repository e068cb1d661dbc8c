"""`make preflight` as a command: what it needs before it asks, what programs read, and that it always ends."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from commands.preflight.check import Status
from contract.environment import BASE_URL
from tests.end_to_end.waiting import wait_until
from tests.sandbox.cloudflare import Call, Cloudflare, Fault
from tests.sandbox.cloudflare.sample import TOKEN
from tests.unit.commands.newcomer import CliRunner, cloudflare_of, newcomer_at, source
from tests.unit.loopback import Loopback, failure, success

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def simulated() -> Iterator[Cloudflare]:
    with cloudflare_of() as running:
        yield running


@pytest.fixture
def newcomer(simulated: Cloudflare, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> CliRunner:
    return newcomer_at(simulated, tmp_path, capsys)


def started(newcomer: CliRunner, *arguments: str) -> "subprocess.Popen[str]":
    """The command as a process of its own, as make runs it."""
    return subprocess.Popen(
        [sys.executable, "-m", "commands.preflight", "--config", str(newcomer.file), *arguments],
        cwd=ROOT,
        env=os.environ | newcomer.environment | {"PYTHONPATH": "lambda"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_configuration_errors_are_those_of_synth_and_cloudflare_is_not_asked(
    newcomer: CliRunner, simulated: Cloudflare
) -> None:
    newcomer.configure(source(zones=["short"]), metric_limit=-1)
    told = newcomer.preflight()
    assert told.status == Status.NOT_USABLE
    assert 'cdk.json, context key "spectrum": 2 problems to correct, nothing was built.' in told.err
    assert "sources[0].zones[0].id: must be 32 lower-case hexadecimal characters" in told.err
    assert "metric_limit: must be a whole number" in told.err
    assert simulated.requests == ()


@pytest.mark.parametrize("text", ["", "[]", '{"context": 7}'])
def test_a_file_that_is_no_cdk_json_is_named(text: str, newcomer: CliRunner) -> None:
    newcomer.file.write_text(text)
    told = newcomer.preflight()
    assert (told.status, told.out) == (Status.NOT_USABLE, "")
    assert f"{newcomer.file} cannot be read" in told.err


def test_programs_get_json_when_nothing_could_be_asked_too(newcomer: CliRunner) -> None:
    newcomer.configure(source(zones=[]))
    told = newcomer.preflight("--json")
    assert told.status == 2
    assert told.document.keys() == {"version", "status", "error"}
    assert (told.document["version"], told.document["status"]) == (1, 2)


@pytest.mark.parametrize(
    "url", ["http://api.cloudflare.com/client/v4", "https://user:word@example.com", "ftp://127.0.0.1", ""]
)
def test_a_credential_is_sent_nowhere_but_over_https_or_to_this_machine(url: str, newcomer: CliRunner) -> None:
    newcomer.environment[BASE_URL] = url
    told = newcomer.preflight()
    assert told.status == Status.NOT_USABLE
    assert BASE_URL in told.err
    assert "word" not in told.all


@pytest.mark.parametrize(
    "arguments",
    [
        ("--token", "cfut_Typed"),
        ("--token=cfut_Typed",),
        ("cfut_Typed",),
        ("--json=cfut_Typed",),
        ("--source", "cfut_Typed"),
        ("--token-file", "cfut_Typed"),
        ("--timeout", "cfut_Typed"),
    ],
)
def test_a_token_among_the_arguments_is_refused_and_not_repeated(
    arguments: tuple[str, ...], newcomer: CliRunner
) -> None:
    del newcomer.environment["CLOUDFLARE_API_TOKEN"]
    told = newcomer.preflight(*arguments)
    assert told.status == Status.NOT_USABLE
    assert told.err
    assert "cfut_Typed" not in told.all


def test_only_the_chosen_source_is_asked_and_another_name_is_refused(
    newcomer: CliRunner, simulated: Cloudflare
) -> None:
    one, two, _ = (zone.id for zone in simulated.world.zones)
    newcomer.configure(source("one", [one]), source("two", [two]))
    told = newcomer.preflight("--json", "--source", "two")
    assert [each["name"] for each in told.document["sources"]] == ["two"]
    assert {asked.zone_id for asked in simulated.requests} == {two}
    told = newcomer.preflight("--source", "three")
    assert told.err == "There is no such source: the configuration has one, two.\n"


def test_the_json_has_every_documented_key(newcomer: CliRunner) -> None:
    document = newcomer.preflight("--json").document
    page = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    zone = document["sources"][0]["zones"][0]
    found = {*document, *document["sources"][0], *zone, *document["owners"][0], *document["metrics"], *document["cost"]}
    assert [key for key in sorted(found) if f"`{key}`" not in page and f"`{key}[]`" not in page] == []
    assert zone == {
        "id": zone["id"],
        "name": "zone0.example",
        "verdict": "works",
        "message": None,
        "http_status": 200,
        "error_code": None,
        "applications": 4,
        "applications_answered": 4,
        "names": "readable",
    }


def test_equal_names_are_warned_of_with_what_they_are_called(newcomer: CliRunner, simulated: Cloudflare) -> None:
    one, two, three = simulated.world.zones
    first, second, *others = one.applications
    same = (first, replace(second, dns_name=first.dns_name, protocol=first.protocol), *others)
    simulated.world = simulated.world.with_zone(replace(one, name="same.example", applications=same)).with_zone(
        replace(two, name="same.example")
    )
    newcomer.configure(source(zones=[one.id, two.id, three.id]))
    told = newcomer.preflight("--json")
    assert told.status == Status.WORKS
    zones, applications = told.document["warnings"]
    labels = f"same.example ({one.id[:6]}), same.example ({two.id[:6]})"
    assert f"Zones {one.id}, {two.id} are all called same.example; their metrics are told apart by" in zones
    assert f"by zone id: {labels}. Give each a name of its own in cdk.json: zones[].name." in zones
    app = f"{first.dns_name} {first.protocol}"
    assert f"of zone {one.id} are all called {app}; their metrics are told apart by application id:" in applications
    assert {f"{app} ({first.id[:6]})", f"{app} ({second.id[:6]})"} <= set(re.split(": |, |[.]$", applications))
    assert zones in newcomer.preflight().out

    newcomer.configure(source(zones=[one.id]), source("other", zones=[two.id, three.id]))
    newcomer.environment |= {f"CLOUDFLARE_API_TOKEN_{name}": TOKEN for name in ("MAIN", "OTHER")}
    zones, _ = newcomer.preflight("--json").document["warnings"]
    assert "so CloudWatch adds their metrics up in one series" in zones

    named = [{"id": one.id, "name": "one"}, {"id": two.id, "name": "same.example"}, three.id]
    newcomer.configure(source(zones=named))
    assert newcomer.preflight("--json").document["warnings"] == [applications.replace(f"zone {one.id}", "zone one")]


def test_names_of_zones_are_asked_for_after_the_lists_and_a_refusal_ends_it(
    newcomer: CliRunner, simulated: Cloudflare
) -> None:
    newcomer.configure(source(zones=[zone.id for zone in simulated.world.zones]))
    simulated.faults.add(Fault("forbidden_10000", call=Call.ZONE))
    told = newcomer.preflight("--json")
    assert {zone["names"] for zone in told.document["sources"][0]["zones"]} == {"readable"}
    assert [asked.call for asked in simulated.requests][-1] == Call.ZONE
    assert len(simulated.requests) == 3 + 3 + 1


def test_requests_and_metrics_are_of_what_was_found(newcomer: CliRunner) -> None:
    document = newcomer.preflight("--json").document
    assert document["owners"] == [
        {
            "owner": "cloudflare-spectrum/main",
            "requests_per_minute": 3,
            "budget": 180,
            "window_requests": 1200,
            "spare_requests": 29,
        }
    ]
    assert document["metrics"] == {"zone": 12, "application": 48, "beyond_metric_limit": 0}


def test_the_bill_grows_with_the_applications_that_were_found(newcomer: CliRunner, simulated: Cloudflare) -> None:
    many = newcomer.preflight("--json").document["cost"]
    assert many["zones_without_count"] == 0
    assert sum(many["by_service"].values()) == pytest.approx(many["monthly"], abs=0.05)
    # 12 zone metrics and 48 application metrics at $0.30, and little else.
    assert many["by_service"]["CloudWatch"] > 60 * 0.30
    assert max(many["savings"], key=lambda saving: saving["saves"])["saves"] > 10
    for zone in simulated.world.zones:
        simulated.world = simulated.world.with_zone(type(zone)(zone.id, zone.name, zone.applications[:1]))
    few = newcomer.preflight("--json").document["cost"]
    assert many["monthly"] - few["monthly"] == pytest.approx(36 * 0.30, abs=0.5)


def test_a_bill_above_the_stated_limit_is_said(newcomer: CliRunner, simulated: Cloudflare) -> None:
    zones = [zone.id for zone in simulated.world.zones]
    newcomer.configure(source(zones=zones), monthly_limit_dollars=10)
    assert "That is more than monthly_limit_dollars, 10." in newcomer.preflight().out
    newcomer.configure(source(zones=zones), monthly_limit_dollars=1000)
    assert "more than monthly_limit_dollars" not in newcomer.preflight().out


def test_without_names_applications_are_counted_by_the_answer_and_the_bill_says_so(
    newcomer: CliRunner, simulated: Cloudflare
) -> None:
    told = newcomer.preflight("--no-names")
    assert told.status == Status.WORKS
    assert len(simulated.requests) == 3
    assert "The number of applications is not known of 3 zones" in told.out


def test_a_hanging_cloudflare_is_unreachable_when_the_time_is_up(newcomer: CliRunner, simulated: Cloudflare) -> None:
    simulated.faults.add(Fault("hang"))
    with started(newcomer, "--json", "--timeout", "2") as process:
        out, _ = process.communicate(timeout=60)
    assert process.returncode == Status.NOT_KNOWN
    assert {zone["verdict"] for zone in json.loads(out)["sources"][0]["zones"]} == {"unreachable"}


def test_lists_of_applications_that_hang_cost_no_verdict(newcomer: CliRunner, simulated: Cloudflare) -> None:
    simulated.faults.add(Fault("hang", call=Call.APPLICATIONS))
    with started(newcomer, "--json", "--timeout", "3") as process:
        out, _ = process.communicate(timeout=60)
    assert process.returncode == Status.WORKS
    assert {zone["names"] for zone in json.loads(out)["sources"][0]["zones"]} <= {"failed", "not_asked"}


def test_ctrl_c_ends_it_with_130_and_without_a_traceback(newcomer: CliRunner, simulated: Cloudflare) -> None:
    simulated.faults.add(Fault("hang"))
    with started(newcomer) as process:
        wait_until(lambda: simulated.requests)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert (out, err) == ("", "Interrupted: nothing was changed.\n")


def test_a_zone_with_traffic_is_not_said_to_have_no_application(newcomer: CliRunner, cloudflare: Loopback) -> None:
    usage = {"bytesIngress": 1, "bytesEgress": 1, "connections": 1, "durationAvg": 1}
    # Each zone has an application of its own: one id in two zones would be another zone's answer.
    cloudflare.answer = lambda path: success([{"appID": path.split("/")[2], **usage}] if "analytics" in path else [])
    newcomer.environment[BASE_URL] = cloudflare.url
    assert {zone["verdict"] for zone in newcomer.preflight("--json").document["sources"][0]["zones"]} == {"works"}


ECHOES = {
    "whole": TOKEN,
    "quoted": repr(TOKEN),
    "first half": TOKEN[:20],
    "last half": TOKEN[-20:],
    "a header": f"Authorization: Bearer {TOKEN}",
}


@pytest.mark.parametrize("echo", ECHOES.values(), ids=ECHOES.keys())
@pytest.mark.parametrize("code", [9999, 10000, 7003, 10429])
@pytest.mark.parametrize("arguments", [(), ("--json",)], ids=["table", "json"])
def test_a_credential_that_cloudflare_echoes_is_not_shown_nor_half_of_it(
    echo: str, code: int, arguments: tuple[str, ...], newcomer: CliRunner, cloudflare: Loopback
) -> None:
    cloudflare.answer = lambda _path: failure(403, code, f"you sent <{echo}>, which is wrong")
    newcomer.environment[BASE_URL] = cloudflare.url
    told = newcomer.preflight(*arguments)
    assert "which is wrong" in told.out
    pieces = {TOKEN[start : start + 8] for start in range(len(TOKEN) - 7)}
    assert [piece for piece in pieces if piece in told.all] == []


def test_what_cloudflare_says_commands_no_terminal(newcomer: CliRunner, cloudflare: Loopback) -> None:
    cloudflare.answer = lambda _path: failure(403, 10000, "\x1b]0;owned\x07[red]no[/red]\r\n\u202egpj.exe")
    newcomer.environment[BASE_URL] = cloudflare.url
    told = newcomer.preflight()
    assert "\ufffd]0;owned\ufffd[red]no[/red]\ufffd\ufffd\ufffdgpj.exe" in told.out
    assert not {"\x1b", "\x07", "\r", "\u202e"} & set(told.all)
