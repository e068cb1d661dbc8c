"""The annotations of a graph: horizontal and vertical lines, and the bands beside or between them.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Metric-Widget-Structure.html, "Annotation
Properties Format".
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from tests.preview.plot import Shown, milliseconds

_COLOUR: Final = "#d13212"
_BEYOND: Final = 1e15
"""Off every axis: `min` and `max` would be those of the data."""


def annotations(properties: Mapping[str, Any], shown: Shown) -> dict[str, Any]:
    """Horizontal and vertical lines with their labels, and the bands between two or beyond one of them."""
    given = properties.get("annotations") or {}
    lines: list[dict[str, Any]] = []
    areas: list[list[dict[str, Any]]] = []
    for direction, axis in (("horizontal", "yAxis"), ("vertical", "xAxis")):
        for entry in given.get(direction) or ():
            ends = [end for end in (entry if isinstance(entry, list) else [entry]) if end.get("visible", True)]
            if not ends:
                continue
            colour = ends[0].get("color") or _COLOUR
            places = [_place(end["value"], axis) for end in ends]
            lines += [_mark(axis, place, end.get("label", ""), colour) for place, end in zip(places, ends, strict=True)]
            areas += _fill(axis, places, ends[0].get("fill", "none"), colour, shown)
    marks: dict[str, Any] = {}
    if lines:
        marks["markLine"] = {"symbol": "none", "silent": True, "animation": False, "data": lines}
    if areas:
        marks["markArea"] = {"silent": True, "data": areas}
    return marks


def _place(value: Any, axis: str) -> float:
    return float(value) if axis == "yAxis" else milliseconds(datetime.fromisoformat(str(value)))


def _mark(axis: str, place: float, label: str, colour: str) -> dict[str, Any]:
    beside = {"position": "insideEndTop"} if axis == "yAxis" else {"position": "end", "distance": 3}
    return {
        axis: place,
        "lineStyle": {"color": colour, "type": "solid", "width": 1},
        "label": {"formatter": label, "color": colour, "fontSize": 11, "rotate": 0, **beside},
    }


def _fill(axis: str, places: Sequence[float], fill: str, colour: str, shown: Shown) -> list[list[dict[str, Any]]]:
    ends: dict[str, tuple[Any, Any]] = {
        "above": (places[0], None),
        "below": (None, places[0]),
        "after": (places[0], milliseconds(shown.end)),
        "before": (milliseconds(shown.start), places[0]),
    }
    first, last = (places[0], places[1]) if len(places) > 1 else ends.get(fill, (None, None))
    if first is None and last is None:
        return []
    style = {"itemStyle": {"color": colour, "opacity": 0.12}}
    return [[{axis: -_BEYOND if first is None else first} | style, {axis: _BEYOND if last is None else last}]]


def marked(side: str, properties: Mapping[str, Any]) -> list[float]:
    """The values of this axis that have a horizontal annotation: they are in the picture, whatever the lines do."""
    entries = (properties.get("annotations") or {}).get("horizontal") or ()
    ends = [end for entry in entries for end in (entry if isinstance(entry, list) else [entry])]
    return [float(end["value"]) for end in ends if end.get("yAxis", "left") == side and end.get("visible", True)]
