"""The data points of an alarm at one moment: which period each belongs to, and whether it breaches.

The most recent period is the last that has ended, by the minute: periods slide with the moment of evaluation, so that
an alarm with a period of five minutes is evaluated every minute over windows that begin a minute later each time
(https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation-window.html, and the example in
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-limits.html).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from tests.sandbox.cloudwatch.alarms.band import Band
from tests.sandbox.cloudwatch.alarms.definition import Alarm
from tests.sandbox.cloudwatch.alarms.judgement import Breaches, Rule
from tests.sandbox.cloudwatch.queries import Line, evaluate
from tests.sandbox.cloudwatch.recorded import Recorded

_INSIGHTS_REACH: Final = timedelta(hours=3)
"""https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-limits.html"""


@dataclass(frozen=True, slots=True)
class Found:
    """One time series of an alarm at one moment."""

    attributes: tuple[tuple[str, str], ...]
    """What tells it from the alarm's others: the labels of its group, with their values."""
    breaches: Breaches
    values: tuple[float | None, ...]
    """Of the same periods."""


def rule_of(alarm: Alarm) -> Rule:
    """How this alarm judges."""
    return Rule(alarm.evaluation_periods, alarm.datapoints_to_alarm, alarm.missing)


def found_at(alarm: Alarm, metrics: Recorded, moment: datetime) -> list[Found]:
    """The time series that the alarm's query finds, with the data that had arrived by then; none for none."""
    end = moment.replace(second=0, microsecond=0)
    starts = [end - alarm.period * age for age in range(rule_of(alarm).points, 0, -1)]
    if alarm.from_insights:
        starts = [start for start in starts if start >= end - _INSIGHTS_REACH]
    there = metrics.as_of(moment, starts[0], end, alarm.metrics)
    if not there.namespaces() and alarm.is_of_metric:
        return []
    lines = evaluate(alarm.queries, there, start=starts[0], end=end, for_alarm=True)
    band = None if alarm.band is None else Band.learned(alarm, alarm.band, metrics, moment, before=starts[0])
    return [_found(alarm, line, starts, band) for line in lines if line.id == alarm.watched]


def _found(alarm: Alarm, line: Line, starts: list[datetime], band: Band | None) -> Found:
    by_start = dict(zip(line.timestamps, line.values, strict=True))
    values = tuple(by_start.get(start) for start in starts)
    breaches = [
        None if value is None else _breaches(alarm, value, start, band)
        for start, value in zip(starts, values, strict=True)
    ]
    return Found(line.dimensions, breaches, values)


def _breaches(alarm: Alarm, value: float, start: datetime, band: Band | None) -> bool | None:
    if alarm.threshold is not None:
        return alarm.comparison.breached(value, alarm.threshold, alarm.threshold)
    bounds = None if band is None else band.at(start)
    return None if bounds is None else alarm.comparison.breached(value, *bounds)
