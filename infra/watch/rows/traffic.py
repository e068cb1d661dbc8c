"""Rows on the traffic itself: by zone, by application, and the largest applications."""

from collections.abc import Iterator, Sequence
from typing import Final

from contract.metrics import TRAFFIC_NAMESPACE
from infra.configuration import Configuration
from infra.watch.alarm import Insights
from infra.watch.rows.measure import MEASURES, Measure
from infra.watch.widget import Widget, chart, expression, ranked, search, text

SHOWN: Final = 20
"""Lines of a chart of applications: more cannot be told apart."""
TOP: Final = 10


def rows(configuration: Configuration) -> Iterator[Sequence[Widget]]:
    """Show what is published: the levels and metrics that the configuration names."""
    measures = [measure for measure in MEASURES if measure.metric in configuration.metrics]
    if "zone" in configuration.levels:
        yield [text("## Traffic by zone")]
        yield from _in_pairs([_zones(measure) for measure in measures])
    if "application" in configuration.levels and configuration.metric_limit:
        sets = _application_sets(configuration)
        yield [text(f"## Applications: {SHOWN} of the first 500 that CloudWatch finds; below, the top {TOP} of all")]
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
        [expression(f"SORT({found}, MAX, DESC, {SHOWN}){measure.factor}", _label(by), id="applications")],
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
