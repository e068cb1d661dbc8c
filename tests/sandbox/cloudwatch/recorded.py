"""Metrics read as of a moment: who looks at 10:05:05 does not see what came at 10:05:12."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Self

from tests.sandbox.aws.metrics import Datum, Metrics, Series

Entry = tuple[Series, Datum]


class Recorded(Metrics):
    """A copy of stored metrics, by time, of which parts can be read without going through all of it."""

    def __init__(self, entries: Mapping[str, Iterable[Entry]]) -> None:
        """`entries`: by namespace."""
        self._entries = {
            namespace: sorted(found, key=lambda entry: entry[1].timestamp) for namespace, found in entries.items()
        }

    @classmethod
    def of(cls, metrics: Metrics) -> Self:
        """Copy everything that there is now."""
        return cls({namespace: metrics.all(namespace) for namespace in metrics.namespaces()})

    def as_of(self, moment: datetime, start: datetime, end: datetime) -> "Recorded":
        """The data from `start` to before `end` that had arrived at this moment."""
        return Recorded(
            {
                namespace: [entry for entry in _between(found, start, end) if entry[1].arrived <= moment]
                for namespace, found in self._entries.items()
            }
        )

    def namespaces(self) -> list[str]:
        """Every namespace that has data."""
        return sorted(namespace for namespace, found in self._entries.items() if found)

    def all(self, namespace: str) -> Iterator[Entry]:
        """Every datum of a namespace with its series, by time."""
        yield from self._entries.get(namespace, ())


def _between(entries: list[Entry], start: datetime, end: datetime) -> list[Entry]:
    first, last = (bisect_left(entries, moment, key=lambda entry: entry[1].timestamp) for moment in (start, end))
    return entries[first:last]
