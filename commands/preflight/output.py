"""The report for people."""

import json
from collections import Counter
from collections.abc import Iterator
from typing import Final

from rich.console import Console
from rich.text import Text

from commands.applications import Names
from commands.preflight.finding import ZoneFinding
from commands.preflight.report import Report
from commands.preflight.verdicts import MEANINGS, Status, Verdict
from commands.table import Row, print_zones
from commands.terminal import console, harmless
from infra.cost.prices import AS_OF, REGION
from infra.rate_budget import RUNS_IN_WINDOW, WINDOW_SECONDS

_MOST_LEVERS: Final = 5
_LEAST_DOLLARS: Final = 0.005
"""A service that costs less is left out."""
_STYLES: Final = {Status.WORKS: "green", Status.NOT_KNOWN: "yellow"}


def show(report: Report) -> None:
    """Print a table for each source, then what to do, then the arithmetic."""
    screen = console()
    for each in report.sources:
        _heading(screen, f"source {each.source.name}: credential from {each.origin}")
        print_zones(screen, ("zone", "verdict", "applications", "names"), [_row(finding) for finding in each.zones])
    screen.print()
    for line in (*_advice(report), *_alarms(report), *_requests(report), *_metrics(report), *_cost(report)):
        screen.print(Text(line), soft_wrap=True)
    screen.print()
    screen.print(Text(_summary(report), style="bold"), soft_wrap=True)


def _heading(screen: Console, text: str) -> None:
    screen.print(Text(harmless(text), style="bold"), soft_wrap=True)


def _row(finding: ZoneFinding) -> Row:
    style = _STYLES.get(MEANINGS[finding.verdict].status, "red")
    return Row(
        (
            Text(harmless(finding.zone.name or finding.zone.id)),
            Text(finding.verdict.replace("_", " "), style=style),
            Text(_applications(finding)),
            Text(finding.names.replace("_", " ") if finding.verdict is Verdict.WORKS else ""),
        ),
        finding.message,
    )


def _applications(finding: ZoneFinding) -> str:
    if finding.applications is not None:
        return f"{finding.applications:,}"
    return "" if finding.answered is None else f">= {finding.answered:,}"


def _advice(report: Report) -> Iterator[str]:
    found = set(report.verdicts)
    for verdict, meaning in MEANINGS.items():
        if verdict in found and verdict is not Verdict.WORKS:
            yield f"{verdict.replace('_', ' ')}: {meaning.means}. What to do: {meaning.do}."
    works = [finding for each in report.sources for finding in each.zones if finding.verdict is Verdict.WORKS]
    if refused := sum(finding.names is Names.FORBIDDEN for finding in works):
        yield (
            f"Names of {_counted(refused, 'zone')} may not be read: applications go by their ids. "
            "Give the token Zone Settings Read to see names."
        )
    yield from map(harmless, report.warnings)


def _alarms(report: Report) -> Iterator[str]:
    if report.subscription is not None:
        yield f"Alarms: {harmless(report.subscription.message)}"


def _requests(report: Report) -> Iterator[str]:
    for budget in report.budgets:
        six = RUNS_IN_WINDOW * budget.requests
        yield (
            f"Requests of owner {harmless(budget.owner)}: {budget.requests:,} a minute of {budget.budget:,}. At most "
            f"{RUNS_IN_WINDOW} x {budget.requests:,} = {six:,} in any {WINDOW_SECONDS} s, of the {budget.window:,} "
            f"that Cloudflare allows a user; {budget.spare:,} a minute on top for retries and names."
        )


def _metrics(report: Report) -> Iterator[str]:
    metrics = report.metrics
    beyond = f"; {metrics.beyond_limit:,} more are beyond metric_limit" if metrics.beyond_limit else ""
    yield f"Metrics in CloudWatch: {metrics.zone:,} of zones and {metrics.application:,} of applications{beyond}."


def _cost(report: Report) -> Iterator[str]:
    yield f"Cost: about ${report.bill.total:,.2f} a month at list prices of {REGION}, {AS_OF:%Y-%m-%d}:"
    for service, dollars in report.bill.by_service.items():
        if dollars >= _LEAST_DOLLARS:
            yield f"  {service}: ${dollars:,.2f}"
    if report.guessed:
        yield (
            f"  The number of applications is not known of {_counted(report.guessed, 'zone')}, each reckoned with as "
            "many as it is known to have, at least one: it may be more."
        )
    for lever in report.bill.levers[:_MOST_LEVERS]:
        yield f'  "{lever.key}": {json.dumps(lever.value)} would save ${lever.dollars:,.2f}'
    limit = report.monthly_limit_dollars
    if limit is not None and report.bill.total > limit:
        yield f"  That is more than monthly_limit_dollars, {limit:,}."


def _summary(report: Report) -> str:
    counts = Counter(report.verdicts)
    parts = [f"{counts[verdict]:,} {verdict.replace('_', ' ')}" for verdict in Verdict if counts[verdict]]
    zones = f"{_counted(sum(counts.values()), 'zone')}: {', '.join(parts)}."
    return f"{zones} {'Ready to deploy.' if report.status is Status.WORKS else 'Not ready.'}"


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}" + ("" if number == 1 else "s")
