"""An alarm as DescribeAlarms tells it.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricAlarm.html
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any, Final, Self

_STATISTIC_ID: Final = "m1"
_INSIGHTS: Final = re.compile(r"\s*SELECT\s", re.IGNORECASE)
_GROUPED: Final = re.compile(r"\sGROUP\s+BY\s", re.IGNORECASE)
_BAND: Final = re.compile(r"\s*ANOMALY_DETECTION_BAND\(\s*(\w+)\s*(?:,\s*([\d.]+)\s*)?\)\s*")
_STANDARD_DEVIATIONS: Final = 2.0
"""Of a band whose expression does not say."""

Query = Mapping[str, Any]
"""A query as GetMetricData takes it."""


class Missing(StrEnum):
    """What a missing data point counts as."""

    MISSING = "missing"
    IGNORE = "ignore"
    BREACHING = "breaching"
    NOT_BREACHING = "notBreaching"


class Comparison(StrEnum):
    """Which values are outside of the threshold."""

    ABOVE = "GreaterThanThreshold"
    ABOVE_OR_AT = "GreaterThanOrEqualToThreshold"
    BELOW = "LessThanThreshold"
    BELOW_OR_AT = "LessThanOrEqualToThreshold"
    OUTSIDE_BAND = "LessThanLowerOrGreaterThanUpperThreshold"
    BELOW_BAND = "LessThanLowerThreshold"
    ABOVE_BAND = "GreaterThanUpperThreshold"

    def breached(self, value: float, lower: float, upper: float) -> bool:
        """Say whether the value breaches; without a band both bounds are the threshold."""
        match self:
            case Comparison.ABOVE | Comparison.ABOVE_BAND:
                return value > upper
            case Comparison.ABOVE_OR_AT:
                return value >= upper
            case Comparison.BELOW | Comparison.BELOW_BAND:
                return value < lower
            case Comparison.BELOW_OR_AT:
                return value <= lower
            case Comparison.OUTSIDE_BAND:
                return value < lower or value > upper


@dataclass(frozen=True, slots=True)
class BandDefinition:
    """An anomaly detection band: around which query's values, and how wide."""

    around: str
    standard_deviations: float


@dataclass(frozen=True, slots=True)
class WarmUp:
    """A time after it was made in which an alarm is not evaluated.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-warm-up.html
    """

    lasts: timedelta
    whole: bool
    """Also when there is data for all evaluation periods before it is over."""

    @classmethod
    def read(cls, configuration: Mapping[str, Any] | None) -> Self:
        """Read an alarm's `WarmUpConfiguration`; without one it is evaluated at once."""
        told = configuration or {"WarmUpPeriodDurationInMinutes": 0}
        lasts = timedelta(minutes=told["WarmUpPeriodDurationInMinutes"])
        return cls(lasts, told.get("OnlyStartEvaluatingAfterWarmUpPeriodEnds", False))


@dataclass(frozen=True, slots=True)
class Alarm:
    """One metric alarm. An alarm on a single metric has one query, made of it."""

    name: str
    period: timedelta
    evaluation_periods: int
    datapoints_to_alarm: int
    comparison: Comparison
    threshold: float | None
    """None where a band takes its place."""
    band: BandDefinition | None
    missing: Missing
    queries: tuple[Query, ...]
    """All but the band's."""
    watched: str
    """The id of the query whose values are compared."""
    warm_up: WarmUp

    @property
    def from_insights(self) -> bool:
        """Its values come from a Metrics Insights query."""
        return any(_INSIGHTS.match(query.get("Expression", "")) for query in self.queries)

    @property
    def metrics(self) -> frozenset[tuple[str, str]] | None:
        """Namespace and name of every metric that it may read; None: its query says."""
        if self.from_insights:
            return None
        metrics = [query["MetricStat"]["Metric"] for query in self.queries if "MetricStat" in query]
        return frozenset((metric["Namespace"], metric["MetricName"]) for metric in metrics)

    @property
    def is_of_metric(self) -> bool:
        """Its values are a metric's, and no expression makes one where there is no datum."""
        return all("MetricStat" in query for query in self.queries)

    @property
    def has_contributors(self) -> bool:
        """It watches as many time series as its query finds."""
        return self.from_insights and any(_GROUPED.search(query.get("Expression", "")) for query in self.queries)

    @classmethod
    def read(cls, described: Mapping[str, Any]) -> Self:
        """Read an item of `MetricAlarms`. Raises ValueError for an alarm that is of none of the known forms."""
        queries = described.get("Metrics") or [_of_single_metric(described)]
        band_id = described.get("ThresholdMetricId")
        plain = tuple(query for query in queries if query["Id"] != band_id)
        watched = [query["Id"] for query in plain if query.get("ReturnData", True)]
        if len(watched) != 1:
            raise ValueError(f"{described['AlarmName']}: one query must return data, not {watched or 'none'}")
        return cls(
            name=described["AlarmName"],
            period=timedelta(seconds=_period_s(described, plain)),
            evaluation_periods=described["EvaluationPeriods"],
            datapoints_to_alarm=described.get("DatapointsToAlarm") or described["EvaluationPeriods"],
            comparison=Comparison(described["ComparisonOperator"]),
            threshold=None if band_id else described["Threshold"],
            band=_band(described["AlarmName"], [query for query in queries if query["Id"] == band_id]),
            missing=Missing(described.get("TreatMissingData") or "missing"),
            queries=plain,
            watched=watched[0],
            warm_up=WarmUp.read(described.get("WarmUpConfiguration")),
        )


def _of_single_metric(described: Mapping[str, Any]) -> Query:
    metric = {name: described[name] for name in ("Namespace", "MetricName", "Dimensions")}
    statistic = described.get("Statistic") or described["ExtendedStatistic"]
    unit = {"Unit": described["Unit"]} if described.get("Unit") else {}
    return {
        "Id": _STATISTIC_ID,
        "MetricStat": {"Metric": metric, "Period": described["Period"], "Stat": statistic, **unit},
        "ReturnData": True,
    }


def _period_s(described: Mapping[str, Any], queries: tuple[Query, ...]) -> int:
    """Every metric of an alarm has the same period."""
    found = {int(query["MetricStat"]["Period"]) for query in queries if "MetricStat" in query}
    found |= {int(query["Period"]) for query in queries if query.get("Period")}
    if len(found) != 1:
        raise ValueError(f"{described['AlarmName']}: its queries must have one period, not {sorted(found)}")
    return found.pop()


def _band(name: str, queries: list[Query]) -> BandDefinition | None:
    if not queries:
        return None
    found = _BAND.fullmatch(queries[0]["Expression"])
    if found is None:
        raise ValueError(f"{name}: {queries[0]['Expression']} is no ANOMALY_DETECTION_BAND(id, number)")
    return BandDefinition(found[1], float(found[2] or _STANDARD_DEVIATIONS))
