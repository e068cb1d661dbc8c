"""What is shown at the end: CloudWatch, S3, what is missing, the queues, and what was claimed."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from contract.raw import raw_key
from tests.demo.answers import ASKED
from tests.demo.books import METRICS, Series
from tests.demo.chart import chart
from tests.demo.claim import Claim
from tests.demo.evidence import Evidence
from tests.demo.missing import gaps, span
from tests.demo.night import APPLICATION_LABELS, IDLE, MINUTE, SOURCE, ZONE_IDS
from tests.demo.script import expected_unpublished
from tests.sandbox.cloudflare import Call

LONGEST_ANSWER: Final = 6
"""Rows that are shown of it."""

_COLOURS = ("cyan", "magenta", "green")


def charts(evidence: Evidence, width: int) -> RenderableType:
    """Bytes egress of each zone, read back from CloudWatch."""
    parts: list[RenderableType] = []
    for zone, colour in zip(ZONE_IDS, _COLOURS, strict=True):
        values = evidence.traffic[Series(zone, "", "BytesEgress")]
        parts.append(
            Text(f"{zone}: BytesEgress a minute; {len(values)} of {len(evidence.night.minutes)} minutes have data")
        )
        parts.append(Text(chart(values, evidence.night, width=width, unit=1e6, name="MB"), style=colour, no_wrap=True))
    return Group(*parts)


def totals(evidence: Evidence) -> RenderableType:
    """Each application's three hours: what Cloudflare served beside what CloudWatch holds."""
    table = _table("application", "bytes out, served", "in CloudWatch", "minutes", "sums")
    table.columns[0].no_wrap = False
    for column in table.columns[1:]:
        column.no_wrap = True
    for column in table.columns[1:4]:
        column.justify = "right"
    absent = expected_unpublished(evidence.night)
    for app_id, label in APPLICATION_LABELS.items():
        served = [
            (reading.bytes_ingress, reading.bytes_egress, reading.connections)
            for (minute, _, served_id), reading in evidence.served.items()
            if served_id == app_id and minute not in absent
        ]
        zone = next(name for name in ZONE_IDS if label.split()[0].endswith(name))
        values = [evidence.traffic.get(Series(zone, label, metric), {}) for metric in METRICS]
        sums = [sum(each.values()) for each in values]
        truth = [sum(each) for each in zip(*served, strict=True)] or [0, 0, 0]
        equal = "[green]equal[/]" if sums == truth else "[red]not equal[/]"
        table.add_row(label, f"{truth[1]:,}", f"{sums[1]:,.0f}", str(len(values[1])), equal)
    left_out = ", ".join(f"{minute:%H:%M}" for minute in sorted(absent))
    note = f"Equal: bytes out, bytes in and connections. Without {left_out} on either side, which is in S3 only."
    return Group(table, "", Text(note))


def objects(evidence: Evidence, width: int) -> RenderableType:
    """What lies in S3, and the first line of the object of the day's last minute."""
    counts = Counter(each.day for each in evidence.objects)
    sizes: Counter[str] = Counter()
    for each in evidence.objects:
        sizes[each.day] += len(each.body)
    parts = [f"{day}/  {count} objects, {sizes[day]:,} bytes" for day, count in sorted(counts.items())]
    key = raw_key(evidence.night.midnight - MINUTE, SOURCE)
    line = next(next(each.lines()) for each in evidence.objects if each.key == key)
    return Text("\n".join([*parts, "", f"The first of the lines of {key}:", *_shortened(line.row, width)]))


def _shortened(row: Mapping[str, Any], width: int) -> Iterator[str]:
    """A row as JSON over several lines, with the first of its applications."""
    yield "{"
    yield from _fields({name: value for name, value in row.items() if name != "apps"}, 2, width)
    yield '  "apps": [{'
    yield from _fields(row["apps"][0], 4, width)
    yield f"  }}, ... {len(row['apps']) - 1} more]"
    yield "}"


def _fields(values: Mapping[str, Any], indent: int, width: int) -> list[str]:
    lines = [""]
    for field in (f'"{name}": {json.dumps(value)}, ' for name, value in values.items()):
        if len(lines[-1]) + len(field) > width - indent:
            lines.append("")
        lines[-1] += field
    return [" " * indent + line.rstrip() for line in lines]


def asked(evidence: Evidence) -> RenderableType:
    """Each query's answer, or its beginning."""
    parts: list[RenderableType] = []
    for name, columns in ASKED.items():
        answer = evidence.answers[name]
        table = _table(*columns)
        for row in [*answer.of(columns)][:LONGEST_ANSWER]:
            table.add_row(*row)
        more = len(answer.rows) - LONGEST_ANSWER
        parts.append(Text(f"{name}: {len(answer.rows)} rows from {answer.scanned_bytes:,} bytes", style="bold"))
        parts.append(table)
        parts.append(Text(f"... and {more} more\n" if more > 0 else ""))
    return Group(*parts)


def missing(evidence: Evidence) -> RenderableType:
    """Which minutes are not known, and what was answered in their place."""
    table = _table("minutes", "zone", "reason", "what Cloudflare said, or why it was not asked")
    for gap in gaps(evidence.unknown):
        table.add_row(span(gap.minutes), gap.where, gap.reason, Text(gap.said))
    return table


def _table(*columns: str) -> Table:
    table = Table(*columns, box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    table.columns[0].no_wrap = True
    return table


def facts(evidence: Evidence) -> RenderableType:
    """The rest in numbers."""
    polls = sum(asked.call is Call.USAGE for asked in evidence.requests)
    names = len(evidence.requests) - polls
    cold = sum(invocation.cold for invocation in evidence.invocations)
    failed = ", ".join(
        f"{run['requestPayload']['scheduled_time']}, {run['responsePayload']['errorMessage'].split(': ')[-1]}"
        for run in evidence.failed_runs
    )
    idle = sum(not app["reported"] for line in evidence.lines for app in line.row["apps"] if app["app_name"] == IDLE)
    table = Table.grid(padding=(0, 2))
    table.add_row("idle application", f"{IDLE}: {idle} minutes of 0, `reported` false")
    table.add_row("runs of the function", f"{len(evidence.invocations)}, {cold} of them in a new process")
    table.add_row("second deliveries refused", f"{evidence.duplicates_refused}")
    table.add_row("failure queue", f"{len(evidence.failed_runs)} ({failed})")
    table.add_row("schedule's dead letters", f"{len(evidence.missed_events)}")
    table.add_row("requests to Cloudflare", f"{len(evidence.requests)}: {polls} for minutes, {names} for names")
    table.add_row("minutes marked Published", f"{len(evidence.published)} of {len(evidence.night.minutes)}")
    return table


def verdicts(claims: Sequence[Claim]) -> RenderableType:
    """Every claim, whether it holds, and the first things that speak against it."""
    table = Table.grid(padding=(0, 1))
    for claim in claims:
        mark = "[green]✓[/]" if claim.holds else "[red]✗[/]"
        table.add_row(mark, Text(claim.text), Text(claim.figures, style="dim"))
        for objection in claim.objections[:3]:
            table.add_row("", Text(objection, style="red"))
    return table
