"""A graph: lines, stacked areas, bars, a pie or gauges, as options of Apache ECharts.

https://echarts.apache.org/en/option.html. A period without data is a gap, and a point between two gaps a dot.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from tests.preview.annotations import annotations, marked
from tests.preview.plot import Curve, Shown, milliseconds, periods

Option = Mapping[str, Any]

_INK: Final = "#414d5c"
_LINES: Final = "#e9ebed"
_BASE: Final[Option] = {
    "animation": False,
    "useUTC": True,
    "textStyle": {"fontFamily": "Helvetica, Arial, 'Liberation Sans', sans-serif", "color": _INK},
}
_PARTS: Final = 4
"""Of an axis, about; exactly so many where both its ends are given."""
_SIDES: Final = ("left", "right")


def over_time(curves: Sequence[Curve], properties: Mapping[str, Any], shown: Shown) -> Option:
    """`timeSeries`: lines, or areas on each other where it is `stacked`."""
    stacked = bool(properties.get("stacked"))
    grid = periods(tuple(curves), shown)
    series = [_line(curve, grid, stacked=stacked) for curve in curves]
    if series:
        series[0] |= annotations(properties, shown)
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
            "min": milliseconds(shown.start),
            "max": milliseconds(shown.end),
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
        point: dict[str, Any] = {"value": [milliseconds(grid[at]), value]}
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
    levels = marked(side, properties)
    if levels and max(levels) >= max(values, default=0.0):
        axis.setdefault("max", max(levels) * 1.1)
    if levels and min(levels) <= min(values, default=0.0):
        axis.setdefault("min", min(levels))
    if "min" in given and "max" in given:
        axis["interval"] = (given["max"] - given["min"]) / _PARTS
    return axis


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
