"""Every CloudWatch metric, declared once: publisher, docs and tests read this table."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

TRAFFIC_NAMESPACE: Final = "Cloudflare/Spectrum"
HEALTH_NAMESPACE: Final = "Cloudflare/Spectrum/Collector"

UNKNOWN_SOURCE: Final = "unknown"
"""The `Source` of events that name no configured source: the text that they hold must not become a metric."""


class Route(StrEnum):
    """How a metric reaches CloudWatch."""

    PUT = "PutMetricData"
    """Synchronous, acknowledged, at the minute's own timestamp."""
    LOG = "embedded metric format"
    """Printed as a log line: no call, no permission, delivered at least once."""


class Emitter(StrEnum):
    """Which function sends a metric."""

    COLLECTOR = "collector"
    """In every run, unless sparse."""
    COMPACTOR = "compactor"
    """Every hour, unless sparse."""


class Cadence(StrEnum):
    """When a metric is sent, which is what it costs: a custom metric is billed for the hours in which it is sent.

    https://aws.amazon.com/cloudwatch/pricing/
    """

    EVERY_MINUTE = "every minute"
    EVERY_HOUR = "every hour"
    AT_TIMES = "at times"
    """Only in hours in which there is something to say."""


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric: where it is, its unit, the dimension sets it comes in, and what it means."""

    namespace: str
    name: str
    unit: str
    dimensions: tuple[tuple[str, ...], ...]
    route: Route
    sparse: bool
    """True: sent only when it is not zero. Its absence is good news, or no news."""
    meaning: str
    cadence: Cadence
    emitter: Emitter = Emitter.COLLECTOR


_TRAFFIC_DIMENSIONS = (("Zone",), ("Zone", "Application"), ("Zone", "Application", "Colo"))
_BY_SOURCE = (("Source",),)


def _traffic(name: str, unit: str, meaning: str) -> Metric:
    return Metric(TRAFFIC_NAMESPACE, name, unit, _TRAFFIC_DIMENSIONS, Route.PUT, False, meaning, Cadence.EVERY_MINUTE)


def _health(
    name: str,
    unit: str,
    meaning: str,
    *,
    sparse: bool = False,
    dimensions: tuple[tuple[str, ...], ...] = _BY_SOURCE,
    route: Route = Route.LOG,
    emitter: Emitter = Emitter.COLLECTOR,
    cadence: Cadence | None = None,
) -> Metric:
    """A metric of the run's own health; unless it is sparse it is sent with every run."""
    steady = Cadence.EVERY_MINUTE if emitter is Emitter.COLLECTOR else Cadence.EVERY_HOUR
    sent = cadence or (Cadence.AT_TIMES if sparse else steady)
    return Metric(HEALTH_NAMESPACE, name, unit, dimensions, route, sparse, meaning, sent, emitter)


def _known(name: str, unit: str, meaning: str) -> Metric:
    """Sent in every minute in which it is known, which is nearly every one."""
    return _health(name, unit, meaning, sparse=True, cadence=Cadence.EVERY_MINUTE)


def _lake(name: str, unit: str, meaning: str, *, sparse: bool = False) -> Metric:
    """A day's objects are all sources' together, so these have no dimension."""
    return _health(name, unit, meaning, sparse=sparse, dimensions=((),), emitter=Emitter.COMPACTOR)


METRICS: Final = (
    _traffic("BytesIngress", "Bytes", "bytes received in the minute"),
    _traffic("BytesEgress", "Bytes", "bytes sent in the minute"),
    _traffic("Connections", "Count", "active connections of the minute"),
    _traffic(
        "ConnectionDuration",
        "Milliseconds",
        "average connection duration, weighted by connections; no datum when there were none",
    ),
    _health("Published", "Count", "1: everything of this minute is in CloudWatch; sent last", route=Route.PUT),
    _health("RequestsCollected", "Count", "requests (zones, or zones x colos) that answered"),
    _health("RequestsFailed", "Count", "requests that were sent and did not bring an answer"),
    _health("RequestsSkipped", "Count", "requests that were not sent, for a reason that stands in the row"),
    _health("Attempts", "Count", "requests sent to Cloudflare, retries included, names not"),
    _health("ApiLatency", "Milliseconds", "how long each request took that got an answer"),
    _health("ScheduleDelay", "Milliseconds", "from the scheduled minute to the start of the run"),
    _known("RateLimitRemaining", "Count", "requests left in Cloudflare's window, by its header"),
    _known("RateLimitUsed", "Percent", "share of Cloudflare's window already used, by its header"),
    _health("RowsSaved", "Count", "lines in the raw object that this run wrote"),
    _known(
        "LastGoodAge",
        "Seconds",
        "at most so long ago ended the last minute of which at least one request was collected and saved; "
        "a process that has just started does not know",
    ),
    _known("CatalogAge", "Seconds", "age of the oldest list of applications in use; none before the first list"),
    _health(
        "Failures",
        "Count",
        "requests not collected, by reason",
        sparse=True,
        dimensions=(("Source", "Reason"),),
    ),
    _health(
        "ZoneDown",
        "Count",
        "1: this zone was not collected in this minute",
        sparse=True,
        dimensions=(("Source", "Zone"),),
    ),
    _health("CredentialRefused", "Count", "1: Cloudflare refused the credential in this run", sparse=True),
    _health("DuplicatesRefused", "Count", "events for a minute that was already saved", sparse=True),
    _health("MetricsDropped", "Count", "application metrics left out by metric_limit; S3 has them", sparse=True),
    _health(
        "CatalogFailures",
        "Count",
        "zones whose names could not be read from Cloudflare when they were last asked for; the log says why",
        sparse=True,
    ),
    _health("SaveFailed", "Count", "1: the raw object could not be written; its rows are in the log", sparse=True),
    _health("PublishFailed", "Count", "data that are not in CloudWatch: refused, or not sent", sparse=True),
    _health("PublishUnknown", "Count", "data that CloudWatch may or may not have taken", sparse=True),
    _health(
        "EventsRejected",
        "Count",
        "1: the event was malformed, too old or in the future; with the Source `unknown` it names no configured source",
        sparse=True,
    ),
    _health(
        "UnpublishedMinutes",
        "Count",
        "saved minutes of today and the 7 days before, older than 15 minutes, without `Published`",
        emitter=Emitter.COMPACTOR,
    ),
    _lake("UncompactedDays", "Count", "days closed for more than 6 hours whose history is missing or not whole"),
    _lake("CompactedRows", "Count", "rows of `usage` in the history object that was written", sparse=True),
    _lake("CompactionDuration", "Seconds", "from the listing of a day to its last history object", sparse=True),
    _lake(
        "RawObjectsRejected",
        "Count",
        "raw objects that are not in history: not as the collector writes them, or not whole",
        sparse=True,
    ),
    _lake("RawObjectsDeleted", "Count", "raw objects deleted, because their day's history was verified", sparse=True),
)

BY_NAME: Final = {metric.name: metric for metric in METRICS}
