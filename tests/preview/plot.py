"""The lines of a metric widget: what its rows ask for, answered from the sandbox's metrics."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import cycle
from typing import Any, Final

from tests.preview.alarm_states import AlarmState
from tests.preview.rows import Row, rows_of
from tests.sandbox.aws.metrics import Metrics
from tests.sandbox.cloudwatch.queries import Line, evaluate

COLOURS: Final = (
    *("#1f77b4", "#ff7f0e", "#2ca02c", "#d62728", "#9467bd", "#8c564b", "#e377c2", "#7f7f7f", "#bcbd22", "#17becf"),
    *("#aec7e8", "#ffbb78", "#98df8a", "#ff9896", "#c5b0d5", "#c49c94", "#f7b6d2", "#c7c7c7", "#dbdb8d", "#9edae5"),
)
"""In the order in which lines without a colour of their own get them: a first zone has the first colour everywhere."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What is looked at: the metrics, the time range of the dashboard, and the alarms at its end."""

    metrics: Metrics
    start: datetime
    end: datetime
    alarms: Mapping[str, AlarmState] = field(default_factory=dict)
    """By ARN."""

    @property
    def whole_s(self) -> int:
        """Seconds from start to end."""
        return int((self.end - self.start).total_seconds())


@dataclass(frozen=True, slots=True)
class Curve:
    """A line, and how it is drawn."""

    line: Line
    colour: str
    right: bool

    @property
    def latest(self) -> float | None:
        """The newest value; None without any."""
        return self.line.values[-1] if self.line.values else None

    def on(self, grid: list[datetime]) -> list[float | None]:
        """A value for each of these times, None where there is none."""
        known = dict(zip(self.line.timestamps, self.line.values, strict=True))
        return [known.get(at) for at in grid]


def curves_of(properties: Mapping[str, Any], shown: Shown) -> tuple[Curve, ...]:
    """The curves of a widget, in the order of its rows. Raises QueryError where a query cannot be answered."""
    rows = rows_of(properties)
    if properties.get("setPeriodToTimeRange"):
        rows = tuple(_over(row, shown.whole_s) for row in rows)
    lines = evaluate([row.query for row in rows], shown.metrics, start=shown.start, end=shown.end)
    return tuple(_coloured(lines, {str(row.query["Id"]): row for row in rows}))


def periods(curves: tuple[Curve, ...], shown: Shown) -> list[datetime]:
    """The times at which any of the curves could have a point."""
    step = timedelta(seconds=min((curve.line.period_s for curve in curves), default=shown.whole_s))
    times = []
    at = shown.start
    while at < shown.end:
        times.append(at)
        at += step
    return times


def milliseconds(at: datetime) -> int:
    """As JavaScript counts time."""
    return round(at.timestamp() * 1000)


def _over(row: Row, period_s: int) -> Row:
    """The same row with one period for the whole time range."""
    if "MetricStat" in row.query:
        return Row({**row.query, "MetricStat": {**row.query["MetricStat"], "Period": period_s}}, row.colour, row.right)
    return Row({**row.query, "Period": period_s}, row.colour, row.right)


def _coloured(lines: list[Line], rows: Mapping[str, Row]) -> Iterator[Curve]:
    """A colour that a row asks for is its first line's; the others get the next of the palette."""
    palette = cycle(COLOURS)
    given = {id: row.colour for id, row in rows.items() if row.colour}
    for line in lines:
        colour = given.pop(line.id, None) or next(palette)
        yield Curve(line, colour, rows[line.id].right)
