"""What one dashboard widget is, how rows are laid out, and the measures that charts show."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from infra.monitoring.alarm import MINUTE, Deployed, Insights, Series

COLUMNS: Final = 24
Line = list[Any]
"""One entry of a chart's `metrics`."""


@dataclass(frozen=True, slots=True)
class Widget:
    """One widget, without its place."""

    type: str
    width: int
    height: int
    properties: Mapping[str, Any]


def laid_out(rows: Iterable[Sequence[Widget]]) -> list[dict[str, Any]]:
    """Place rows below each other, and the widgets of a row beside each other."""
    placed = []
    y = 0
    for row in rows:
        x = 0
        for widget in row:
            place = {"type": widget.type, "x": x, "y": y, "width": widget.width, "height": widget.height}
            placed.append(place | {"properties": dict(widget.properties)})
            x += widget.width
        y += max((widget.height for widget in row), default=0)
    return placed


def text(markdown: str, *, height: int = 1) -> Widget:
    """A text over the whole width."""
    return Widget("text", COLUMNS, height, {"markdown": markdown, "background": "transparent"})


def chart(
    title: str,
    lines: Iterable[Line],
    *,
    unit: str,
    width: int,
    height: int = 6,
    stacked: bool = False,
    legend: str = "bottom",
    most: float | None = None,
    mark: tuple[str, float] | None = None,
    right_unit: str | None = None,
) -> Widget:
    """Lines over time from zero up. `mark` is a level to compare with, `most` the top of the axis.

    Nothing is filled in: a gap stays one. Stacked is only what is there when something is wrong; traffic never is, as a
    zone that is missing from a stack looks like less traffic.
    """
    left: dict[str, Any] = {"min": 0, "label": unit, "showUnits": False}
    if most is not None:
        left["max"] = most
    axes = {"left": left}
    if right_unit is not None:
        axes["right"] = {"min": 0, "label": right_unit, "showUnits": False}
    properties: dict[str, Any] = {
        "title": title,
        "region": f"<{Deployed.REGION}>",
        "view": "timeSeries",
        "stacked": stacked,
        "period": MINUTE,
        "legend": {"position": legend},
        "yAxis": axes,
        "metrics": list(lines),
    }
    if mark is not None:
        label, value = mark
        properties["annotations"] = {"horizontal": [{"label": label, "value": value}]}
    return Widget("metric", width, height, properties)


def line(series: Series, label: str, *, id: str | None = None, visible: bool = True, right: bool = False) -> Line:
    """One metric."""
    options: dict[str, Any] = {"stat": series.statistic, "label": label}
    if id is not None:
        options["id"] = id
    if not visible:
        options["visible"] = False
    if right:
        options["yAxis"] = "right"
    named = [part for name, value in series.dimensions for part in (name, _mark(value))]
    return [series.namespace, series.metric, *named, options]


def expression(formula: str, label: str, *, id: str) -> Line:
    """What a formula makes of other lines, or of a search."""
    return [{"expression": formula, "label": label, "id": id}]


def search(namespace: str, metric: str, by: Sequence[str], statistic: str) -> str:
    """All metrics of this name with exactly these dimensions: what comes later is found by itself.

    At most 500 are found, in no order that AWS tells, so a longer list has to be ranked by `ranked`.
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/search-expression-syntax.html: a name in the braces
    with other than letters and digits, such as the namespace's slash, must be quoted, and any may.
    """
    schema = ",".join(f'"{name}"' for name in (namespace, *by))
    return f"SEARCH('{{{schema}}} MetricName=\"{metric}\"', '{statistic}')"


def ranked(query: Insights, factor: str, label: str) -> list[Line]:
    """The highest of a Metrics Insights query, which looks at up to 10,000 metrics; a widget may hold one query.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-metrics-insights-limits.html
    """
    if not factor:
        return [expression(query.sql, label, id="top")]
    hidden = [{"expression": query.sql, "id": "found", "visible": False, "period": MINUTE}]
    return [hidden, expression(f"found{factor}", label, id="top")]


def _mark(value: str | Deployed) -> str:
    return f"<{value}>" if isinstance(value, Deployed) else value


@dataclass(frozen=True, slots=True)
class Measure:
    """One metric, as a network engineer reads it."""

    metric: str
    title: str
    unit: str
    factor: str = ""
    """Completes a formula."""


_BITS: Final = "*8/60"
"""From the bytes of a minute to bits a second. Of the `Average` over any period, so that no period enters."""

MEASURES: Final = (
    Measure("BytesEgress", "Out, bit/s", "bit/s", _BITS),
    Measure("BytesIngress", "In, bit/s", "bit/s", _BITS),
    Measure("Connections", "Active connections", "connections"),
    Measure("ConnectionDuration", "Mean connection duration, ms", "ms"),
)
