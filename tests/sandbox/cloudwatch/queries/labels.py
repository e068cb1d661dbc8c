"""The name of a line: its own, its query's, and dynamic values in it.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/graph-dynamic-labels.html
"""

import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Final

from tests.sandbox.aws.backstage import ACCOUNT, REGION
from tests.sandbox.cloudwatch.queries.errors import RefusedQuery
from tests.sandbox.cloudwatch.queries.series import TimeSeries

_DYNAMIC: Final = re.compile(r"\$\{([^}]*)\}")
_PROPERTY: Final = re.compile(r"PROP\('([^']*)'\)")


def labelled(series: TimeSeries, text: str, *, many: bool, id: str, now: datetime) -> str:
    """The label of a line, given its query's.

    Of an expression with many series each line reads "Expression-Label Metric-Label"
    (https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html), unless the label says by a
    dynamic value what it is to read.
    """
    own = series.label or id
    if not text:
        return own
    if _DYNAMIC.search(text):
        return _DYNAMIC.sub(lambda found: _value(found[1], series, own, now), text)
    return f"{text} {own}" if many else text


def _value(name: str, series: TimeSeries, own: str, now: datetime) -> str:
    if name == "LABEL":
        return own
    if found := _PROPERTY.fullmatch(name):
        return _property(found[1], series)
    if name == "DATAPOINT_COUNT":
        return str(len(series.points))
    if name not in _DERIVED:
        raise RefusedQuery(f"${{{name}}} is no dynamic value of a label")
    return _DERIVED[name](series.points, now) if series.points else "-"


def _property(name: str, series: TimeSeries) -> str:
    if name.startswith("Dim."):
        return dict(series.dimensions).get(name.removeprefix("Dim."), "")
    known = {
        "AccountId": ACCOUNT,
        "MetricName": series.origin.name,
        "Namespace": series.origin.namespace,
        "Period": str(series.period_s),
        "Region": REGION,
        "Stat": series.origin.statistic,
    }
    if name not in known:
        raise RefusedQuery(f"${{PROP('{name}')}} is no property: Dim.<name>, {', '.join(known)}")
    return known[name]


def _number(value: float) -> str:
    return f"{value:,.2f}".rstrip("0").rstrip(".")


def _time(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"


def _span(span: timedelta) -> str:
    minutes = round(abs(span).total_seconds() / 60)
    return f"{minutes // 60}h{minutes % 60:02}m" if minutes >= 60 else f"{minutes}m"


Points = Mapping[datetime, float]


def _first(points: Points) -> datetime:
    return next(iter(points))


def _last(points: Points) -> datetime:
    return next(reversed(list(points)))


def _lowest(points: Points) -> datetime:
    return min(points, key=lambda at: points[at])


def _highest(points: Points) -> datetime:
    return max(points, key=lambda at: points[at])


def _at(place: Callable[[Points], datetime]) -> Mapping[str, Callable[[Points, datetime], str]]:
    """The value at this place, its time, and how long ago that is."""
    return {
        "": lambda points, _now: _number(points[place(points)]),
        "_TIME": lambda points, _now: _time(place(points)),
        "_TIME_RELATIVE": lambda points, now: f"{_span(now - place(points))} ago",
    }


def _between(
    low: Callable[[Points], datetime], high: Callable[[Points], datetime]
) -> Mapping[str, Callable[[Points, datetime], str]]:
    return {
        "_RANGE": lambda points, _now: _number(points[high(points)] - points[low(points)]),
        "_TIME_RANGE": lambda points, _now: _span(high(points) - low(points)),
    }


_DERIVED: Final[Mapping[str, Callable[[Points, datetime], str]]] = {
    "AVG": lambda points, _now: _number(sum(points.values()) / len(points)),
    "SUM": lambda points, _now: _number(sum(points.values())),
    **{f"FIRST{end}": value for end, value in _at(_first).items()},
    **{f"LAST{end}": value for end, value in _at(_last).items()},
    **{f"MIN{end}": value for end, value in _at(_lowest).items()},
    **{f"MAX{end}": value for end, value in _at(_highest).items()},
    **{f"FIRST_LAST{end}": value for end, value in _between(_first, _last).items()},
    **{f"MIN_MAX{end}": value for end, value in _between(_lowest, _highest).items()},
}
