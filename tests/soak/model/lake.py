"""Every row of the views against the lines in S3, and every compaction that failed: all of it, once, on either side.

docs/data.md, "Tables and views": days before yesterday come from history, later ones from raw.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from tests.soak.evidence import Evidence, Line, Saved, Views, utc
from tests.soak.model.finding import Sort, Verdict

Row = tuple[Any, ...]


def check_lake(evidence: Evidence, saved: Mapping[tuple[str, datetime], Saved], verdict: Verdict) -> None:
    """Judge what the views answer, and what the compactor did."""
    lines = [line for each in saved.values() for line in each.lines]
    for views in evidence.views:
        _compare(verdict, views, "polls", Counter(_polls_of(lines)), Counter(_polls_of_view(views)))
        _compare(verdict, views, "usage", Counter(_usage_of(lines)), Counter(_usage_of_view(views)))
    for run in evidence.compactions:
        if run.error and not run.disturbed:
            verdict.add(Sort.UNEXPLAINED, "compactor", run.at, f"failed undisturbed: {run.error}: {run.message}")


def _compare(verdict: Verdict, views: Views, name: str, wanted: Counter[Row], there: Counter[Row]) -> None:
    where = f"view {name} on {views.today}"
    for row, number in (there - wanted).items():
        sort = Sort.TWICE if row in wanted else Sort.WRONG
        verdict.add(sort, row[1], row[0], f"{where}: {number} rows too many: {row[2:]}")
    for row in wanted - there:
        verdict.add(Sort.UNEXPLAINED, row[1], row[0], f"{where}: not there: {row[2:]}")


def _polls_of(lines: list[Line]) -> Iterator[Row]:
    for line in lines:
        what = (line["outcome"], line["reason"], line["attempts"])
        yield (_minute(line), line["source"], line["zone_id"], line["colo"], *what)


def _polls_of_view(views: Views) -> Iterator[Row]:
    for row in views.polls:
        what = (row["outcome"], row["reason"], row["attempts"])
        yield (utc(row["minute"]), row["source"], row["zone_id"], row["colo"], *what)


def _usage_of(lines: list[Line]) -> Iterator[Row]:
    for line in lines:
        for app in line["apps"]:
            yield (_minute(line), line["source"], line["zone_id"], line["colo"], app["app_id"], *_numbers(app))


def _usage_of_view(views: Views) -> Iterator[Row]:
    for row in views.usage:
        yield (utc(row["minute"]), row["source"], row["zone_id"], row["colo"], row["app_id"], *_numbers(row))


def _numbers(app: Line) -> Row:
    return (
        app["bytes_ingress"],
        app["bytes_egress"],
        app["connections"],
        app["duration_avg_ms"],
        app["reported"],
    )


def _minute(line: Line) -> datetime:
    return utc(datetime.fromisoformat(line["minute"]))
