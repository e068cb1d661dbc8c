"""Rows on whether the traffic shown can be trusted: what was collected, why not, how fresh, how near the limits."""

from collections.abc import Iterator, Sequence

from contract.metrics import HEALTH_NAMESPACE
from infra.configuration import Configuration, Source
from infra.watch.alarm import Series
from infra.watch.widget import Line, Widget, chart, expression, line, search, text


def rows(configuration: Configuration) -> Iterator[Sequence[Widget]]:
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
