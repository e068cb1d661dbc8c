"""Every widget drawn, each by its kind; and what cannot be drawn, said in its place."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from tests.preview import chart
from tests.preview.alarm_states import alarms
from tests.preview.body import Widget
from tests.preview.figures import figures
from tests.preview.legend import legend, position
from tests.preview.markdown import markdown
from tests.preview.markup import Html, element
from tests.preview.plot import Curve, Shown, curves_of
from tests.preview.table import table
from tests.sandbox.cloudwatch.queries import QueryError

NO_DATA: Final = "No data available. Try adjusting the dashboard time range."
"""CloudWatch's own words."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """What stands in a widget: HTML, and the options of the graph in it, if there is one."""

    html: Html
    graph: chart.Option | None = None


def drawn(widget: Widget, shown: Shown) -> Drawn:
    """Draw a widget, or say why it is not drawn."""
    try:
        match widget.kind:
            case "text":
                return Drawn(markdown(str(widget.properties["markdown"])))
            case "metric":
                return _metrics(widget.properties, shown)
            case "alarm":
                return Drawn(alarms(widget.properties, shown.alarms))
            case kind:
                return said(f"This preview does not draw widgets of type {kind}.")
    except QueryError as error:
        return said(f"This preview cannot answer what this widget asks: {error}")


def said(why: str) -> Drawn:
    """In the place of what is not drawn."""
    return Drawn(element("p", why, class_="said"))


def _metrics(properties: Mapping[str, Any], shown: Shown) -> Drawn:
    view = str(properties.get("view", "timeSeries"))
    if (properties.get("annotations") or {}).get("alarms"):
        return said("This preview does not draw the graph of an alarm.")
    curves = curves_of(properties, shown)
    if view == "singleValue" and curves:
        return Drawn(figures(curves, properties, shown))
    if not any(curve.line.values for curve in curves):
        return said(NO_DATA)
    match view:
        case "timeSeries":
            return _graph(chart.over_time(curves, properties, shown), curves, properties)
        case "bar":
            return _graph(chart.bars(curves, properties), curves, properties)
        case "pie":
            return _graph(chart.pie(curves), curves, properties)
        case "table":
            return Drawn(table(curves, properties, shown))
        case _:
            return said(f"This preview does not draw the view {view}.")


def _graph(option: chart.Option, curves: tuple[Curve, ...], properties: Mapping[str, Any]) -> Drawn:
    where = position(properties)
    parts = [element("div", class_="chart")]
    if where != "hidden":
        parts.append(legend(curves))
    return Drawn(element("div", *parts, class_=f"graph legend-{where}"), option)
