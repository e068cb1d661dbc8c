"""`make discover` against the simulated Cloudflare: what it finds, prints and writes, and that nothing gets lost."""

import json
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from commands.discover import Status
from contract.environment import BASE_URL
from infra.configuration import parse
from tests.sandbox.cloudflare import NO_ZONE, Call, Cloudflare, Fault, Token, World, list_faults, sample_zone
from tests.sandbox.cloudflare.sample import TOKEN
from tests.unit.commands.newcomer import CliRunner, Told, cloudflare_of, newcomer_at, source
from tests.unit.loopback import Answer, Loopback, loopback, success

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def cloudflare() -> Iterator[Cloudflare]:
    with cloudflare_of() as running:
        yield running


@pytest.fixture
def newcomer(cloudflare: Cloudflare, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> CliRunner:
    newcomer = newcomer_at(cloudflare, tmp_path, capsys)
    newcomer.configure(source())
    return newcomer


def written(newcomer: CliRunner) -> list[dict[str, object]]:
    sources: list[dict[str, object]] = json.loads(newcomer.file.read_text())["context"]["spectrum"]["sources"]
    return sources


def entries(cloudflare: Cloudflare) -> list[dict[str, str]]:
    return [{"id": zone.id, "name": zone.name} for zone in cloudflare.world.zones]


def test_the_fragment_is_all_of_standard_output_and_can_be_pasted(newcomer: CliRunner, cloudflare: Cloudflare) -> None:
    before = newcomer.file.read_text()
    told = newcomer.discover()
    assert told.status == Status.FOUND
    assert told.document == {"sources": [source(zones=entries(cloudflare))]}
    parse(told.document)
    assert told.line_of("zone0.example").split() == ["zone0.example", cloudflare.world.zones[0].id, "4"]
    assert newcomer.file.read_text() == before


def test_zones_without_applications_are_counted_and_not_listed(newcomer: CliRunner, cloudflare: Cloudflare) -> None:
    cloudflare.world = cloudflare.world.with_zone(replace(cloudflare.world.zones[1], applications=()))
    told = newcomer.discover()
    assert told.status == Status.FOUND
    assert "zone1.example" not in told.all
    assert "3 zones are visible: 2 with Spectrum applications, 1 without, 0 of which that is not known." in told.err


def test_a_zone_that_may_not_be_asked_is_listed_with_the_reason(newcomer: CliRunner, cloudflare: Cloudflare) -> None:
    first, *others = (zone.id for zone in cloudflare.world.zones)
    cloudflare.world = World(cloudflare.world.zones, (Token(TOKEN, settings=frozenset(others)),))
    told = newcomer.discover()
    assert told.status == Status.INCOMPLETE
    assert told.line_of("zone0.example").split()[1:4] == [first, "not", "known"]
    assert "403: 10000 Authentication error" in told.line_of("zone0.example")
    assert [zone["id"] for zone in told.document["sources"][0]["zones"]] == others


def test_a_token_that_may_list_no_applications_is_refused_three_times_and_no_more(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    world = World(tuple(sample_zone(number) for number in range(40)), (Token(TOKEN, settings=NO_ZONE),))
    with cloudflare_of(world) as cloudflare:
        newcomer = newcomer_at(cloudflare, tmp_path, capsys)
        told = newcomer.discover()
        assert len(cloudflare.requests) == 4
    assert told.status == Status.INCOMPLETE
    assert told.err.count("as 3 other zones in a row gave no answer") == 37
    assert told.out == ""


@pytest.mark.parametrize("listed", [NO_ZONE, frozenset({"f" * 32})])
def test_a_token_that_sees_no_zone_is_told_so(
    listed: frozenset[str], newcomer: CliRunner, cloudflare: Cloudflare
) -> None:
    cloudflare.world = World(cloudflare.world.zones, (Token(TOKEN, listed=listed),))
    told = newcomer.discover()
    assert told.status == Status.INCOMPLETE
    assert "Zone Read" in told.err


def test_a_bad_token_costs_one_request(newcomer: CliRunner, cloudflare: Cloudflare) -> None:
    newcomer.environment["CLOUDFLARE_API_TOKEN"] = "cfut_Bad"
    told = newcomer.discover()
    assert told.status == Status.NOT_USABLE
    assert "401: 1000 Invalid API Token" in told.err
    assert len(cloudflare.requests) == 1


@pytest.mark.parametrize(
    ("kind", "call"),
    [
        ("http_503_json", Call.ZONES),
        ("connection_reset", Call.ZONES),
        ("rate_limited_10429", Call.ZONES),
        ("http_503_json", Call.APPLICATIONS),
        ("rate_limited_971_in_200", Call.APPLICATIONS),
        ("app_without_id", Call.APPLICATIONS),
        ("http_403_html", Call.ZONES),
        ("redirect_302", Call.ZONES),
        ("http_403_html", Call.APPLICATIONS),
    ],
)
def test_what_cloudflare_does_not_say_is_no_finding(
    kind: str, call: Call, newcomer: CliRunner, cloudflare: Cloudflare
) -> None:
    cloudflare.faults.add(Fault(kind, call=call))
    before = newcomer.file.read_text()
    told = newcomer.discover("--write")
    assert (told.status, told.out) == (Status.NO_ANSWER, "")
    assert newcomer.file.read_text() == before


def test_it_ends_in_time_when_cloudflare_hangs(newcomer: CliRunner, cloudflare: Cloudflare) -> None:
    cloudflare.faults.add(Fault("hang"))
    done = subprocess.run(
        [sys.executable, "-m", "commands.discover", "--config", str(newcomer.file), "--timeout", "2"],
        cwd=ROOT,
        env=os.environ | newcomer.environment | {"PYTHONPATH": "lambda"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == Status.NO_ANSWER
    assert "Which zones there are could not be had: Cloudflare did not answer in time." in done.stderr


def test_many_pages_of_zones_are_all_found(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    world = World(tuple(sample_zone(number, applications=1) for number in range(120)), (Token(TOKEN),))
    with cloudflare_of(world) as cloudflare:
        cloudflare.api.address_limit_per_s = 200
        newcomer = newcomer_at(cloudflare, tmp_path, capsys)
        newcomer.configure(source())
        told = newcomer.discover()
        assert [zone["id"] for zone in told.document["sources"][0]["zones"]] == [zone.id for zone in world.zones]
        assert len(cloudflare.requests) == 3 + 120


@pytest.mark.parametrize("numbers", [{}, {"per_page": 20, "total_count": 20}, {"per_page": 50, "total_count": None}])
def test_a_list_of_zones_that_ends_too_early_is_not_taken_for_all(
    numbers: dict[str, int | None], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    zones = [{"id": f"{number:032x}", "name": f"zone{number}.example"} for number in range(45)]

    def answer(path: str) -> Answer:
        if "spectrum" in path:
            return success([{"id": "b" * 32}], result_info={"per_page": 100, "total_count": 1})
        page = int(path.partition("page=")[2].partition("&")[0])
        return success(zones[20 * page - 20 : 20 * page], result_info=numbers)

    with loopback() as cloudflare:
        cloudflare.answer = answer
        newcomer = CliRunner(tmp_path, capsys, {BASE_URL: cloudflare.url, "CLOUDFLARE_API_TOKEN": TOKEN})
        newcomer.configure(source())
        told = newcomer.discover()
    assert (told.status, len(told.document["sources"][0]["zones"])) == (Status.FOUND, 45)


def test_more_zones_than_the_budget_become_sources_with_the_arithmetic(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    world = World(tuple(sample_zone(number, applications=1) for number in range(25)), (Token(TOKEN),))
    with cloudflare_of(world) as cloudflare:
        newcomer = newcomer_at(cloudflare, tmp_path, capsys)
        newcomer.configure(source(requests_per_minute=10))
        told = newcomer.discover("--write")
    assert told.status == Status.FOUND
    sources = written(newcomer)
    assert [(each["name"], each["secret"], len(each["zones"])) for each in sources] == [  # type: ignore[arg-type]
        ("main", "cloudflare-spectrum/main", 10),
        ("main-2", "cloudflare-spectrum/main-2", 10),
        ("main-3", "cloudflare-spectrum/main-3", 5),
    ]
    assert "needs 25 requests a minute; its budget is 10" in told.err
    assert "6 x 25 = 150" in told.err
    assert (
        "a token of another Cloudflare user in its secret: cloudflare-spectrum/main-2, cloudflare-spectrum/main-3"
        in (told.err)
    )
    parse({"sources": sources})


def test_writing_shows_the_change_and_keeps_everything_else(newcomer: CliRunner, cloudflare: Cloudflare) -> None:
    newcomer.file.write_bytes((ROOT / "cdk.json").read_bytes())
    newcomer.file.chmod(0o640)
    before = newcomer.file.read_text()
    told = newcomer.discover("--write")
    assert told.status == Status.FOUND
    assert '-          "zones": []' in told.err
    assert f'+              "id": "{cloudflare.world.zones[0].id}",' in told.err
    after = newcomer.file.read_text()
    assert after.endswith("}\n")
    emptied = json.loads(after)
    emptied["context"]["spectrum"]["sources"][0]["zones"] = []
    assert json.dumps(emptied, indent=2) + "\n" == before
    assert stat.S_IMODE(newcomer.file.stat().st_mode) == 0o640
    assert list(newcomer.folder.iterdir()) == [newcomer.file]


def test_zones_that_stand_there_are_not_overwritten(newcomer: CliRunner, cloudflare: Cloudflare) -> None:
    mine = {"id": cloudflare.world.zones[1].id, "name": "mine", "colos": ["AMS"]}
    newcomer.configure(source(zones=[mine, "f" * 32]), metric_limit=7)
    before = newcomer.file.read_text()
    told = newcomer.discover("--write")
    assert (told.status, newcomer.file.read_text()) == (Status.NOT_USABLE, before)
    assert "--write --merge" in told.err
    assert cloudflare.requests == ()

    assert newcomer.discover("--write", "--merge").status == Status.FOUND
    first, _, third = entries(cloudflare)
    assert written(newcomer) == [source(zones=[mine, "f" * 32, first, third])]
    again = newcomer.file.read_bytes()
    assert "nothing was written" in newcomer.discover("--write", "--merge").err
    assert newcomer.file.read_bytes() == again


def test_a_zone_of_another_source_is_not_added_twice(newcomer: CliRunner, cloudflare: Cloudflare) -> None:
    first, second, third = entries(cloudflare)
    newcomer.configure(source("main"), source("other", [second]))
    newcomer.discover("--write")
    assert written(newcomer) == [source("main", [first, third]), source("other", [second])]


def test_a_new_source_is_added_by_name(newcomer: CliRunner, cloudflare: Cloudflare) -> None:
    newcomer.configure(source("main", ["f" * 32]))
    newcomer.environment["CLOUDFLARE_API_TOKEN_EU"] = newcomer.environment.pop("CLOUDFLARE_API_TOKEN")
    assert newcomer.discover("--write", "--source", "eu").status == Status.FOUND
    assert written(newcomer) == [source("main", ["f" * 32]), source("eu", entries(cloudflare))]


def test_a_source_that_is_wrong_is_said_before_anybody_is_asked(newcomer: CliRunner, cloudflare: Cloudflare) -> None:
    newcomer.configure({"name": "Main", "zones": []})
    told = newcomer.discover("--write")
    assert told.status == Status.NOT_USABLE
    assert "sources[0].name" in told.err
    assert "sources[0].secret" in told.err
    assert cloudflare.requests == ()


def test_a_link_stays_one_and_what_it_leads_to_is_written(newcomer: CliRunner, tmp_path: Path) -> None:
    real = tmp_path / "elsewhere" / "real.json"
    real.parent.mkdir()
    newcomer.file.rename(real)
    newcomer.file.symlink_to(real)
    assert newcomer.discover("--write").status == Status.FOUND
    assert newcomer.file.is_symlink()
    assert len(json.loads(real.read_text())["context"]["spectrum"]["sources"][0]["zones"]) == 3


def of_zone(name: object, answer: Loopback, zone_id: str = "a" * 32) -> None:
    """A Cloudflare that has one zone of this name, with an application."""
    applications = [{"id": "b" * 32, "dns": {"name": "x"}, "protocol": "tcp/22"}]
    answer.answer = lambda path: success(
        applications if "spectrum" in path else [{"id": zone_id, "name": name}],
        result_info={"per_page": 50, "total_count": 1},
    )


class TestHostileNames:
    """Zone names are whatever somebody typed."""

    @pytest.fixture
    def cloudflare(self) -> Iterator[Loopback]:
        with loopback() as running:
            yield running

    @pytest.fixture
    def newcomer(self, cloudflare: Loopback, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> CliRunner:
        newcomer = CliRunner(tmp_path, capsys, {BASE_URL: cloudflare.url, "CLOUDFLARE_API_TOKEN": TOKEN})
        newcomer.configure(source())
        return newcomer

    def told(self, newcomer: CliRunner, *arguments: str) -> Told:
        told = newcomer.discover(*arguments)
        assert not {"\x1b", "\x07", "\r", "\u202e", "\x9b"} & set(told.all)
        return told

    @pytest.mark.parametrize(
        "name", ["\x1b[2Jcleared", "[red]markup[/red]\x07", "a\u202emoc", "new\r\nline", "\x9b31m"]
    )
    def test_a_name_that_would_command_a_terminal_is_spelled_out_and_not_written(
        self, name: str, newcomer: CliRunner, cloudflare: Loopback
    ) -> None:
        of_zone(name, cloudflare)
        told = self.told(newcomer, "--write")
        assert told.status == Status.FOUND
        assert "is written without a name" in told.err
        assert written(newcomer) == [source(zones=["a" * 32])]

    def test_markup_is_shown_as_it_is(self, newcomer: CliRunner, cloudflare: Loopback) -> None:
        of_zone("[red]zone[/red]", cloudflare)
        assert self.told(newcomer).line_of("[red]zone[/red]").split()[1:] == ["a" * 32, "1"]

    def test_an_id_that_is_none_is_not_written(self, newcomer: CliRunner, cloudflare: Loopback) -> None:
        of_zone("zone.example", cloudflare, zone_id="../../user")
        before = newcomer.file.read_text()
        told = self.told(newcomer, "--write")
        assert (told.status, newcomer.file.read_text()) == (Status.NO_ANSWER, before)

    def test_a_name_that_echoes_the_token_does_not_show_it(self, newcomer: CliRunner, cloudflare: Loopback) -> None:
        of_zone(f"x{TOKEN[:25]}", cloudflare)
        told = self.told(newcomer, "--write")
        assert TOKEN[:8] not in told.all
        assert TOKEN[:8] not in newcomer.file.read_text()


@pytest.mark.parametrize("arguments", [(), ("--write",)])
def test_a_token_in_the_file_is_neither_asked_with_nor_repeated(
    arguments: tuple[str, ...], newcomer: CliRunner, cloudflare: Cloudflare
) -> None:
    newcomer.configure(source(), source("other", secret=TOKEN, owner=f"Bearer {TOKEN}"))
    before = newcomer.file.read_text()
    for told in (newcomer.discover(*arguments), newcomer.preflight()):
        assert told.status == 2
        assert "sources[1].secret: holds what looks like a Cloudflare token" in told.err
        assert TOKEN not in told.all
    assert newcomer.file.read_text() == before
    assert list(cloudflare.requests) == []


@pytest.mark.parametrize("kind", sorted(kind.name for kind in list_faults.KINDS))
@pytest.mark.parametrize("call", [Call.ZONES, Call.APPLICATIONS])
def test_lists_in_odd_pages_are_found_whole_or_refused(
    newcomer: CliRunner, cloudflare: Cloudflare, kind: str, call: Call
) -> None:
    cloudflare.faults.add(Fault(kind, call=call))
    told = newcomer.discover()
    assert kind in {asked.fault for asked in cloudflare.requests}
    if told.status == Status.FOUND:
        assert told.document == {"sources": [source(zones=entries(cloudflare))]}
        assert [told.line_of(zone.name).split()[2] for zone in cloudflare.world.zones] == ["4", "4", "4"]
