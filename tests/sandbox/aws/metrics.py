"""What CloudWatch holds, datum by datum: the API only ever shows sums over a period."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from moto.cloudwatch.models import MetricAggregatedDatum, MetricDatum, MetricDatumBase, cloudwatch_backends

from tests.sandbox.aws.arrival import ALWAYS, arrival_of
from tests.sandbox.aws.backstage import ACCOUNT, REGION


@dataclass(frozen=True, slots=True, order=True)
class Datum:
    """One datum as it was put. Two of the same series and timestamp are two puts: their sums add up."""

    timestamp: datetime
    """UTC, with its zone."""
    sample_count: float
    sum: float
    minimum: float
    maximum: float
    unit: str | None
    arrived: datetime = field(default=ALWAYS, compare=False)
    """Since when it could be read, UTC."""


@dataclass(frozen=True, slots=True, order=True)
class Series:
    """One metric: its name and its exact dimensions."""

    name: str
    dimensions: tuple[tuple[str, str], ...]
    """Sorted by name."""


class Metrics:
    """Reads moto's stored data, behind the API."""

    def data(self, namespace: str, name: str, dimensions: Mapping[str, str] | None = None) -> list[Datum]:
        """Everything put under this name with exactly these dimensions, by time."""
        wanted = Series(name, tuple(sorted((dimensions or {}).items())))
        return sorted(datum for series, datum in self.all(namespace) if series == wanted)

    def series(self, namespace: str) -> list[Series]:
        """Every metric of a namespace: what CloudWatch bills."""
        return sorted({series for series, _ in self.all(namespace)})

    def namespaces(self) -> list[str]:
        """Every namespace that data were put into."""
        return sorted({stored.namespace for stored in _stored()})

    def all(self, namespace: str) -> Iterator[tuple[Series, Datum]]:
        """Every datum of a namespace with its series, in the order in which they came."""
        for stored in _stored():
            if stored.namespace == namespace:
                yield series_of(stored), datum_of(stored)


def series_of(stored: MetricDatumBase) -> Series:
    """The series that a stored datum belongs to."""
    return Series(
        stored.name, tuple(sorted((str(dimension.name), str(dimension.value)) for dimension in stored.dimensions))
    )


def datum_of(stored: MetricDatumBase) -> Datum:
    """A stored datum as numbers; a single value is a set of one."""
    timestamp = stored.timestamp.replace(tzinfo=UTC)
    if isinstance(stored, MetricAggregatedDatum):
        return Datum(
            timestamp, stored.sample_count, stored.sum, stored.min, stored.max, stored.unit, arrival_of(stored)
        )
    assert isinstance(stored, MetricDatum)
    return Datum(timestamp, 1, stored.value, stored.value, stored.value, stored.unit, arrival_of(stored))


def _stored() -> tuple[MetricDatumBase, ...]:
    return tuple(cloudwatch_backends[ACCOUNT][REGION].metric_data)
