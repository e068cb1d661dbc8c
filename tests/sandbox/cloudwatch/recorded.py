"""Metrics read as of a moment: who looks at 10:05:05 does not see what came at 10:05:12."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Self

from tests.sandbox.aws.metrics import Datum, Metrics, Series

Entry = tuple[Series, Datum]
MetricName = tuple[str, str]
"""A namespace and a name in it."""


class Recorded(Metrics):
    """A copy of stored metrics, by name and time, of which parts can be read without going through all of it."""

    def __init__(self, entries: Mapping[str, Iterable[Entry]]) -> None:
        """`entries`: by namespace."""
        by_name: defaultdict[MetricName, list[Entry]] = defaultdict(list)
        for namespace, found in entries.items():
            for series, datum in found:
                by_name[namespace, series.name].append((series, datum))
        for of_metric in by_name.values():
            of_metric.sort(key=_time)
        self._by_name: Mapping[MetricName, list[Entry]] = by_name

    @classmethod
    def of(cls, metrics: Metrics) -> Self:
        """Copy everything that there is now."""
        return cls({namespace: metrics.all(namespace) for namespace in metrics.namespaces()})

    def as_of(
        self, moment: datetime, start: datetime, end: datetime, only: Collection[MetricName] | None = None
    ) -> "Recorded":
        """The data from `start` to before `end` that had arrived at this moment; of these metrics only, if any."""
        names = self._by_name if only is None else [name for name in only if name in self._by_name]
        seen: defaultdict[str, list[Entry]] = defaultdict(list)
        for name in names:
            seen[name[0]] += (
                entry for entry in _between(self._by_name[name], start, end) if entry[1].arrived <= moment
            )
        return Recorded(seen)

    def namespaces(self) -> list[str]:
        """Every namespace that has data."""
        return sorted({namespace for namespace, _ in self._by_name})

    def all(self, namespace: str) -> Iterator[Entry]:
        """Every datum of a namespace with its series; of one metric, by time."""
        for (where, _), found in self._by_name.items():
            if where == namespace:
                yield from found


def _time(entry: Entry) -> datetime:
    return entry[1].timestamp


def _between(entries: list[Entry], start: datetime, end: datetime) -> list[Entry]:
    first, last = (bisect_left(entries, moment, key=_time) for moment in (start, end))
    return entries[first:last]
