"""The report of a preflight, with the arithmetic of requests, metrics and dollars: for people and as JSON."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from rich.console import Console
from rich.text import Text

from collector.app_names import Catalog
from collector.series import zone_labels
from commands._cloudflare import Names
from commands._config import collector_sources
from commands._terminal import Row, console, escape_control_chars, print_zones
from commands.preflight.check import MEANINGS, Status, Subscription, Verdict, ZoneFinding, gravest, status_of
from contract.labels import label_of
from infra.configuration import Configuration, Source
from infra.cost import Bill, Workload, estimate, source_volumes
from infra.prices import AS_OF, REGION
from infra.rate_budget import RUNS_IN_WINDOW, WINDOW_SECONDS, by_owner, spare_requests, window_requests

_MOST_LISTED: Final = 5


@dataclass(frozen=True, slots=True)
class SourceReport:
    """One source: where its credential was, and its zones."""

    source: Source
    origin: str
    zones: Sequence[ZoneFinding]


@dataclass(frozen=True, slots=True)
class Budget:
    """What an owner's sources send in a minute, and may."""

    owner: str
    requests: int
    budget: int
    window: int
    """Requests that Cloudflare allows in 300 s."""
    spare: int
    """Requests of a run on top, for retries and names."""


@dataclass(frozen=True, slots=True)
class Metrics:
    """Distinct CloudWatch metrics of the traffic."""

    zone: int
    application: int
    beyond_limit: int
    """Application metrics that `metric_limit` leaves out."""


@dataclass(frozen=True, slots=True)
class Report:
    """Everything."""

    asked_at: datetime
    api: str
    sources: Sequence[SourceReport]
    budgets: Sequence[Budget]
    metrics: Metrics
    bill: Bill
    monthly_limit_dollars: int | None
    guessed: int
    """Zones whose number of applications is not known: the bill reckons with what is known of them."""
    warnings: Sequence[str]
    """What works, and is better changed."""
    subscription: Subscription | None
    """Whether the deployed stack's alarms reach anybody; None: not asked."""

    @property
    def verdicts(self) -> list[Verdict]:
        """Of all zones."""
        return [finding.verdict for each in self.sources for finding in each.zones]

    @property
    def status(self) -> Status:
        """The exit status."""
        others = [self.subscription.status] if self.subscription else []
        return gravest(status_of(self.verdicts), *others)


def report_of(
    configuration: Configuration,
    sources: Sequence[SourceReport],
    asked_at: datetime,
    api: str,
    subscription: Subscription | None = None,
) -> Report:
    """Add the arithmetic. Metrics and dollars are of the whole configuration, with the applications that were found."""
    findings = [finding for each in sources for finding in each.zones]
    known = {finding.zone.id: number for finding in findings if (number := _app_count(finding)) is not None}
    workload = Workload(applications=known)
    counted = source_volumes(configuration, workload)
    zones = [zone for source in configuration.sources for zone in source.zones]
    exact = {finding.zone.id for finding in findings if finding.applications is not None}
    return Report(
        asked_at=asked_at,
        api=api,
        sources=sources,
        budgets=_budgets(configuration),
        metrics=Metrics(
            zone=sum(each.zone_metrics for each in counted),
            application=sum(each.application_metrics for each in counted),
            beyond_limit=sum(each.dropped_metrics for each in counted),
        ),
        bill=estimate(configuration, workload),
        monthly_limit_dollars=configuration.monthly_limit_dollars,
        guessed=sum(zone.id not in exact for zone in zones),
        warnings=[*_equal_zones(configuration, findings), *_equal_applications(findings)],
        subscription=subscription,
    )


def _equal_zones(configuration: Configuration, findings: Sequence[ZoneFinding]) -> Iterator[str]:
    """Of all zones of the configuration, as metrics name the zone and not the source."""
    sources = collector_sources(configuration).values()
    known = Catalog({finding.zone.id: finding.known for finding in findings})
    labels = {zone_id: label for source in sources for zone_id, label in zone_labels(source, known).items()}
    names = {zone.id: zone.name or known.zone(zone.id).name for source in sources for zone in source.zones}
    for name, zone_ids in _equal(names):
        if len({labels[zone_id] for zone_id in zone_ids}) < len(zone_ids):
            what = "they are in different sources, so CloudWatch adds their metrics up in one series"
        else:
            what = f"their metrics are told apart by zone id: {_listed(labels[zone_id] for zone_id in zone_ids)}"
        yield (
            f"Zones {_listed(zone_ids)} are all called {name}; {what}. Give each a name of its own in cdk.json: "
            "zones[].name."
        )


def _equal_applications(findings: Sequence[ZoneFinding]) -> Iterator[str]:
    for finding in findings:
        labels, zone = finding.known.app_labels(), finding.zone.name or finding.zone.id
        for name, app_ids in _equal({app_id: str(app) for app_id, app in finding.known.apps.items()}):
            yield (
                f"Applications {_listed(app_ids)} of zone {zone} are all called {name}; their metrics are told apart "
                f"by application id: {_listed(labels[app_id] for app_id in app_ids)}."
            )


def _equal(names: Mapping[str, str | None]) -> Iterator[tuple[str, list[str]]]:
    """Each name that several have, with their ids."""
    having: defaultdict[str, list[str]] = defaultdict(list)
    for key, name in names.items():
        if name:
            having[label_of(name)].append(key)
    return ((names[keys[0]] or "", keys) for keys in having.values() if len(keys) > 1)


def _listed(texts: Iterable[str]) -> str:
    """`a, b, c, …`."""
    some = list(texts)
    return ", ".join([*some[:_MOST_LISTED], *(["…"] if len(some) > _MOST_LISTED else [])])


def _app_count(finding: ZoneFinding) -> int | None:
    """How many there are; where that is not known, how many the answer named, if it named any."""
    return finding.applications if finding.applications is not None else finding.answered or None


def _budgets(configuration: Configuration) -> list[Budget]:
    demands = [source.demand for source in configuration.sources]
    spare = spare_requests(demands)
    return [
        Budget(
            owner=owner,
            requests=sum(demand.total for demand in of_owner),
            budget=of_owner[0].requests_per_minute,
            window=window_requests(of_owner[0].requests_per_minute),
            spare=sum(spare[demand.source] for demand in of_owner),
        )
        for owner, of_owner in by_owner(demands).items()
    ]


VERSION: Final = 1


def as_document(report: Report) -> dict[str, Any]:
    """The report as JSON."""
    return {
        "version": VERSION,
        "status": int(report.status),
        "asked_at": report.asked_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "api": report.api,
        "sources": [
            {
                "name": each.source.name,
                "secret": each.source.secret,
                "owner": each.source.owner,
                "credential_from": each.origin,
                "zones": [_zone(finding) for finding in each.zones],
            }
            for each in report.sources
        ],
        "owners": [
            {
                "owner": budget.owner,
                "requests_per_minute": budget.requests,
                "budget": budget.budget,
                "window_requests": budget.window,
                "spare_requests": budget.spare,
            }
            for budget in report.budgets
        ],
        "metrics": {
            "zone": report.metrics.zone,
            "application": report.metrics.application,
            "beyond_metric_limit": report.metrics.beyond_limit,
        },
        "cost": _cost_document(report),
        "warnings": list(report.warnings),
        "alarms": _alarms_document(report),
    }


def _zone(finding: ZoneFinding) -> Mapping[str, Any]:
    return {
        "id": finding.zone.id,
        "name": finding.zone.name,
        "verdict": finding.verdict.value,
        "message": finding.message or None,
        "http_status": finding.http_status,
        "error_code": finding.error_code,
        "applications": finding.applications,
        "applications_answered": finding.answered,
        "names": finding.names.value,
    }


def _alarms_document(report: Report) -> Mapping[str, Any] | None:
    found = report.subscription
    return None if found is None else {"reach": found.reach.value, "message": found.message}


def _cost_document(report: Report) -> Mapping[str, Any]:
    return {
        "currency": "USD",
        "monthly": round(report.bill.total, 2),
        "monthly_limit": report.monthly_limit_dollars,
        "by_service": {service: round(dollars, 2) for service, dollars in report.bill.by_service.items()},
        "zones_without_count": report.guessed,
        "savings": [
            {"key": each.key, "value": each.value, "saves": round(each.dollars, 2)} for each in report.bill.savings
        ],
    }


_MAX_SAVINGS: Final = 5
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
    screen.print(Text(escape_control_chars(text), style="bold"), soft_wrap=True)


def _row(finding: ZoneFinding) -> Row:
    style = _STYLES.get(MEANINGS[finding.verdict].status, "red")
    return Row(
        (
            Text(escape_control_chars(finding.zone.name or finding.zone.id)),
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
    yield from map(escape_control_chars, report.warnings)


def _alarms(report: Report) -> Iterator[str]:
    if report.subscription is not None:
        yield f"Alarms: {escape_control_chars(report.subscription.message)}"


def _requests(report: Report) -> Iterator[str]:
    for budget in report.budgets:
        six = RUNS_IN_WINDOW * budget.requests
        yield (
            f"Requests of owner {escape_control_chars(budget.owner)}: {budget.requests:,} a minute of "
            f"{budget.budget:,}. At most {RUNS_IN_WINDOW} x {budget.requests:,} = {six:,} in any {WINDOW_SECONDS} s, "
            f"of the {budget.window:,} that Cloudflare allows a user; {budget.spare:,} a minute on top for retries and "
            "names."
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
    for saving in report.bill.savings[:_MAX_SAVINGS]:
        yield f'  "{saving.key}": {json.dumps(saving.value)} would save ${saving.dollars:,.2f}'
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
