"""What the stack costs a month, before it is deployed: `estimate(configuration, workload)`.

The configuration and a workload give each source's volume; counts, measured sizes and the list prices of
`infra/prices.py` give the lines of a bill; changed configurations, estimated likewise, give what would save.
`announcement` is what synth says of it. What costs less than half a percent of any bill has no line of its own:
docs/cost.md names it.
"""

import json
import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from contract.metrics import BY_NAME, HEALTH_NAMESPACE, METRICS, Cadence, Metric
from infra import prices
from infra.configuration import Configuration
from infra.configuration.alarms import invalid_traffic_alarms
from infra.configuration.source import Source
from infra.configuration.zone import Zone
from infra.monitoring.alarm import Band, Insights, Series
from infra.monitoring.alarms import alarms
from infra.monitoring.composites import composites
from infra.prices import Price

# What was measured: sizes of what the functions write, in the sandbox; times on a small machine, not Lambda's. Together
# they move the bill by cents: nearly all of it is counted. Tests hold sizes against the sandbox, and limits against the
# functions.

MINUTES: Final = 43_200
"""Of a month of 30 days, which AWS's monthly prices are close to."""
HOURS: Final = 720
DAYS: Final = 30
MINUTES_A_DAY: Final = 1_440

RAW_BYTES: Final = 300
RAW_BYTES_PER_REQUEST: Final = 34
RAW_BYTES_PER_ROW: Final = 46
"""A raw object, compressed: so much, and so much for each poll and each application. The sandbox's zones have random
ids, as Cloudflare's: 941 bytes for 3 zones of 4 applications, 5,340 for 64 of one, 20,500 for 256 of one."""
PARQUET_BYTES_PER_ROW: Final = 16
"""Both tables together, for each application and minute: docs/performance.md, compacting a day."""
LOG_BYTES_PER_RUN: Final = 2_050
LOG_BYTES_PER_REQUEST: Final = 6
"""The collector's log at INFO, Lambda's own lines and 26 bytes for each event included: 2,065 bytes a run with 3 polls,
2,410 with 64."""
LOG_BYTES_PER_HOUR: Final = 2_400
"""The compactor's log, likewise: 2,362 bytes."""
NONCURRENT_DAYS: Final = 30
"""Deleted and overwritten objects stay so long: infra/storage.py."""

COLLECTOR_MEMORY_MB: Final = 512
COLLECTOR_SECONDS: Final = 0.4
"""A run without its polls: 1.99 s with 240 polls, which take 1.6 s (docs/performance.md, names known)."""
MAX_CONCURRENT_POLLS: Final = 16
POLLS_PER_SECOND: Final = 150
DATA_PER_PUT: Final = 1_000
"""Of PutMetricData."""
CATALOG_WRITES_PER_HOUR: Final = 1
SECRET_READS_PER_HOUR: Final = 12
"""The secret is read anew after 300 s."""

COMPACTION_SECONDS_PER_ROW: Final = 427 / 34_560_000
"""docs/performance.md, the larger day."""
S3_SECONDS: Final = 0.05
"""A request. Assumed: the sandbox's S3 is no measure of AWS's."""
CONCURRENT_DOWNLOADS: Final = 8
WATCHED_DAYS: Final = 8
"""That the compactor lists every hour: the last seven closed ones and the open one."""
PUTS_PER_DAY: Final = 3
"""Both tables' objects and the report."""
HEADS_PER_HOUR: Final = 14
"""Both tables' objects of the seven closed days."""

_DAILY: Final = frozenset({"CompactedRows", "CompactionDuration", "RawObjectsDeleted"})
"""Health metrics that are sent in one hour of each day."""
_KEYS_PER_LIST: Final = 1_000
_MB_PER_GB: Final = 1_024
_INSIGHTS_HOURS: Final = 3
"""https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-metrics-insights-limits.html"""


@dataclass(frozen=True, slots=True)
class Workload:
    """What the configuration does not know of a month. Every default is a guess that docs/cost.md states."""

    applications: Mapping[str, int] = field(default_factory=dict)
    """Spectrum applications by zone id, as far as they are known."""
    applications_per_zone: int = 1
    """Assumed of zones that are not in `applications` and name no `app_ids`."""
    failing_share: float = 0.01
    """Of the hours, in which a zone is not collected in some minute."""
    latency_ms: float = 100
    """Of Cloudflare's answer, as in docs/performance.md."""
    month: int = 12
    """Since the deployment: stored data grow with it."""
    queries: int = 30
    """Of each typical query, a month."""

    def __post_init__(self) -> None:
        """Raise ValueError when a number is out of its range."""
        counts = (*self.applications.values(), self.applications_per_zone, self.queries)
        if min(counts) < 0 or self.latency_ms < 0 or self.month < 1 or not 0 <= self.failing_share <= 1:
            raise ValueError("a workload has counts from 0, months from 1 and a share between 0 and 1")

    @property
    def age_days(self) -> float:
        """How long the deployment has run in the middle of the month."""
        return (self.month - 0.5) * DAYS

    def applications_of(self, zone: Zone) -> int:
        """Applications that are polled in a zone."""
        known = self.applications.get(zone.id)
        if zone.app_ids:
            return len(zone.app_ids) if known is None else min(known, len(zone.app_ids))
        return self.applications_per_zone if known is None else known


@dataclass(frozen=True, slots=True)
class SourceVolume:
    """What one source asks for and publishes in a minute, counted as the collector counts (collector/series.py)."""

    source: str
    zones: int
    requests: int
    rows: int
    """Applications, once for each colo that they are polled by."""
    zone_metrics: int
    application_metrics: int
    """Those that `metric_limit` lets in."""
    dropped_metrics: int

    @property
    def metrics(self) -> int:
        """Traffic metrics, and data of a minute in which every application has connections."""
        return self.zone_metrics + self.application_metrics

    @property
    def raw_bytes(self) -> float:
        """The minute's object."""
        return RAW_BYTES + RAW_BYTES_PER_REQUEST * self.requests + RAW_BYTES_PER_ROW * self.rows

    @property
    def log_bytes(self) -> float:
        """The run's log."""
        return LOG_BYTES_PER_RUN + LOG_BYTES_PER_REQUEST * self.requests

    def run_s(self, latency_ms: float) -> float:
        """A run's polls start at the collector's pace, or as fast as its threads have answers."""
        batches = math.ceil(self.requests / MAX_CONCURRENT_POLLS)
        return COLLECTOR_SECONDS + max(self.requests / POLLS_PER_SECOND, batches * latency_ms / 1_000)


def source_volumes(configuration: Configuration, workload: Workload) -> tuple[SourceVolume, ...]:
    """Count every source's minute."""
    return tuple(_source_volume(source, configuration, workload) for source in configuration.sources)


def _source_volume(source: Source, configuration: Configuration, workload: Workload) -> SourceVolume:
    applications = [(zone, workload.applications_of(zone)) for zone in source.zones]
    # In configured order, and none after the first that is outside the limit.
    kept = dropped = 0
    for zone, number in applications if "application" in configuration.levels else ():
        each = len(configuration.metrics) * zone.requests
        fitting = 0 if dropped else min(number, (configuration.metric_limit - kept) // each)
        kept += fitting * each
        dropped += (number - fitting) * each
    return SourceVolume(
        source=source.name,
        zones=len(source.zones),
        requests=source.demand.total,
        rows=sum(number * zone.requests for zone, number in applications),
        zone_metrics=len(source.zones) * len(configuration.metrics) if "zone" in configuration.levels else 0,
        application_metrics=kept,
        dropped_metrics=dropped,
    )


@dataclass(frozen=True, slots=True)
class Line:
    """So much of one thing at one price."""

    service: str
    what: str
    quantity: float
    unit: str
    unit_price: float
    """Dollars for one unit."""

    @property
    def dollars(self) -> float:
        """A month."""
        return self.quantity * self.unit_price

    @property
    def formatted_quantity(self) -> str:
        """`43,200`, `0.09`."""
        return f"{self.quantity:,.0f}" if self.quantity >= 100 else f"{self.quantity:,.3g}"  # noqa: PLR2004


@dataclass(frozen=True, slots=True)
class Saving:
    """One change in cdk.json, and what it saves."""

    key: str
    value: object
    """What the key would be set to."""
    dollars: float
    """Less a month, everything else unchanged."""


@dataclass(frozen=True, slots=True)
class Bill:
    """What a month costs, in dollars."""

    lines: tuple[Line, ...]
    savings: tuple[Saving, ...] = ()
    """The largest first."""

    @property
    def total(self) -> float:
        """The sum of all lines."""
        return sum(line.dollars for line in self.lines)

    @property
    def by_service(self) -> Mapping[str, float]:
        """The sum of each service's lines, the dearest first."""
        sums: defaultdict[str, float] = defaultdict(float)
        for line in self.lines:
            sums[line.service] += line.dollars
        return dict(sorted(sums.items(), key=lambda item: -item[1]))


def estimate(configuration: Configuration, workload: Workload) -> Bill:
    """What a month costs, in dollars, and what would make it less: each change's saving is that of two estimates."""
    bill = Bill(tuple(_lines(configuration, workload)))
    tried = [
        Saving(key, value, bill.total - Bill(tuple(_lines(changed, workload))).total)
        for key, value, changed in changes(configuration)
    ]
    saving = [each for each in tried if each.dollars >= 0.01]  # noqa: PLR2004 - a cent
    return replace(bill, savings=tuple(sorted(saving, key=lambda each: -each.dollars)))


def changes(configuration: Configuration) -> Iterator[tuple[str, object, Configuration]]:
    """Keys, the values that would stand in cdk.json, and the configuration that they make.

    What an alarm on traffic watches stays.
    """
    tried: list[tuple[str, object, Configuration]] = []
    for level in configuration.levels:
        tried.append(("levels", [level], replace(configuration, levels=(level,))))
    if "application" in configuration.levels:
        half = configuration.metric_limit // 2
        tried.append(("metric_limit", half, replace(configuration, metric_limit=half)))
    if fewer := [metric for metric in configuration.metrics if metric in ("BytesIngress", "BytesEgress")]:
        tried.append(("metrics", fewer, replace(configuration, metrics=tuple(fewer))))
    tried.append(("alarms.traffic", [], replace(configuration, alarms=replace(configuration.alarms, traffic=()))))
    # The shortest raw retention that there is.
    tried.append(("raw_retention_days", 15, replace(configuration, raw_retention_days=15)))
    for key, value, changed in tried:
        if not any(
            invalid_traffic_alarms(changed.alarms, changed.sources, metrics=changed.metrics, levels=changed.levels)
        ):
            yield key, value, changed


def _lines(configuration: Configuration, workload: Workload) -> Iterator[Line]:
    volumes = source_volumes(configuration, workload)
    yield from _metric_lines(volumes, workload)
    yield from _monitoring_lines(configuration, volumes, workload)
    yield from _compute_lines(configuration, volumes, workload)
    yield from _storage_lines(configuration, volumes, workload)


def _charge(service: str, what: str, quantity: float, price: Price, *, before: float = 0.0) -> Iterator[Line]:
    """Lines for a quantity, one for each tier that it reaches; `before` it, so much was charged already."""
    for part, dollars in price.parts(quantity, before):
        yield Line(service, what, part, price.unit, dollars)


def _metric_lines(volumes: Sequence[SourceVolume], workload: Workload) -> Iterator[Line]:
    """Metrics by what they are of; the tiers are filled in this order."""
    health = sum(_hours(metric, volumes, workload) for metric in METRICS if metric.namespace == HEALTH_NAMESPACE)
    before = 0.0
    for what, quantity in (
        ("zone metrics", sum(volume.zone_metrics for volume in volumes)),
        ("application metrics", sum(volume.application_metrics for volume in volumes)),
        ("health metrics", health),
    ):
        yield from _charge("CloudWatch", what, quantity, prices.METRIC, before=before)
        before += quantity
    # `Published` goes alone, last.
    puts = sum(math.ceil(volume.metrics / DATA_PER_PUT) + 1 for volume in volumes) * MINUTES
    yield from _charge("CloudWatch", "PutMetricData", puts, prices.API_REQUEST)


def _series(metric: Metric, volumes: Sequence[SourceVolume]) -> int:
    """How many series a health metric has at most, with one reason to fail at a time."""
    if ("Source", "Zone") in metric.dimensions:
        return sum(volume.zones for volume in volumes)
    return len(volumes) if any("Source" in dimensions for dimensions in metric.dimensions) else 1


def _hours(metric: Metric, volumes: Sequence[SourceVolume], workload: Workload) -> float:
    """For how much of a month a health metric's series are sent, added up."""
    failing = workload.failing_share
    if metric.name == "ZoneDown":
        return failing * _series(metric, volumes)
    if metric.name == "Failures":
        return sum(min(1.0, failing * volume.zones) for volume in volumes)
    if metric.name == "MetricsDropped":
        return sum(volume.dropped_metrics > 0 for volume in volumes)
    if metric.name in _DAILY:
        return _series(metric, volumes) / 24
    return _series(metric, volumes) if metric.cadence is not Cadence.AT_TIMES else 0.0


def _monitoring_lines(
    configuration: Configuration, volumes: Sequence[SourceVolume], workload: Workload
) -> Iterator[Line]:
    """The dashboard, and each alarm by what it watches."""
    every = alarms(configuration)
    watched = [alarm.watched for alarm in every]
    single = sum(isinstance(each, Series) for each in watched)
    unusual = sum(isinstance(each, Band) for each in watched) * prices.ANOMALY_ALARM_METRICS
    # A query finds the metrics with data in the last three hours, so each for three times as long.
    queried = [BY_NAME[each.metric] for each in watched if isinstance(each, Insights)]
    found = sum(
        min(_series(metric, volumes), _INSIGHTS_HOURS * _hours(metric, volumes, workload)) for metric in queried
    )
    yield from _charge("CloudWatch", "dashboard", 1, prices.DASHBOARD)
    yield from _charge("CloudWatch", "alarms", single, prices.ALARM)
    yield from _charge("CloudWatch", "alarms on unusual traffic", unusual, prices.ALARM)
    yield from _charge("CloudWatch", "alarms on queries", found, prices.ANALYZED_METRIC)
    yield from _charge("CloudWatch", "composite alarms", len(composites(every)), prices.COMPOSITE_ALARM)


def _lists_per_hour(sources: int) -> int:
    """LIST requests of one run of the compactor: the days, each table's keys, and every watched day's objects."""
    return 3 + WATCHED_DAYS * math.ceil(sources * MINUTES_A_DAY / _KEYS_PER_LIST)


def _compute_lines(configuration: Configuration, volumes: Sequence[SourceVolume], workload: Workload) -> Iterator[Line]:
    """Lambda, what the functions read first, and their log."""
    number = len(volumes)
    collecting_s = sum(volume.run_s(workload.latency_ms) for volume in volumes) * MINUTES
    # A look at the bucket every hour, and each day's objects fetched and written anew.
    compacting_s = (
        HOURS * S3_SECONDS * (_lists_per_hour(number) + HEADS_PER_HOUR)
        + number * MINUTES * S3_SECONDS / CONCURRENT_DOWNLOADS
        + sum(volume.rows for volume in volumes) * MINUTES * COMPACTION_SECONDS_PER_ROW
    )
    yield from _charge("Lambda", "invocations", number * MINUTES + HOURS, prices.INVOCATION)
    yield from _charge("Lambda", "collector", collecting_s * COLLECTOR_MEMORY_MB / _MB_PER_GB, prices.GB_SECOND)
    memory_gb = configuration.compactor_memory_mb / _MB_PER_GB
    yield from _charge("Lambda", "compactor", compacting_s * memory_gb, prices.GB_SECOND)
    secrets = {source.secret for source in configuration.sources}
    yield from _charge("Secrets Manager", "secrets", len(secrets), prices.SECRET)
    yield from _charge("Secrets Manager", "reads", number * SECRET_READS_PER_HOUR * HOURS, prices.SECRET_READ)
    log_bytes = sum(volume.log_bytes for volume in volumes) * MINUTES + LOG_BYTES_PER_HOUR * HOURS
    yield from _charge("CloudWatch Logs", "log", log_bytes / prices.BYTES_PER_GB, prices.LOG_GB)


@dataclass(frozen=True, slots=True)
class TypicalQuery:
    """What one kind of question reads."""

    name: str
    closed_days: int
    """Of history."""
    open_days: bool
    """Also those that are still minutes."""

    def reads(self, configuration: Configuration, volumes: Sequence[SourceVolume]) -> tuple[float, float]:
        """Bytes that Athena charges for, and objects that it gets."""
        # Today is half over on the average.
        open_minutes = (configuration.open_days + 0.5 if self.open_days else 0.0) * MINUTES_A_DAY
        scanned = self.closed_days * MINUTES_A_DAY * _history_bytes(volumes)
        scanned += open_minutes * sum(volume.raw_bytes for volume in volumes)
        limit = configuration.query_scan_limit_gb * prices.BYTES_PER_GB
        billed = max(prices.ATHENA_LEAST_BYTES, min(scanned, limit))
        return billed, self.closed_days + open_minutes * len(volumes)


TYPICAL_QUERIES: Final = (
    TypicalQuery("one closed day", closed_days=1, open_days=False),
    TypicalQuery("the open days", closed_days=0, open_days=True),
    TypicalQuery("a month until now", closed_days=30, open_days=True),
)


def _history_bytes(volumes: Sequence[SourceVolume]) -> float:
    """What a minute adds to the Parquet objects."""
    return sum(volume.rows for volume in volumes) * PARQUET_BYTES_PER_ROW


def _storage_lines(configuration: Configuration, volumes: Sequence[SourceVolume], workload: Workload) -> Iterator[Line]:
    """S3, and Athena that reads it."""
    number = len(volumes)
    queries = [query.reads(configuration, volumes) for query in TYPICAL_QUERIES]
    writes = number * (MINUTES + CATALOG_WRITES_PER_HOUR * HOURS) + PUTS_PER_DAY * DAYS
    # Each minute's object is looked for before it is written, and fetched once by the compactor.
    reads = number * MINUTES * 2 + HEADS_PER_HOUR * HOURS + workload.queries * sum(objects for _, objects in queries)
    raw_days = min(workload.age_days, configuration.raw_retention_days + NONCURRENT_DAYS)
    raw_bytes = raw_days * MINUTES_A_DAY * sum(volume.raw_bytes for volume in volumes)
    history_bytes = workload.age_days * MINUTES_A_DAY * _history_bytes(volumes)
    yield from _charge("S3", "PUT and LIST", writes + _lists_per_hour(number) * HOURS, prices.S3_WRITE)
    yield from _charge("S3", "GET and HEAD", reads, prices.S3_READ)
    yield from _charge("S3", "stored minutes", raw_bytes / prices.BYTES_PER_GB, prices.S3_GB_MONTH)
    yield from _charge("S3", "stored history", history_bytes / prices.BYTES_PER_GB, prices.S3_GB_MONTH)
    scanned = workload.queries * sum(billed for billed, _ in queries)
    yield from _charge("Athena", "queries", scanned / prices.BYTES_PER_TB, prices.ATHENA_TB)


@dataclass(frozen=True, slots=True)
class Announcement:
    """What synth says about the bill."""

    text: str
    warns: bool
    """A month may cost more than `monthly_limit_dollars`."""


def announcement(configuration: Configuration) -> Announcement:
    """Say what a month costs as a range, as Cloudflare alone knows how many applications there are."""
    least, most = sorted(
        (estimate(configuration, Workload()), estimate(configuration, _full(configuration))),
        key=lambda bill: bill.total,
    )
    text = _announced(least, most)
    limit = configuration.monthly_limit_dollars
    if limit is None or most.total <= limit:
        return Announcement(text, warns=False)
    above = "is" if least.total > limit else "may be"
    return Announcement(f"This {above} above monthly_limit_dollars ({limit:,}). {text}", warns=True)


def _full(configuration: Configuration) -> Workload:
    """Applications enough to fill `metric_limit`, dealt out to the zones whose number is not known."""
    applications: dict[str, int] = {}
    for source in configuration.sources:
        zones = [zone for zone in source.zones if not zone.app_ids]
        for zone in zones:
            # Each application has its metrics once for each of its zone's colos.
            each = len(configuration.metrics) * zone.requests
            applications[zone.id] = max(1, math.ceil(configuration.metric_limit / len(zones) / each))
    return Workload(applications=applications)


def _announced(least: Bill, most: Bill) -> str:
    if most.total - least.total < 0.05:  # noqa: PLR2004 - dollars
        span = f"A month costs {_dollars(most.total)}, and more applications hardly change that."
    else:
        span = (
            f"A month costs {_dollars(least.total)} with one application in each zone, and {_dollars(most.total)} with "
            "as many as metric_limit lets in; how many there are is not known here."
        )
    largest = sorted(most.lines, key=lambda line: -line.dollars)[:3]
    lines = ", ".join(f"{line.service} {line.what} {_dollars(line.dollars)}" for line in largest)
    saving = ""
    if most.savings:
        best = most.savings[0]
        saving = f' Most would save "{best.key}": {json.dumps(best.value)}: {_dollars(best.dollars)}.'
    return (
        f"{span} Of {_dollars(most.total)}: {lines}.{saving} List prices of {prices.REGION}, looked up on "
        f"{prices.AS_OF}, free tiers left out: docs/cost.md, or `make cost`."
    )


def _dollars(dollars: float) -> str:
    return f"${dollars:,.2f}"
