"""A graph: lines, stacked areas, bars, a pie or gauges, as options of Apache ECharts.

https://echarts.apache.org/en/option.html. A period without data is a gap, and a point between two gaps a dot.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from tests.preview.plot import Curve, Shown, periods

Option = Mapping[str, Any]

_INK: Final = "#414d5c"
_LINES: Final = "#e9ebed"
_ANNOTATION: Final = "#d13212"
_BASE: Final[Option] = {
    "animation": False,
    "useUTC": True,
    "textStyle": {"fontFamily": "Helvetica, Arial, 'Liberation Sans', sans-serif", "color": _INK},
}
_BEYOND: Final = 1e15
"""Off every axis: `min` and `max` would be those of the data."""
_PARTS: Final = 4
"""Of an axis, about; exactly so many where both its ends are given."""
_SIDES: Final = ("left", "right")


def over_time(curves: Sequence[Curve], properties: Mapping[str, Any], shown: Shown) -> Option:
    """`timeSeries`: lines, or areas on each other where it is `stacked`."""
    stacked = bool(properties.get("stacked"))
    grid = periods(tuple(curves), shown)
    series = [_line(curve, grid, stacked=stacked) for curve in curves]
    if series:
        series[0] |= _annotations(properties, shown)
    sides = [side for side in _SIDES if side == "left" or any(curve.right for curve in curves)]
    axes = [_axis(side, curves, properties) for side in sides]
    named = any(axis["name"] for axis in axes) or (properties.get("annotations") or {}).get("vertical")
    return {
        **_BASE,
        "tooltip": {"trigger": "axis", "renderMode": "richText", "confine": True},
        "grid": {
            "left": 8,
            "right": 18 if len(sides) == 1 else 8,
            "top": 26 if named else 10,
            "bottom": 4,
            "containLabel": True,
        },
        "xAxis": {
            "type": "time",
            "min": _ms(shown.start),
            "max": _ms(shown.end),
            "axisLabel": {"formatter": "{HH}:{mm}", "color": _INK, "fontSize": 11, "hideOverlap": True},
            "axisTick": {"show": True},
            "axisLine": {"onZero": False, "lineStyle": {"color": "#8c8c94"}},
            "splitLine": {"show": False},
        },
        "yAxis": axes,
        "series": series,
    }


def _line(curve: Curve, grid: Sequence[datetime], *, stacked: bool) -> dict[str, Any]:
    series: dict[str, Any] = {
        "type": "line",
        "name": curve.line.label,
        "color": curve.colour,
        "yAxisIndex": 1 if curve.right else 0,
        "symbol": "none",
        "connectNulls": False,
        "lineStyle": {"width": 1.5},
        "emphasis": {"disabled": True},
        "data": list(_points(curve.on(list(grid)), grid)),
    }
    if stacked:
        series |= {"stack": "right" if curve.right else "left", "areaStyle": {"opacity": 0.75}}
    return series


def _points(values: Sequence[float | None], grid: Sequence[datetime]) -> Iterator[Mapping[str, Any]]:
    for at, value in enumerate(values):
        alone = value is not None and all(
            not 0 <= beside < len(values) or values[beside] is None for beside in (at - 1, at + 1)
        )
        point: dict[str, Any] = {"value": [_ms(grid[at]), value]}
        if alone:
            point |= {"symbol": "circle", "symbolSize": 4}
        yield point


def _axis(side: str, curves: Sequence[Curve], properties: Mapping[str, Any]) -> Option:
    """The axis of this side: its label, or else the unit that its metrics share; its limits where they are given."""
    given = (properties.get("yAxis") or {}).get(side) or {}
    units = {curve.line.unit for curve in curves if curve.right == (side == "right")}
    unit = units.pop() if len(units) == 1 and given.get("showUnits", True) else ""
    axis: dict[str, Any] = {
        "type": "value",
        "position": side,
        "name": given.get("label") or unit,
        "nameGap": 10,
        "nameTextStyle": {"align": side, "color": _INK, "fontSize": 11},
        "axisLabel": {"color": _INK, "fontSize": 11},
        "splitLine": {"show": side == "left", "lineStyle": {"color": _LINES}},
        "splitNumber": _PARTS,
        "scale": not properties.get("stacked"),
    }
    axis |= {limit: given[limit] for limit in ("min", "max") if limit in given}
    values = [value for curve in curves if curve.right == (side == "right") for value in curve.line.values]
    marked = _marked(side, properties)
    if marked and max(marked) >= max(values, default=0.0):
        axis.setdefault("max", max(marked) * 1.1)
    if marked and min(marked) <= min(values, default=0.0):
        axis.setdefault("min", min(marked))
    if "min" in given and "max" in given:
        axis["interval"] = (given["max"] - given["min"]) / _PARTS
    return axis


def _marked(side: str, properties: Mapping[str, Any]) -> list[float]:
    """The values of this axis that have a horizontal annotation: they are in the picture, whatever the lines do."""
    entries = (properties.get("annotations") or {}).get("horizontal") or ()
    ends = [end for entry in entries for end in (entry if isinstance(entry, list) else [entry])]
    return [float(end["value"]) for end in ends if end.get("yAxis", "left") == side and end.get("visible", True)]


def _annotations(properties: Mapping[str, Any], shown: Shown) -> dict[str, Any]:
    """Horizontal and vertical lines with their labels, and the bands between two or beyond one of them."""
    given = properties.get("annotations") or {}
    lines: list[dict[str, Any]] = []
    areas: list[list[dict[str, Any]]] = []
    for direction, axis in (("horizontal", "yAxis"), ("vertical", "xAxis")):
        for entry in given.get(direction) or ():
            ends = [end for end in (entry if isinstance(entry, list) else [entry]) if end.get("visible", True)]
            if not ends:
                continue
            colour = ends[0].get("color") or _ANNOTATION
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
    return float(value) if axis == "yAxis" else _ms(datetime.fromisoformat(str(value)))


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
        "after": (places[0], _ms(shown.end)),
        "before": (_ms(shown.start), places[0]),
    }
    first, last = (places[0], places[1]) if len(places) > 1 else ends.get(fill, (None, None))
    if first is None and last is None:
        return []
    style = {"itemStyle": {"color": colour, "opacity": 0.12}}
    return [[{axis: -_BEYOND if first is None else first} | style, {axis: _BEYOND if last is None else last}]]


def bars(curves: Sequence[Curve], properties: Mapping[str, Any]) -> Option:
    """`bar`: one bar for each line, its newest value."""
    known = [curve for curve in curves if curve.latest is not None]
    return {
        **_BASE,
        "tooltip": {"trigger": "item", "renderMode": "richText", "confine": True},
        "grid": {"left": 8, "right": 18, "top": 26, "bottom": 4, "containLabel": True},
        "xAxis": {"type": "category", "data": [curve.line.label for curve in known], "axisLabel": {"show": False}},
        "yAxis": {**_axis("left", known, properties), "scale": False},
        "series": [
            {
                "type": "bar",
                "barMaxWidth": 48,
                "data": [{"value": curve.latest, "itemStyle": {"color": curve.colour}} for curve in known],
            }
        ],
    }


def pie(curves: Sequence[Curve]) -> Option:
    """`pie`: a slice for each line, its newest value."""
    slices = [
        {"name": curve.line.label, "value": curve.latest, "itemStyle": {"color": curve.colour}}
        for curve in curves
        if curve.latest is not None
    ]
    return {
        **_BASE,
        "tooltip": {"trigger": "item", "renderMode": "richText", "confine": True},
        "series": [{"type": "pie", "radius": ["45%", "85%"], "label": {"show": False}, "data": slices}],
    }


def _ms(at: datetime) -> int:
    return round(at.timestamp() * 1000)
