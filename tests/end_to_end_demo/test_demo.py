"""The demo as a stranger runs it: it succeeds, and what it says is true of the files that it leaves."""

import gzip
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest

from tests.demo.night import GAMES, IDLE, MAIL, TOKEN, ZONE_IDS
from tests.end_to_end_demo.processes import adopting_orphans, descendants
from tests.preview.widgets import NO_DATA

pytestmark = pytest.mark.slow

PROJECT: Final = Path(__file__).resolve().parents[2]
ALLOWED_S: Final = 300
"""For a machine with other work to do."""


@dataclass(frozen=True, slots=True)
class Finished:
    """A demo that has ended."""

    status: int
    said: str
    took_s: float
    left_running: frozenset[int]
    folder: Path

    def lines(self) -> list[dict[str, Any]]:
        """Every line of every object that it kept."""
        objects = sorted((self.folder / "s3").rglob("*.json.gz"))
        return [json.loads(line) for path in objects for line in gzip.decompress(path.read_bytes()).splitlines()]

    def sums(self, zone: str, application: str | None, metric: str = "BytesEgress") -> dict[str, float]:
        """What CloudWatch gave for a series, by `2026-11-22T23:18Z`."""
        series = json.loads((self.folder / "cloudwatch.json").read_text())
        wanted = (zone, application, metric)
        (found,) = [each for each in series if (each["zone"], each["application"], each["metric"]) == wanted]
        return dict(found["sums"])

    def day(self, clock: str) -> str:
        """`2026-11-22T23:18Z` for `23:18`: the night's own date before midnight."""
        begin: str = json.loads((self.folder / "summary.json").read_text())["begin"]
        return f"{begin[:10]}T{clock}Z"


def start(folder: Path) -> "subprocess.Popen[str]":
    """Runs `python -m tests.demo` as `make demo` does, with its result elsewhere."""
    return subprocess.Popen(
        [sys.executable, "-m", "tests.demo", str(folder)],
        cwd=PROJECT,
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
    )


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Finished]:
    folder = tmp_path_factory.mktemp("demo")
    before, began = descendants(), time.monotonic()
    with adopting_orphans():
        process = start(folder)
        said, _ = process.communicate(timeout=ALLOWED_S)
        took_s = time.monotonic() - began
        yield Finished(process.returncode, said, took_s, descendants() - before, folder)


def test_it_succeeds_and_everything_it_checks_holds(demo: Finished) -> None:
    assert demo.status == 0, demo.said
    assert demo.said.count("✓") == len(json.loads((demo.folder / "summary.json").read_text())["claims"]) > 0
    assert "✗" not in demo.said


def test_it_says_how_long_it_took(demo: Finished) -> None:
    (seconds,) = re.findall(r"^(\d+) s in all\.$", demo.said, re.MULTILINE)
    assert demo.took_s - 10 < int(seconds) <= demo.took_s + 1


def test_the_minutes_of_a_zone_that_failed_are_unknown(demo: Finished) -> None:
    failed = {demo.day(clock) for clock in ("23:18", "23:19")}
    mail = [line for line in demo.lines() if line["zone_id"] == ZONE_IDS[MAIL]]
    unknown = [line for line in mail if f"{line['minute'].replace(' ', 'T')[:16]}Z" in failed]
    assert [(line["outcome"], line["reason"], line["apps"]) for line in unknown] == [("failed", "server_error", [])] * 2
    in_cloudwatch = demo.sums(MAIL, None).keys()
    assert not failed & in_cloudwatch
    assert {demo.day("23:17"), demo.day("23:20")} <= in_cloudwatch
    assert failed <= demo.sums(GAMES, None).keys(), "another zone's minutes are whole"


def test_an_idle_application_is_zero_in_every_minute_of_its_zone_but_the_first(demo: Finished) -> None:
    games = [line for line in demo.lines() if line["zone_id"] == ZONE_IDS[GAMES] and line["outcome"] == "collected"]
    idle = [app for line in games for app in line["apps"] if app["app_name"] == IDLE]
    assert len(idle) == len(games) - 1, "in the first minute nobody knows of it yet"
    assert {(app["reported"], app["bytes_ingress"], app["bytes_egress"], app["connections"]) for app in idle} == {
        (False, 0, 0, 0)
    }
    sums = demo.sums(GAMES, f"{IDLE} tcp/25566")
    assert set(sums.values()) == {0}
    assert sums.keys() == demo.sums(GAMES, None).keys() - {demo.day("22:30")}


def test_no_minute_is_there_twice_though_every_tenth_event_came_twice(demo: Finished) -> None:
    times = Counter((line["minute"], line["zone_id"]) for line in demo.lines())
    assert len(times) == 180 * len(ZONE_IDS)
    assert set(times.values()) == {1}
    assert json.loads((demo.folder / "summary.json").read_text())["duplicates_refused"] == 18


def test_cloudwatch_has_the_numbers_that_s3_has(demo: Finished) -> None:
    in_s3 = Counter[str]()
    for line in demo.lines():
        if line["zone_id"] == ZONE_IDS[MAIL] and line["apps"]:
            in_s3[f"{line['minute'].replace(' ', 'T')[:16]}Z"] = sum(app["bytes_egress"] for app in line["apps"])
    in_cloudwatch = demo.sums(MAIL, None)
    (killed,) = in_s3.keys() - in_cloudwatch.keys()
    assert killed.endswith("T00:55Z")
    assert in_cloudwatch == {minute: value for minute, value in in_s3.items() if minute != killed}


def test_the_deployed_dashboard_is_drawn_and_none_of_its_widgets_is_refused(demo: Finished) -> None:
    html = (demo.folder / "dashboard.html").read_text(encoding="utf-8")
    template = json.loads((demo.folder / "cdk.out" / "SpectrumMeter.template.json").read_text())
    (body,) = [
        json.dumps(resource["Properties"]["DashboardBody"])
        for resource in template["Resources"].values()
        if resource["Type"] == "AWS::CloudWatch::Dashboard"
    ]
    assert html.count('<section class="widget ') == len(re.findall(r'\\"type\\": \\"', body)) > 0
    assert set(re.findall(r'class="said">([^<]*)', html)) <= {NO_DATA}
    assert all(zone in html for zone in ZONE_IDS)


def test_the_token_is_in_no_file_and_in_nothing_it_prints(demo: Finished) -> None:
    assert TOKEN not in demo.said
    assert not [path for path in demo.folder.rglob("*") if path.is_file() and TOKEN.encode() in path.read_bytes()]


def test_it_leaves_no_process_behind(demo: Finished) -> None:
    assert demo.left_running == frozenset()


@pytest.mark.parametrize(
    ("moment", "running"),
    [
        pytest.param("Bootstrap", 2, id="while the CDK CLI runs"),
        pytest.param("    23:00  ", 2, id="while the function runs"),
    ],
)
def test_an_interruption_ends_it_and_leaves_no_process_behind(tmp_path: Path, moment: str, running: int) -> None:
    before = descendants()
    with adopting_orphans():
        process = start(tmp_path)
        assert process.stdout is not None
        said = ""
        while moment not in said or len(descendants() - before) < running:
            piece = os.read(process.stdout.fileno(), 4096).decode(errors="replace") if moment not in said else ""
            assert piece or moment in said, said
            assert process.poll() is None, said
            said += piece
        process.send_signal(signal.SIGINT)
        rest, _ = process.communicate(timeout=30)
        assert process.returncode == 130, rest
        assert "nothing is left running" in rest
        assert descendants() - before == frozenset()
