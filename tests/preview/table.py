"""`table`: a row for each line, with its summary and its values, the newest first.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html, the `table`
object of a metric widget: `summaryColumns`, `showTimeSeriesData`.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from tests.preview.markup import Html, element
from tests.preview.numbers import with_unit
from tests.preview.plot import Curve, Shown, periods

_SUMMARIES: Final[Mapping[str, Callable[[Sequence[float]], float]]] = {
    "MIN": min,
    "MAX": max,
    "SUM": sum,
    "AVG": lambda values: sum(values) / len(values),
}


def table(curves: Sequence[Curve], properties: Mapping[str, Any], shown: Shown) -> Html:
    """The table, which scrolls in its widget."""
    wanted = properties.get("table") or {}
    summaries = [name for name in wanted.get("summaryColumns", _SUMMARIES) if name in _SUMMARIES]
    times = periods(tuple(curves), shown)[::-1] if wanted.get("showTimeSeriesData", True) else []
    head = element(
        "tr",
        element("th", "Label"),
        *[element("th", name.capitalize()) for name in summaries],
        *[element("th", f"{at:%H:%M}") for at in times],
    )
    rows = [
        element(
            "tr",
            element("td", element("span", class_="dot", style=f"background:{curve.colour}"), curve.line.label),
            *[element("td", _summary(curve, name)) for name in summaries],
            *[element("td", _cell(value, curve)) for value in curve.on(times)],
        )
        for curve in curves
    ]
    return element("div", element("table", head, *rows), class_="table")


def _summary(curve: Curve, name: str) -> str:
    return _cell(_SUMMARIES[name](curve.line.values) if curve.line.values else None, curve)


def _cell(value: float | None, curve: Curve) -> str:
    return "-" if value is None else with_unit(value, curve.line.unit)
