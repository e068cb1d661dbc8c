"""One alarm as data: what it watches, its threshold and periods, what it means and what to do first.

How CloudWatch evaluates an alarm, as far as AWS documents it
(https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html,
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html):

- Once a minute it fetches the newest N data points and some older ones, the evaluation range; how many is not said (in
  the examples, two). M breaching ones among N make an alarm.
- With N real points in the range, the newest N of them count, and missing ones do not matter: a datum that comes a
  minute late changes nothing. The collector's do come late: a minute is dated by its beginning, ends 60 s later, is
  collected then, and its health reaches CloudWatch through the log.
- With fewer, missing points are filled in, as few as possible. So an alarm that treats missing data as breaching, N of
  N, goes off when the last good point has left the range: a little later than N periods after the last datum.
- Of a sparse metric only breaching points are there, and all of the range count: M of N is M of N and some more.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Deployed(StrEnum):
    """A name that the deployment decides. In texts it stands as `<FunctionName>`, as in docs/operations.md."""

    REGION = "Region"
    ACCOUNT = "Account"
    PARTITION = "Partition"
    COLLECTOR = "FunctionName"
    COMPACTOR = "CompactorName"
    BUCKET = "BucketName"
    LOG = "LogGroupName"
    WORKGROUP = "WorkgroupName"
    INVOKE_DLQ = "FailureQueueName"
    FAILURES_URL = "FailureQueueUrl"
    SCHEDULE_DLQ = "ScheduleQueueName"
    MISSED_URL = "ScheduleQueueUrl"


CONSOLE: Final = f"https://<{Deployed.REGION}>.console.aws.amazon.com"


def filled(text: str, names: Mapping[Deployed, str]) -> str:
    """Put the deployed names in the place of their marks."""
    for deployed, name in names.items():
        text = text.replace(f"<{deployed}>", name)
    return text


PREFIX: Final = "SpectrumMeter"
MINUTE: Final = 60
HOUR: Final = 3600


class Severity(StrEnum):
    """How soon somebody has to act."""

    PAGE = "page"
    """At once: traffic goes unrecorded, or is not as expected, now."""
    TICKET = "ticket"
    """On the next working day: nothing is lost by waiting so long."""


class Group(StrEnum):
    """The alarms that share a composite alarm, which sends the messages. The first word is their severity.

    Together are alarms of which the next would be seen to by whoever sees to the first. Apart are those that last: an
    alarm that may be on for weeks (a zone that was given up, a limit that was accepted) would hide all others of its
    group.
    """

    PAGE_COLLECTION = "page-collection"
    PAGE_ZONES = "page-zones"
    TICKET_REPAIRS = "ticket-repairs"
    TICKET_LIMITS = "ticket-limits"

    @property
    def severity(self) -> Severity:
        """How soon somebody has to act."""
        return Severity(self.value.partition("-")[0])


class Comparison(StrEnum):
    """Which side of the threshold is bad."""

    ABOVE = "GreaterThanThreshold"
    AT_LEAST = "GreaterThanOrEqualToThreshold"
    BELOW = "LessThanThreshold"
    OUTSIDE = "LessThanLowerOrGreaterThanUpperThreshold"
    """Of an anomaly band."""


class Missing(StrEnum):
    """What a period without a datum counts as."""

    BAD = "breaching"
    GOOD = "notBreaching"
    """Of sparse metrics, which are sent only when something is wrong."""
    AS_BEFORE = "ignore"
    """Unknown: it neither begins nor ends an alarm. (`missing` would begin one after a bad datum and silence.)"""


@dataclass(frozen=True, slots=True)
class Series:
    """One metric in one exact set of dimensions, and the statistic that is taken of it."""

    namespace: str
    metric: str
    dimensions: tuple[tuple[str, str | Deployed], ...]
    statistic: str


@dataclass(frozen=True, slots=True)
class Insights:
    """A Metrics Insights query with GROUP BY: each series that it finds has a state of its own."""

    namespace: str
    metric: str
    by: tuple[str, ...]
    """The dimensions: the metric's exact set, and one series for each combination of values."""
    function: str
    """`MAX`, `SUM`, …"""
    limit: int | None = None
    """At most so many series, the highest."""

    @property
    def sql(self) -> str:
        """The query. SCHEMA takes only metrics with exactly these dimensions; GROUP BY and ORDER BY must both be there.

        https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-metrics-insights-querylanguage.html
        Every name is quoted: `Source` and `Zone` are reserved words, in any case, and must be
        (https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-metrics-insights-reserved-keywords.html).
        """
        dimensions = ", ".join(f'"{name}"' for name in self.by)
        return " ".join(
            (
                f'SELECT {self.function}("{self.metric}")',
                f'FROM SCHEMA("{self.namespace}", {dimensions})',
                f"GROUP BY {dimensions}",
                f"ORDER BY {self.function}() DESC",
                *([f"LIMIT {self.limit}"] if self.limit else []),
            )
        )


@dataclass(frozen=True, slots=True)
class Band:
    """A series beside what CloudWatch has learned to expect of it."""

    series: Series
    width: int
    """Standard deviations on each side."""


@dataclass(frozen=True, slots=True)
class Rule:
    """When it goes off: `bad` of the last `periods` periods."""

    period_s: int
    bad: int
    periods: int
    missing: Missing


@dataclass(frozen=True, slots=True)
class Alarm:
    """One alarm. Its texts may hold marks like `<LogGroupName>` (see `names`)."""

    name: str
    """Its name after the prefix: `main-no-minutes`."""
    group: Group
    """Through which it sends a message, and how soon somebody has to act."""
    watched: Series | Insights | Band
    comparison: Comparison
    threshold: float | None
    """None: of a band, which is the threshold itself."""
    rule: Rule
    meaning: str
    first: str
    """What to do first, with the command."""
    section: str
    """The heading in docs/operations.md that tells the rest, as an anchor."""

    @property
    def full_name(self) -> str:
        """Its name in CloudWatch."""
        return f"{PREFIX}-{self.name}"

    def description(self, runbook_url: str | None) -> str:
        """Write what the console and `describe-alarms` show."""
        return description(self.meaning, self.first, self.section, runbook_url)


def description(meaning: str, first: str, section: str, runbook_url: str | None) -> str:
    """Write an alarm's description, in the Markdown that it may have.

    Without a URL of its own the runbook is named as a file: a link to nowhere would be worse at night.
    """
    runbook = f"[Runbook]({runbook_url}#{section})" if runbook_url else f"Runbook: docs/operations.md#{section}"
    dashboard = f"[Dashboard]({CONSOLE}/cloudwatch/home?region=<{Deployed.REGION}>#dashboards/dashboard/{PREFIX})"
    return f"{meaning}\n\n**First:** {first}\n\n{runbook} · {dashboard}"
