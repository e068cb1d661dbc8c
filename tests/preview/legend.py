"""The legend of a graph: below it or beside it, and it scrolls where there are many lines."""

from collections.abc import Mapping, Sequence
from typing import Any

from tests.preview.markup import Html, element
from tests.preview.plot import Curve


def position(properties: Mapping[str, Any]) -> str:
    """`bottom`, `right` or `hidden`: "the default is bottom"."""
    return str((properties.get("legend") or {}).get("position", "bottom"))


def legend(curves: Sequence[Curve]) -> Html:
    """An entry for each line."""
    return element("ul", *[_entry(curve) for curve in curves], class_="legend")


def _entry(curve: Curve) -> Html:
    swatch = element("span", class_="swatch", style=f"background:{curve.colour}")
    return element("li", swatch, curve.line.label, title=curve.line.label)
