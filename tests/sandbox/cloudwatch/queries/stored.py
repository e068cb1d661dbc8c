"""What was put, by metric."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tests.sandbox.aws.metrics import Datum, Metrics, Series


@dataclass(frozen=True, slots=True, order=True)
class StoredMetric:
    """A metric is its namespace, its name and its exact dimensions.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_concepts.html#dimension-combinations
    """

    namespace: str
    name: str
    dimensions: tuple[tuple[str, str], ...]
    """Sorted by name."""

    @property
    def schema(self) -> frozenset[str]:
        """The names of its dimensions."""
        return frozenset(name for name, _ in self.dimensions)

    def value(self, dimension: str) -> str | None:
        """The value of this dimension; None for a metric without it."""
        return dict(self.dimensions).get(dimension)


class Stored:
    """All metrics and their data, read once for a request."""

    def __init__(self, metrics: Metrics) -> None:
        self._data: dict[StoredMetric, list[Datum]] = {}
        for namespace in metrics.namespaces():
            data: defaultdict[Series, list[Datum]] = defaultdict(list)
            for series, datum in metrics.all(namespace):
                data[series].append(datum)
            self._data |= {StoredMetric(namespace, each.name, each.dimensions): data[each] for each in data}

    def __iter__(self) -> Iterator[StoredMetric]:
        """Every metric, in alphabetical order."""
        return iter(sorted(self._data))

    def data(self, metric: StoredMetric) -> Sequence[Datum]:
        """Its data; none for a metric that never was put."""
        return self._data.get(metric, ())
