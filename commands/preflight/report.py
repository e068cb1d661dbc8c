"""What a preflight found, with the arithmetic of requests, metrics and dollars."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from collector.naming.catalog import Catalog
from collector.publishing.series import zone_labels
from commands.configuration import collector_sources
from commands.preflight.finding import ZoneFinding
from commands.preflight.subscription import Subscription
from commands.preflight.verdicts import Status, Verdict, gravest, status_of
from contract.labels import label_of
from infra.configuration import Configuration, Source
from infra.cost import Bill, Workload, estimate
from infra.cost.polling import pollings
from infra.rate_budget import by_owner, spare_requests, window_requests

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
