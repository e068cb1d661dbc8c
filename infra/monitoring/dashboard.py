"""The dashboard, top to bottom: traffic, polling, storage and infrastructure; and the construct that deploys it."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from contract.metrics import HEALTH_NAMESPACE, TRAFFIC_NAMESPACE, UNKNOWN_SOURCE
from infra.configuration import Configuration, Source
from infra.monitoring.alarm import CONSOLE, PREFIX, Deployed, Insights, Series, filled
from infra.monitoring.alarms import alarms
from infra.monitoring.composites import composites
from infra.monitoring.widgets import (
    COLUMNS,
    MEASURES,
    Line,
    Measure,
    Widget,
    chart,
    expression,
    laid_out,
    line,
    ranked,
    search,
    text,
)

MAX_SERIES: Final = 20
"""Lines of a chart of applications: more cannot be told apart."""
TOP: Final = 10


def traffic_rows(configuration: Configuration) -> Iterator[Sequence[Widget]]:
    """Show what is published: the levels and metrics that the configuration names."""
    measures = [measure for measure in MEASURES if measure.metric in configuration.metrics]
    if "zone" in configuration.levels:
        yield [text("## Traffic by zone")]
        yield from _in_pairs([_zones(measure) for measure in measures])
    if "application" in configuration.levels and configuration.metric_limit:
        sets = _application_sets(configuration)
        yield [
            text(f"## Applications: {MAX_SERIES} of the first 500 that CloudWatch finds; below, the top {TOP} of all")
        ]
        volumes = [measure for measure in measures if measure.factor] or measures[:1]
        yield from _in_pairs([_applications(measure, by) for by in sets for measure in volumes])
        top = [measure for measure in measures if measure.metric in ("BytesEgress", "Connections")]
        yield from _in_pairs([_top(measure, by) for by in sets for measure in top])


def _zones(measure: Measure) -> Widget:
    """Each zone's sum of all its rows, unstacked. At most 500 zones."""
    found = search(TRAFFIC_NAMESPACE, measure.metric, ("Zone",), "Average") + measure.factor
    return chart(
        f"{measure.title}, by zone",
        [expression(found, _label(("Zone",)), id="zones")],
        unit=measure.unit,
        width=12,
    )


def _applications(measure: Measure, by: Sequence[str]) -> Widget:
    """A widget may show 500 metrics, hidden ones included, which one search can use up."""
    found = search(TRAFFIC_NAMESPACE, measure.metric, by, "Average")
    return chart(
        f"{measure.title}, by application{_where(by)}",
        [expression(f"SORT({found}, MAX, DESC, {MAX_SERIES}){measure.factor}", _label(by), id="applications")],
        unit=measure.unit,
        width=12,
        height=8,
        legend="right",
    )


def _top(measure: Measure, by: Sequence[str]) -> Widget:
    query = Insights(TRAFFIC_NAMESPACE, measure.metric, by=tuple(by), function="AVG", limit=TOP)
    return chart(
        f"Top {TOP} by application{_where(by)}: {measure.title.lower()}",
        ranked(query, measure.factor, _label(by)),
        unit=measure.unit,
        width=12,
        legend="right",
    )


def _application_sets(configuration: Configuration) -> list[tuple[str, ...]]:
    """The dimension sets in which applications are published: with the data centre where a zone is polled by colos."""
    by_colos = {bool(zone.colos) for source in configuration.sources for zone in source.zones}
    return [
        *([("Zone", "Application")] if False in by_colos else []),
        *([("Zone", "Application", "Colo")] if True in by_colos else []),
    ]


def _where(by: Sequence[str]) -> str:
    return " and data centre" if "Colo" in by else ""


def _label(by: Sequence[str]) -> str:
    """The values of these dimensions: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/graph-dynamic-labels.html."""
    return " ".join(f"${{PROP('Dim.{name}')}}" for name in by)


def _in_pairs(widgets: Sequence[Widget]) -> Iterator[Sequence[Widget]]:
    for start in range(0, len(widgets), 2):
        yield widgets[start : start + 2]


def polling_rows(configuration: Configuration) -> Iterator[Sequence[Widget]]:
    """Three states look different here: no traffic (both 100 %), all zones failing (100 and 0), no run (no lines)."""
    sources = configuration.sources
    yield [text("## Trust: collected, and why not")]
    yield [
        chart("Minutes accounted for, % of all", _minutes(sources), unit="%", width=8, most=100),
        chart("Requests collected, % of expected", _requests(sources), unit="%", width=8, most=100),
        chart("Freshness, seconds", _freshness(sources), unit="s", width=8),
    ]
    yield [
        chart(
            "Requests not collected, by reason",
            [_found("Failures", ("Source", "Reason"))],
            unit="requests in the period",
            width=12,
            stacked=True,
        ),
        chart(
            "Zones not collected",
            [_found("ZoneDown", ("Source", "Zone"))],
            unit="minutes in the period",
            width=12,
            stacked=True,
        ),
    ]
    yield [
        chart(
            "Cloudflare's rate limit used, %",
            _of_each(sources, "RateLimitUsed", "Maximum"),
            unit="%",
            width=8,
            most=100,
            mark=("alarm", configuration.alarms.rate_limit_percent),
        ),
        chart("Requests sent a minute", _of_each(sources, "Attempts", "Average"), unit="requests", width=8),
        chart(
            "Cloudflare's latency, ms",
            [*_of_each(sources, "ApiLatency", "p50"), *_of_each(sources, "ApiLatency", "p99")],
            unit="ms",
            width=8,
        ),
    ]


def health(source: str, metric: str, statistic: str) -> Series:
    """A metric of one source."""
    return Series(HEALTH_NAMESPACE, metric, (("Source", source),), statistic)


def _of_each(sources: Sequence[Source], metric: str, statistic: str) -> list[Line]:
    named = {"Maximum": "", "Average": ""}.get(statistic, f" {statistic}")
    return [line(health(source.name, metric, statistic), f"{source.name}{named}") for source in sources]


def _minutes(sources: Sequence[Source]) -> Iterator[Line]:
    """Runs that told an outcome, of one a minute. A source that never runs has no line at all."""
    for number, source in enumerate(sources):
        yield line(health(source.name, "RequestsCollected", "SampleCount"), "", id=f"runs{number}", visible=False)
        yield expression(f"100*60*runs{number}/PERIOD(runs{number})", source.name, id=f"minutes{number}")


def _requests(sources: Sequence[Source]) -> Iterator[Line]:
    """A sum, unlike traffic: here a minute that is missing is what is to be seen."""
    for number, source in enumerate(sources):
        yield line(health(source.name, "RequestsCollected", "Sum"), "", id=f"got{number}", visible=False)
        formula = f"100*60*got{number}/({source.demand.total}*PERIOD(got{number}))"
        yield expression(formula, source.name, id=f"share{number}")


def _freshness(sources: Sequence[Source]) -> Iterator[Line]:
    for number, source in enumerate(sources):
        yield line(health(source.name, "LastGoodAge", "Maximum"), f"{source.name} last good minute")
        yield line(health(source.name, "ScheduleDelay", "Maximum"), "", id=f"late{number}", visible=False)
        yield expression(f"late{number}/1000", f"{source.name} start after schedule", id=f"delay{number}")


def _found(metric: str, by: Sequence[str]) -> Line:
    """Sparse: nothing to see is good."""
    label = " ".join(f"${{PROP('Dim.{name}')}}" for name in by)
    return expression(search(HEALTH_NAMESPACE, metric, by, "Sum"), label, id="found")


_TROUBLES = (
    ("SaveFailed", "not saved"),
    ("PublishFailed", "data not published"),
    ("PublishUnknown", "data published or not"),
    ("CredentialRefused", "credential refused"),
    ("EventsRejected", "event rejected"),
    ("DuplicatesRefused", "duplicate refused"),
)


def storage_rows(configuration: Configuration) -> Iterator[Sequence[Widget]]:
    """Show the way of the minutes to S3, CloudWatch and history."""
    sources = configuration.sources
    yield [text("## Kept: saved, published, compacted")]
    yield [
        chart("Rows saved a minute", _of_each_source(sources, "RowsSaved", "Average"), unit="rows", width=8),
        chart("What went wrong", _trouble(sources), unit="in the period", width=8, stacked=True),
        chart(
            "Names: age, and look-ups that failed; metrics left out",
            [
                *_of_each_source(sources, "CatalogAge", "Maximum"),
                *_on_the_right(sources, "CatalogFailures", "zones, look-up failed"),
                *_on_the_right(sources, "MetricsDropped", "metrics left out"),
            ],
            unit="s",
            right_unit="zones, metrics",
            width=8,
        ),
    ]
    yield [
        chart(
            "Not in place yet",
            [
                *_of_each_source(sources, "UnpublishedMinutes", "Maximum", "unpublished minutes"),
                line(_lake("UncompactedDays", "Maximum"), "uncompacted days"),
            ],
            unit="minutes, days",
            width=8,
        ),
        chart(
            "Compaction of a day",
            [
                line(_lake("CompactedRows", "Maximum"), "rows"),
                line(_lake("CompactionDuration", "Maximum"), "seconds", right=True),
            ],
            unit="rows",
            right_unit="s",
            width=8,
        ),
        chart(
            "Raw: rejected and ended",
            [
                line(_lake("RawObjectsRejected", "Sum"), "objects rejected"),
                line(_lake("RawObjectsDeleted", "Sum"), "objects ended"),
            ],
            unit="in the period",
            width=8,
        ),
    ]


def _of_each_source(sources: Sequence[Source], metric: str, statistic: str, what: str = "") -> list[Line]:
    return [line(health(source.name, metric, statistic), f"{source.name} {what}".strip()) for source in sources]


def _trouble(sources: Sequence[Source]) -> list[Line]:
    return [
        line(health(source.name, metric, "Sum"), f"{source.name} {what}")
        for source in sources
        for metric, what in _TROUBLES
    ] + [line(health(UNKNOWN_SOURCE, "EventsRejected", "Sum"), "event of a source that is not configured")]


def _on_the_right(sources: Sequence[Source], metric: str, what: str) -> list[Line]:
    return [line(health(source.name, metric, "Maximum"), f"{source.name} {what}", right=True) for source in sources]


def _lake(metric: str, statistic: str) -> Series:
    return Series(HEALTH_NAMESPACE, metric, (), statistic)


ALARMS_OF_A_WIDGET: Final = 100
"""https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html"""
_FUNCTIONS: Final = (("collector", Deployed.COLLECTOR), ("compactor", Deployed.COMPACTOR))


def infrastructure_rows(configuration: Configuration) -> Iterator[Sequence[Widget]]:
    """Show what AWS says of the deployment, and the way to everything else."""
    yield [text("## Functions, queues and alarms")]
    yield [
        chart("Errors and throttles", _failures(), unit="in the period", width=8),
        chart("Run time, longest", _durations(), unit="collector, ms", right_unit="compactor, ms", width=8),
        chart("Events that came to nothing, waiting", _queues(), unit="messages", width=8),
    ]
    every = alarms(configuration)
    names = [*(each.full_name for each in composites(every)), *(alarm.full_name for alarm in every)]
    arn = f"arn:<{Deployed.PARTITION}>:cloudwatch:<{Deployed.REGION}>:<{Deployed.ACCOUNT}>:alarm:"
    for start in range(0, len(names), ALARMS_OF_A_WIDGET):
        some = names[start : start + ALARMS_OF_A_WIDGET]
        properties = {"title": "Alarms", "alarms": [arn + name for name in some]}
        yield [Widget("alarm", COLUMNS, 2 + len(some) // 6, properties)]
    yield [text(_links(configuration.alarms.runbook_url), height=3)]


def _failures() -> Iterator[Line]:
    for name, deployed in _FUNCTIONS:
        for metric in ("Errors", "Throttles"):
            yield line(_of_function(deployed, metric, "Sum"), f"{name} {metric.lower()}")


def _durations() -> Iterator[Line]:
    for name, deployed in _FUNCTIONS:
        yield line(_of_function(deployed, "Duration", "Maximum"), name, right=deployed is Deployed.COMPACTOR)


def _queues() -> Iterator[Line]:
    for name, deployed in (("runs that failed", Deployed.INVOKE_DLQ), ("runs not started", Deployed.SCHEDULE_DLQ)):
        series = Series("AWS/SQS", "ApproximateNumberOfMessagesVisible", (("QueueName", deployed),), "Maximum")
        yield line(series, name)


def _of_function(deployed: Deployed, metric: str, statistic: str) -> Series:
    return Series("AWS/Lambda", metric, (("FunctionName", deployed),), statistic)


def _links(runbook_url: str | None) -> str:
    region = f"region=<{Deployed.REGION}>"
    links = (
        f"[Runbook]({runbook_url})" if runbook_url else "Runbook: docs/operations.md in the repository",
        f"[Athena workgroup]({CONSOLE}/athena/home?{region}#/workgroups/details/<{Deployed.WORKGROUP}>)",
        f"[Bucket](https://s3.console.aws.amazon.com/s3/buckets/<{Deployed.BUCKET}>?{region})",
        f"[Log]({CONSOLE}/cloudwatch/home?{region}#logsV2:log-groups/log-group/<{Deployed.LOG}>)",
        f"[Alarms]({CONSOLE}/cloudwatch/home?{region}#alarmsV2:)",
    )
    return "**Look further:** " + " · ".join(links) + "\n\nMade by the stack: a change here is undone by a deployment."


NAME: Final = PREFIX
_INTRODUCTION: Final = (
    "# Spectrum Meter\n"
    "A gap is *unknown*: nobody could tell how much it was. Zero is zero. Values are means over the minutes that are "
    "known, at any zoom; times are UTC."
)


def body(configuration: Configuration) -> dict[str, Any]:
    """The dashboard as CloudWatch's JSON, with marks like `<Region>` (see `names`)."""
    # "auto": charts adapt their period to the time that is looked at. Three hours is what minutes are kept sharp for.
    return {"start": "-PT3H", "periodOverride": "auto", "widgets": laid_out(_rows(configuration))}


class Dashboard(Construct):
    """Deploys the dashboard: one for a stack."""

    def __init__(
        self, scope: Construct, construct_id: str, *, configuration: Configuration, names: Mapping[Deployed, str]
    ) -> None:
        """Create it; `names` is what the deployment is called."""
        super().__init__(scope, construct_id)
        self.dashboard = cloudwatch.CfnDashboard(
            self,
            "Dashboard",
            dashboard_name=NAME,
            dashboard_body=filled(json.dumps(body(configuration), ensure_ascii=False), names),
        )


def _rows(configuration: Configuration) -> Iterator[Sequence[Widget]]:
    yield [text(_INTRODUCTION, height=2)]
    yield from traffic_rows(configuration)
    yield from polling_rows(configuration)
    yield from storage_rows(configuration)
    yield from infrastructure_rows(configuration)
