"""`make preflight` against the simulated Cloudflare: each kind of trouble has its own line and exit status."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from commands.preflight.check import MEANINGS, Status, Verdict, status_of
from tests.end_to_end import fault_table
from tests.sandbox.cloudflare import KINDS, NO_ZONE, Call, Cloudflare, Fault, GlobalKey, Token, World, sample_zone
from tests.sandbox.cloudflare import refusals as said
from tests.sandbox.cloudflare.sample import TOKEN
from tests.unit.commands.newcomer import CliRunner, cloudflare_of, newcomer_at, source

LEGAL = {*fault_table.LEFT_OUT, *fault_table.ROUNDED, *fault_table.ADDED}
"""Untrue, and nothing that a caller could object to."""
_SEEN_IN_LISTS = "foreign_app_id"
"""Only lists of applications tell that an answer is another zone's."""
_LARGE_BYTES = 5 * 1024 * 1024
FIRST, SECOND, THIRD = (f"zone{number}.example" for number in range(3))


@pytest.fixture
def cloudflare() -> Iterator[Cloudflare]:
    with cloudflare_of() as running:
        yield running


@pytest.fixture
def newcomer(cloudflare: Cloudflare, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> CliRunner:
    return newcomer_at(cloudflare, tmp_path, capsys)


def verdicts(newcomer: CliRunner, *arguments: str) -> tuple[int, list[str]]:
    told = newcomer.preflight("--json", *arguments)
    assert told.document["status"] == told.status
    return told.status, [zone["verdict"] for each in told.document["sources"] for zone in each["zones"]]


def only(cloudflare: Cloudflare, token: Token) -> None:
    cloudflare.world = World(cloudflare.world.zones, (token,))


def test_when_all_is_well_every_zone_works_with_its_number_of_applications(newcomer: CliRunner) -> None:
    told = newcomer.preflight()
    assert told.status == Status.WORKS
    assert told.line_of(FIRST).split() == [FIRST, "works", "4", "readable"]
    assert told.out.endswith("3 zones: 3 works. Ready to deploy.\n")


def test_zone_settings_read_is_named_when_only_names_are_missing(newcomer: CliRunner, cloudflare: Cloudflare) -> None:
    only(cloudflare, Token(TOKEN, settings=NO_ZONE))
    told = newcomer.preflight()
    assert told.status == Status.WORKS
    assert told.line_of(FIRST).split()[1:4] == ["works", ">=", "4"]
    assert "give the token Zone Settings Read (HTTP 403: 10000 Authentication error)" in told.line_of(FIRST)
    assert "Analytics Read" not in told.out
    assert "Give the token Zone Settings Read to see names." in told.out


def test_a_forbidden_zone_among_others_lacks_analytics_read(newcomer: CliRunner, cloudflare: Cloudflare) -> None:
    cloudflare.faults.add(Fault("forbidden_10000", zone=cloudflare.world.zones[1].id))
    told = newcomer.preflight()
    assert told.status == Status.ZONE_FAILS
    assert told.line_of(SECOND).split()[1] == "forbidden"
    assert "Analytics Read" in told.line_of(SECOND)
    assert "10000 Authentication error" in told.line_of(SECOND)
    assert told.line_of(THIRD).split()[1] == "works"


def test_a_good_token_that_may_read_no_zone_is_told_from_a_bad_one(newcomer: CliRunner, cloudflare: Cloudflare) -> None:
    only(cloudflare, Token(TOKEN, analytics=NO_ZONE))
    told = newcomer.preflight()
    assert told.status == Status.ZONE_FAILS
    assert "Cloudflare says that the token is valid, so it lacks Analytics Read here" in told.line_of(FIRST)


def test_of_an_accounts_token_cloudflare_does_not_say_whether_it_is_valid(
    newcomer: CliRunner, cloudflare: Cloudflare
) -> None:
    newcomer.environment["CLOUDFLARE_API_TOKEN"] = "cfat_OwnedByTheAccount"
    only(cloudflare, Token("cfat_OwnedByTheAccount"))
    assert verdicts(newcomer) == (0, ["works"] * 3)
    only(cloudflare, Token("cfat_OwnedByTheAccount", analytics=NO_ZONE))
    told = newcomer.preflight()
    assert told.status == Status.NOT_USABLE
    assert "if it is valid, give it Analytics Read" in told.out


@pytest.mark.parametrize(
    "refusal",
    [said.INVALID_TOKEN, said.INVALID_ACCESS_TOKEN, said.AUTHENTICATION_ERROR],
    ids=lambda refusal: str(refusal.problems[0].code),
)
def test_a_bad_token_costs_four_requests_whatever_the_number_of_zones(
    refusal: said.Refusal, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with cloudflare_of(World(tuple(sample_zone(number) for number in range(160)))) as cloudflare:
        cloudflare.api.unknown_token = refusal
        newcomer = newcomer_at(cloudflare, tmp_path, capsys)
        assert verdicts(newcomer) == (Status.NOT_USABLE, ["bad_credential"] * 160)
        assert len(cloudflare.requests) <= 4
        told = newcomer.preflight()
    (problem,) = refusal.problems
    assert f"HTTP {refusal.status}: {problem.code} {problem.message}" in told.out
    assert told.out.count("not sent: the credential is refused") == 157


def test_a_caller_who_is_locked_out_asks_once_and_no_source_after_it(
    newcomer: CliRunner, cloudflare: Cloudflare
) -> None:
    cloudflare.faults.add(Fault("locked_out_10502"))
    zones = [zone.id for zone in cloudflare.world.zones]
    newcomer.configure(source("one", zones[:2]), source("two", zones[2:]))
    newcomer.environment |= {"CLOUDFLARE_API_TOKEN_ONE": "cfut_One", "CLOUDFLARE_API_TOKEN_TWO": "cfut_Two"}
    assert verdicts(newcomer) == (Status.NOT_USABLE, ["bad_credential", "bad_credential", "unknown"])
    assert len(cloudflare.requests) == 1


def test_after_two_bad_credentials_no_third_is_tried(newcomer: CliRunner, cloudflare: Cloudflare) -> None:
    zones = [zone.id for zone in cloudflare.world.zones]
    names = ("one", "two", "three")
    newcomer.configure(*(source(name, [zone]) for name, zone in zip(names, zones, strict=True)))
    newcomer.environment |= {f"CLOUDFLARE_API_TOKEN_{name.upper()}": f"cfut_{name}" for name in names}
    assert verdicts(newcomer) == (Status.NOT_USABLE, ["bad_credential", "bad_credential", "unknown"])
    assert len(cloudflare.requests) == 2


def test_an_older_key_with_its_address_serves_too(newcomer: CliRunner, cloudflare: Cloudflare) -> None:
    key = GlobalKey("meter@example.com", "0123456789abcdef0123456789abcdef01234")
    cloudflare.world = World(cloudflare.world.zones, keys=(key,))
    newcomer.environment["CLOUDFLARE_API_TOKEN"] = f'{{"email": "{key.email}", "key": "{key.key}"}}'
    assert verdicts(newcomer) == (0, ["works"] * 3)


def test_an_id_that_cloudflare_does_not_know_is_no_zone(newcomer: CliRunner, cloudflare: Cloudflare) -> None:
    newcomer.configure(source(zones=[cloudflare.world.zones[0].id, "0" * 32]))
    told = newcomer.preflight()
    assert told.status == Status.ZONE_FAILS
    assert told.line_of("0" * 32).split()[1:4] == ["no", "such", "zone"]
    assert "404: 7003 Could not route to" in told.line_of("0" * 32)


def test_a_zone_without_applications_is_told_apart(newcomer: CliRunner, cloudflare: Cloudflare) -> None:
    cloudflare.world = cloudflare.world.with_zone(replace(cloudflare.world.zones[2], applications=()))
    told = newcomer.preflight()
    assert told.status == Status.ZONE_FAILS
    assert "none was made, or Spectrum is not enabled on this zone" in told.line_of(THIRD)
    assert told.line_of(THIRD).split()[1:4] == ["no", "applications", "0"]


def test_app_ids_that_are_not_there_are_named(newcomer: CliRunner, cloudflare: Cloudflare) -> None:
    first, second = cloudflare.world.zones[:2]
    there, gone = first.applications[0].id, "f" * 32
    newcomer.configure(source(zones=[{"id": first.id, "app_ids": [there, gone]}, {"id": second.id, "app_ids": [gone]}]))
    told = newcomer.preflight()
    assert told.status == Status.ZONE_FAILS
    assert f"1 of its app_ids are not there, the first: {gone}" in told.line_of(first.id)
    assert told.line_of(first.id).split()[1:3] == ["works", "1"]
    assert told.line_of(second.id).split()[1:4] == ["no", "applications", "0"]


def test_a_data_centre_that_fails_speaks_for_its_zone(newcomer: CliRunner, cloudflare: Cloudflare) -> None:
    zone = cloudflare.world.zones[0]
    newcomer.configure(source(zones=[{"id": zone.id, "colos": ["AMS", "FRA"]}]))
    assert verdicts(newcomer) == (0, ["works"])
    cloudflare.faults.add(Fault("forbidden_9109_resource", zone=zone.id, call=Call.USAGE))
    told = newcomer.preflight()
    assert "colo AMS: " in told.line_of(zone.id)


def test_a_used_up_rate_limit_ends_the_asking(newcomer: CliRunner, cloudflare: Cloudflare) -> None:
    cloudflare.api.rate_limit.quota = 0
    zones = [zone.id for zone in cloudflare.world.zones]
    newcomer.configure(source("one", zones[:2], owner="me"), source("two", zones[2:], owner="me"))
    newcomer.environment |= {"CLOUDFLARE_API_TOKEN_ONE": TOKEN, "CLOUDFLARE_API_TOKEN_TWO": TOKEN}
    told = newcomer.preflight()
    assert told.status == Status.NOT_KNOWN
    assert len(cloudflare.requests) == 1
    assert "429: 10429 Rate limited" in told.out
    assert "the rate limit of this source's owner was used up by another source" in told.out


def test_what_little_is_left_of_the_limit_is_left_to_a_running_deployment(
    newcomer: CliRunner, cloudflare: Cloudflare
) -> None:
    cloudflare.api.rate_limit.quota = 203
    told = newcomer.preflight()
    assert told.status == Status.WORKS
    assert told.line_of(FIRST).split()[1:6] == ["works", ">=", "4", "not", "asked"]
    assert len(cloudflare.requests) == 3


def test_nobody_at_the_address_is_unreachable(newcomer: CliRunner, cloudflare: Cloudflare) -> None:
    cloudflare.close()
    told = newcomer.preflight()
    assert told.status == Status.NOT_KNOWN
    assert told.line_of(FIRST).split()[1] == "unreachable"


@pytest.mark.parametrize(
    "kind", sorted(kind for kind in KINDS if not kind.startswith(("drip", "hang")) and kind != _SEEN_IN_LISTS)
)
def test_no_fault_is_taken_for_success_and_none_ends_the_command(
    kind: str, newcomer: CliRunner, cloudflare: Cloudflare
) -> None:
    cloudflare.faults.add(Fault(kind, call=Call.USAGE, delay_s=0.01, size_bytes=_LARGE_BYTES))
    status, found = verdicts(newcomer)
    befell = any(asked.fault for asked in cloudflare.requests)
    well = KINDS[kind].truthful or kind in LEGAL or not befell
    assert ("works" in found) == well, found
    # Of those that a used-up limit kept from being asked nothing is known.
    assert (status == Status.WORKS) == (well and kind not in fault_table.USED_UP)


@pytest.mark.parametrize(
    ("kind", "verdict", "status"),
    [
        ("http_503_json", "unreachable", Status.NOT_KNOWN),
        ("connection_reset", "unreachable", Status.NOT_KNOWN),
        ("rate_limited_971_in_200", "rate_limited", Status.NOT_KNOWN),
        ("malformed_6003_token", "bad_credential", Status.NOT_USABLE),
        ("forbidden_10001_internal", "unreachable", Status.NOT_KNOWN),
        ("zone_not_found_7003_7000_in_400", "no_such_zone", Status.ZONE_FAILS),
        ("gzip_bomb", "unknown", Status.NOT_KNOWN),
        ("http_403_html", "unknown", Status.NOT_KNOWN),
        ("redirect_302", "unknown", Status.NOT_KNOWN),
    ],
)
def test_each_fault_of_all_zones_has_its_verdict(
    kind: str, verdict: str, status: Status, newcomer: CliRunner, cloudflare: Cloudflare
) -> None:
    cloudflare.faults.add(Fault(kind, call=Call.USAGE))
    assert verdicts(newcomer) == (status, [verdict] * 3)


def test_a_page_that_blocks_is_not_a_bad_token_and_the_token_is_not_looked_at(
    newcomer: CliRunner, cloudflare: Cloudflare
) -> None:
    cloudflare.faults.add(Fault("http_403_html"))
    told = newcomer.preflight()
    assert told.status == Status.NOT_KNOWN
    assert "not Cloudflare's API but something in front of it answered" in told.line_of(FIRST)
    assert "put a valid token" not in told.out
    assert not any("/user/tokens/verify" in asked.path for asked in cloudflare.requests)


def test_names_behind_a_page_that_blocks_do_not_lack_a_permission(newcomer: CliRunner, cloudflare: Cloudflare) -> None:
    cloudflare.faults.add(Fault("http_403_html", call=Call.APPLICATIONS))
    told = newcomer.preflight()
    assert told.line_of(FIRST).split()[1] == "works"
    assert "names: not Cloudflare's API but something in front of it answered" in told.line_of(FIRST)
    assert "Zone Settings Read" not in told.line_of(FIRST)


def test_the_gravest_verdict_decides_the_status() -> None:
    assert status_of([]) == Status.WORKS
    assert status_of([Verdict.WORKS, Verdict.RATE_LIMITED]) == Status.NOT_KNOWN
    assert status_of([Verdict.RATE_LIMITED, Verdict.FORBIDDEN]) == Status.ZONE_FAILS
    assert status_of([Verdict.FORBIDDEN, Verdict.BAD_CREDENTIAL, Verdict.WORKS]) == Status.NOT_USABLE
    assert MEANINGS.keys() == set(Verdict)


def test_160_zones_are_asked_within_cloudflares_pace(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    world = World(tuple(sample_zone(number) for number in range(160)), (Token(TOKEN),))
    with cloudflare_of(world) as cloudflare:
        cloudflare.api.address_limit_per_s = 200
        told = newcomer_at(cloudflare, tmp_path, capsys).preflight("--json")
        assert {zone["verdict"] for zone in told.document["sources"][0]["zones"]} == {"works"}
        assert {zone["applications"] for zone in told.document["sources"][0]["zones"]} == {4}
        assert {asked.status for asked in cloudflare.requests} == {200}
        assert len(cloudflare.requests) == 320
