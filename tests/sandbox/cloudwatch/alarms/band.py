"""A stand-in for anomaly detection: CloudWatch's model is not public.

What is told of it: it learns from up to two weeks of the metric's past and reckons with trends and with hourly, daily
and weekly patterns (https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Anomaly_Detection.html).
Here: the mean of the past values of the same hour of the day, or of all values where that hour has too few, plus and
minus so many standard deviations. It shows that a value far outside of everything alarms and that ordinary ones do
not. Nothing may be concluded from it about values near the edge of a band.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import fmean, pstdev
from typing import Final, Self

from tests.sandbox.cloudwatch.alarms.definition import Alarm, BandDefinition
from tests.sandbox.cloudwatch.queries import evaluate
from tests.sandbox.cloudwatch.recorded import Recorded

_PAST: Final = timedelta(days=14)
_FEWEST: Final = 15
"""Values without which there is no band, and an hour has none of its own."""


@dataclass(frozen=True, slots=True)
class Band:
    """What is expected at each hour of the day."""

    by_hour: Mapping[int, Sequence[float]]
    standard_deviations: float

    @classmethod
    def learned(cls, alarm: Alarm, band: BandDefinition, metrics: Recorded, moment: datetime, before: datetime) -> Self:
        """Learn from what had arrived at this moment of the time `before` another."""
        start = before - _PAST
        there = metrics.as_of(moment, start, before, alarm.metrics)
        lines = evaluate(alarm.queries, there, start=start, end=before, for_alarm=True)
        by_hour: defaultdict[int, list[float]] = defaultdict(list)
        for line in lines:
            if line.id == band.around:
                for at, value in zip(line.timestamps, line.values, strict=True):
                    by_hour[at.hour].append(value)
        return cls(by_hour, band.standard_deviations)

    def at(self, moment: datetime) -> tuple[float, float] | None:
        """The lower and the upper bound; None where too little was learned."""
        learned = self.by_hour.get(moment.hour, ())
        if len(learned) < _FEWEST:
            learned = [value for values in self.by_hour.values() for value in values]
        if len(learned) < _FEWEST:
            return None
        middle, reach = fmean(learned), self.standard_deviations * pstdev(learned)
        return middle - reach, middle + reach
