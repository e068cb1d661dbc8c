"""The words before and after: what will go wrong, and where to go next."""

import os
from pathlib import Path

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from tests.demo import PROJECT
from tests.demo.missing import span
from tests.demo.night import IDLE, MISHAPS, Night
from tests.demo.script import CHANGES, TROUBLES


def announcement(night: Night) -> RenderableType:
    """The script of the night."""
    columns = ("minutes", "zone", "what happens", "what should come of it")
    table = Table(*columns, box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    table.columns[0].no_wrap = table.columns[1].no_wrap = True
    rows = [(each.first, each.last, each.zone or "all", each.what, each.then) for each in TROUBLES]
    rows += [(minute, minute, zone, what, then) for minute, zone, what, then in CHANGES]
    for first, last, zone, what, then in sorted(rows, key=lambda row: night.at(row[0])):
        table.add_row(span(night.between(first, last)), zone, what, then)
    always = (
        f"Every {MISHAPS.duplicate_every}th event is delivered twice, {MISHAPS.duplicate_after_s:.0f} s apart, and each"
        f" comes up to {MISHAPS.jitter_s:.0f} s late. After a 429, Cloudflare refuses every request for five minutes. "
        f"{IDLE} is idle: Cloudflare's answers leave it out."
    )
    return Group(table, "", Text(always))


def afterwards(folder: Path) -> RenderableType:
    """Where the result lies, and what to read."""
    kept = os.path.relpath(folder) if folder.is_relative_to(PROJECT) else str(folder)
    return Text(
        f"{kept}/dashboard.html  the deployed dashboard with these three hours: open it in a browser\n"
        f"{kept}/s3/              the objects, as the bucket has them\n"
        f"{kept}/cloudwatch.json  every minute of every series\n"
        f"{kept}/summary.json     all of the above\n"
        "make query SANDBOX=1     asks the deployed queries again, or SQL of yours\n"
        f"{kept}/cdk.out/         the CloudFormation template that was deployed\n"
        "README.md, Deploy in five steps: the same in your AWS account. docs/data.md: what each number means."
    )
