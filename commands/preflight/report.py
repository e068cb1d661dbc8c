"""What a preflight found, with the arithmetic of requests, metrics and dollars."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from commands.preflight.finding import ZoneFinding
from commands.preflight.verdicts import Status, Verdict, status_of
from infra.configuration import Configuration, Source
from infra.cost import Bill, Workload, estimate
from infra.cost.polling import pollings
from infra.rate_budget import by_owner, spare_requests, window_requests


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

    @property
    def verdicts(self) -> list[Verdict]:
        """Of all zones."""
        return [finding.verdict for each in self.sources for finding in each.zones]

    @property
    def status(self) -> Status:
        """The exit status."""
        return status_of(self.verdicts)


def report_of(configuration: Configuration, sources: Sequence[SourceReport], asked_at: datetime, api: str) -> Report:
    """Add the arithmetic. Metrics and dollars are of the whole configuration, with the applications that were found."""
    findings = [finding for each in sources for finding in each.zones]
    known = {finding.zone.id: number for finding in findings if (number := _applications(finding)) is not None}
    workload = Workload(applications=known)
    counted = pollings(configuration, workload)
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
    )


def _applications(finding: ZoneFinding) -> int | None:
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
