"""A CloudWatch that keeps what it is sent, and shows it by the page."""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from contract.metrics import TRAFFIC_NAMESPACE

Point = tuple[str, str, tuple[tuple[str, str], ...], datetime]
"""Namespace, metric, dimensions, minute."""


class CloudWatch:
    """Takes data, or fails as a test says: `fail` gets the number of the request, from 0, and may let it be applied."""

    def __init__(
        self, fail: Callable[[int], Exception | None] = lambda _request: None, *, applied: bool = False
    ) -> None:
        self.kept: Counter[Point] = Counter()
        self.hidden: set[Point] = set()
        """Kept, and not shown yet."""
        self.asked: list[dict[str, Any]] = []
        self.status = "Complete"
        self.puts = 0
        self.on_put: Callable[[], None] = lambda: None
        self._fail = fail
        self._applied = applied

    def close(self) -> None:
        """Connections are none of its business."""

    def put_metric_data(self, *, Namespace: str, MetricData: list[dict[str, Any]]) -> None:  # noqa: N803
        """Keep the data, unless this request is to fail."""
        self.on_put()
        error = self._fail(self.puts)
        self.puts += 1
        if error is None or self._applied:
            self.kept.update((Namespace, *_name(datum), datum["Timestamp"]) for datum in MetricData)
        if error is not None:
            raise error

    def get_paginator(self, operation: str) -> "CloudWatch":
        """Of the one operation that is asked by pages."""
        assert operation == "get_metric_data"
        return self

    def paginate(self, **asked: Any) -> Iterator[dict[str, Any]]:
        """Two pages: the second has the second half of each series."""
        self.asked.append(asked)
        answers = [self._answer(query, asked["StartTime"], asked["EndTime"]) for query in asked["MetricDataQueries"]]
        yield {"MetricDataResults": [_half(answer, slice(1), "PartialData") for answer in answers]}
        yield {"MetricDataResults": [_half(answer, slice(1, None), self.status) for answer in answers]}

    def _answer(self, query: dict[str, Any], start: datetime, end: datetime) -> dict[str, Any]:
        stat = query["MetricStat"]
        assert (stat["Period"], stat["Stat"]) == (60, "SampleCount")
        wanted = (stat["Metric"]["Namespace"], *_name(stat["Metric"]))
        found = [point for point in self.kept if point[:3] == wanted and point not in self.hidden]
        return {"Id": query["Id"], "Timestamps": sorted(point[3] for point in found if start <= point[3] < end)}

    def traffic(self, minute: datetime) -> Counter[tuple[str, tuple[tuple[str, str], ...]]]:
        """How often each traffic series has a datum at a minute."""
        points = ((point, times) for point, times in self.kept.items() if point[0] == TRAFFIC_NAMESPACE)
        return Counter({(point[1], point[2]): times for point, times in points if point[3] == minute})

    def marked(self, minute: datetime) -> int:
        """How often a minute is said to be published."""
        return sum(times for point, times in self.kept.items() if point[1] == "Published" and point[3] == minute)


def _name(fields: dict[str, Any]) -> tuple[str, tuple[tuple[str, str], ...]]:
    return fields["MetricName"], tuple((each["Name"], each["Value"]) for each in fields["Dimensions"])


def _half(answer: dict[str, Any], part: slice, status: str) -> dict[str, Any]:
    return {"Id": answer["Id"], "Timestamps": answer["Timestamps"][part], "StatusCode": status}
