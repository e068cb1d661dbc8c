"""`singleValue`: the newest value of each line as a number, with a sparkline where one is asked for."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from tests.preview.markup import Html, element, joined
from tests.preview.numbers import short, symbol
from tests.preview.plot import Curve, Shown, periods

_WIDTH: Final = 100
_HEIGHT: Final = 24


def figures(curves: Sequence[Curve], properties: Mapping[str, Any], shown: Shown) -> Html:
    """A number for each line. One without any value in the time range shows two dashes, as CloudWatch does."""
    sparkline = bool(properties.get("sparkline"))
    cells = [_figure(curve, shown, sparkline=sparkline) for curve in curves]
    return element("div", *cells, class_="figures")


def _figure(curve: Curve, shown: Shown, *, sparkline: bool) -> Html:
    value = "--" if curve.latest is None else short(curve.latest)
    unit = "" if curve.latest is None else symbol(curve.line.unit)
    return element(
        "div",
        element("div", value, element("span", unit, class_="unit"), class_="value"),
        element("div", _dot(curve.colour), curve.line.label, class_="label", title=curve.line.label),
        *([_sparkline(curve, shown)] if sparkline and curve.line.values else []),
        class_="figure",
    )


def _dot(colour: str) -> Html:
    return element("span", class_="dot", style=f"background:{colour}")


def _sparkline(curve: Curve, shown: Shown) -> Html:
    """The line in small: a stroke for each stretch without a gap."""
    values = curve.on(periods((curve,), shown))
    known = [value for value in values if value is not None]
    low, high = min(known), max(known)
    strokes: list[list[str]] = [[]]
    for number, value in enumerate(values):
        if value is None:
            strokes.append([])
            continue
        x = number / max(len(values) - 1, 1) * _WIDTH
        y = _HEIGHT - 1 - (value - low) / ((high - low) or 1) * (_HEIGHT - 2)
        strokes[-1].append(f"{x:.2f},{y:.2f}")
    lines = [
        element(
            "polyline", points=" ".join(stroke), fill="none", stroke=curve.colour, vector_effect="non-scaling-stroke"
        )
        for stroke in strokes
        if stroke
    ]
    return element(
        "svg", joined(*lines), class_="sparkline", viewBox=f"0 0 {_WIDTH} {_HEIGHT}", preserveAspectRatio="none"
    )
