"""`make bench-lake`: a month in a real Trino, as minutes and as days. Nothing here passes or fails.

`python -m tests.bench.lake DAYS` for fewer days than 30: raw objects take Trino some seconds a day.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from moto.s3.models import s3_backends
from rich.console import Console
from rich.table import Table

from contract.lake import DATABASE, HISTORIES
from tests.athena.deployed import let_trino_read_views
from tests.athena.trino import Trino, install
from tests.bench.lake import days as compaction
from tests.bench.lake.minutes import RawObject, raw_objects
from tests.sandbox.aws import AwsDouble
from tests.sandbox.aws.double import TESTER
from tests.sandbox.cloudflare import make_id
from tests.sandbox.deploy import Deployment, deploy, synthesise

ROOT: Final = Path(__file__).resolve().parents[3]
SPECTRUM: Final = {"sources": [{"name": "source0", "secret": "bench", "zones": [make_id("bench")]}]}
SUMS: Final = "SELECT count(*), sum({0}bytes_ingress), sum({0}bytes_egress), sum({0}connections)"
USAGE: Final = SUMS.format("")
UNNESTED: Final = SUMS.format("a.") + (
    " FROM polls_raw CROSS JOIN UNNEST(apps)"
    " AS a (app_id, app_name, protocol, bytes_ingress, bytes_egress, connections, duration_avg_ms, reported)"
)


@dataclass(frozen=True, slots=True)
class Asked:
    """One query's answer, and what it took."""

    rows: int
    seconds: float
    objects: int
    megabytes: float


class Lake:
    """The deployed bucket and tables, filled directly: how the objects come there is not what is measured."""

    def __init__(self, aws: AwsDouble, deployment: Deployment, folder: Path) -> None:
        self._aws = aws
        self._bucket = deployment.outputs["BucketName"]
        self._s3 = s3_backends[aws.account]["aws"]
        self._folder = folder
        self._sizes: dict[str, int] = {}

    def put(self, key: str, body: bytes) -> None:
        """Put an object."""
        self._s3.put_object(self._bucket, key, body)
        self._sizes[key] = len(body)

    def fill(self, day: date, objects: list[RawObject], *, raw: bool, history: bool) -> None:
        """Put a day, as minutes, compacted, or both."""
        for each in objects if raw else ():
            self.put(each.key, each.body)
        if history:
            work = self._folder / "raw"
            work.mkdir(exist_ok=True)
            for each in objects:
                (work / each.key.replace("/", "_")).write_bytes(each.body)
            of = compaction.listing(day, [(each.key, len(each.body)) for each in objects])
            for done in compaction.compacted(compaction.Folder(work), of, self._folder / "work"):
                for table in HISTORIES:
                    self.put(table.key(day), done.files[table.name].read_bytes())
            for path in work.iterdir():
                path.unlink()

    def ask(self, trino: Trino, sql: str) -> Asked:
        """Run a query, and count the objects that Trino reads."""
        self._aws.clear()
        began = time.monotonic()
        ((rows, *_),) = trino.query(sql).rows
        seconds = time.monotonic() - began
        read = {call.key for call in self._aws.calls.of("GetObject")}
        return Asked(rows, seconds, len(read), sum(self._sizes.get(key, 0) for key in read) / 1e6)


def main() -> None:
    """Fill, ask, and print."""
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 30
    console = Console(width=100)
    console.print(f"20 zones x 10 applications, {number} closed days, {os.cpu_count()} processors; S3 is moto\n")
    today = datetime.now(UTC).date()
    closed = [today - timedelta(days=2 + ago) for ago in range(number)]
    with tempfile.TemporaryDirectory(prefix="bench-lake-") as name, ExitStack() as opened:
        folder = Path(name)
        _one_day(console, closed[0], folder)
        aws = opened.enter_context(AwsDouble())
        deployment = deploy(aws, synthesise(folder / "assembly", spectrum=SPECTRUM))
        let_trino_read_views(aws)
        lake = Lake(aws, deployment, folder)
        for day in closed:
            console.print(f"  filling {day}", style="dim")
            lake.fill(day, list(raw_objects(day, sources=1)), raw=True, history=True)
        trino = opened.enter_context(
            Trino(install(), aws_url=aws.endpoint_url, region=aws.region, access_key_id=TESTER, schema=DATABASE)
        )
        trino.query("SELECT 1")
        table = Table("", "objects", "MB of objects", "rows", "Trino s", title=f"{number} closed days")
        between = f"dt BETWEEN '{closed[-1]}' AND '{closed[0]}'"
        history, view = _rows(
            table,
            lake,
            trino,
            {
                "usage_history": f"{USAGE} FROM usage_history WHERE {between}",
                "view usage": f"{USAGE} FROM usage WHERE {between}",
            },
            times=7,
        )
        (raw,) = _rows(table, lake, trino, {"polls_raw": f"{UNNESTED} WHERE {between}"})
        table.add_row("[b]raw / history", "", "", "", f"[b]{raw / history:.0f}")
        table.add_row("[b]view / usage_history", "", "", "", f"[b]{view / history:.2f}")
        console.print(table)
        table = Table("", "objects", "MB of objects", "rows", "Trino s", title="The view, open days included")
        since = f"dt BETWEEN '{closed[-1]}' AND '{today}'"
        for sources in (1, 10):
            for day in (today - timedelta(days=1), today):
                lake.fill(day, list(raw_objects(day, sources=sources)), raw=True, history=False)
            # The ten sources' objects come beside the one's: they are asked for alone.
            asked = f"{USAGE} FROM usage WHERE dt BETWEEN '{today - timedelta(days=1)}' AND '{today}'"
            label = f"{sources} source{'s' if sources > 1 else ''}: two open days"
            _rows(table, lake, trino, {label: asked})
            if sources == 1:
                all_days = f"{USAGE} FROM usage WHERE {since}"
                _rows(table, lake, trino, {f"1 source: these and {number} closed days": all_days})
        console.print(table)


def _rows(table: Table, lake: Lake, trino: Trino, queries: Mapping[str, str], *, times: int = 1) -> list[float]:
    """Ask each in turn, so many times, and print a row for each; returns the medians, in seconds."""
    answers: dict[str, list[Asked]] = {name: [] for name in queries}
    for _ in range(times):
        for name, sql in queries.items():
            answers[name].append(lake.ask(trino, sql))
    medians = []
    for name, asked in answers.items():
        seconds = statistics.median(each.seconds for each in asked)
        one = asked[0]
        table.add_row(name, f"{one.objects:,}", f"{one.megabytes:.1f}", f"{one.rows:,}", f"{seconds:.2f}")
        medians.append(seconds)
    return medians


def _one_day(console: Console, day: date, folder: Path) -> None:
    table = Table("", "rows", "wall s", "CPU s", "most memory MB", "Parquet MB", title="Compacting a day, no network")
    for zones, apps, sources, memory_mb in ((20, 10, 1, 512),):
        work = folder / "one-day"
        work.mkdir()
        for each in raw_objects(day, sources=sources, zones=zones, apps=apps):
            (work / each.key.replace("/", "_")).write_bytes(each.body)
        command = [sys.executable, "-m", "tests.bench.lake.days", f"{day}", str(work), str(memory_mb)]
        environment = {**os.environ, "PYTHONPATH": "lambda"}
        done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT, env=environment)
        taken: dict[str, Any] = json.loads(done.stdout)
        table.add_row(
            f"{zones * apps} applications",
            f"{taken['rows']:,}",
            f"{taken['wall_s']:.1f}",
            f"{taken['cpu_s']:.1f}",
            f"{taken['memory_mb']}",
            f"{taken['parquet_bytes'] / 1e6:.1f}",
        )
    console.print(table)


if __name__ == "__main__":
    main()
