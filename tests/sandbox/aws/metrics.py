"""What CloudWatch holds, datum by datum: the API only ever shows sums over a period."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from moto.cloudwatch.models import MetricAggregatedDatum, MetricDatum, MetricDatumBase, cloudwatch_backends

from tests.sandbox.aws.arrival import ALWAYS, arrival_of
from tests.sandbox.aws.backstage import ACCOUNT, REGION

_READ: Final = "read"


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
    observations: tuple[tuple[float, float], ...] = ()
    """Each value and how often it was observed; empty where a statistic set does not tell."""
    arrived: datetime = field(default=ALWAYS, compare=False)
    """Since when it could be read, UTC."""


@dataclass(frozen=True, slots=True, order=True)
class Series:
    """One metric: its name and its exact dimensions."""

    name: str
    dimensions: tuple[tuple[str, str], ...]
    """Sorted by name."""


class Distribution(MetricAggregatedDatum):
    """A datum of several values, which moto would keep as a datum each."""

    def __init__(self, observations: tuple[tuple[float, float], ...], **described: Any) -> None:
        super().__init__(
            sample_count=sum(count for _, count in observations),
            sum_stat=sum(value * count for value, count in observations),
            min_stat=min(value for value, _ in observations),
            max_stat=max(value for value, _ in observations),
            **described,
        )
        self.observations = observations


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
                yield _read(stored)


def _read(stored: MetricDatumBase) -> tuple[Series, Datum]:
    """Read a stored datum once: a day has a hundred thousand, every request for metrics sees all, and none changes."""
    kept: dict[str, Any] = vars(stored)
    if _READ not in kept:
        kept[_READ] = series_of(stored), datum_of(stored)
    read: tuple[Series, Datum] = kept[_READ]
    return read


def series_of(stored: MetricDatumBase) -> Series:
    """The series that a stored datum belongs to."""
    return Series(
        stored.name, tuple(sorted((str(dimension.name), str(dimension.value)) for dimension in stored.dimensions))
    )


def datum_of(stored: MetricDatumBase) -> Datum:
    """A stored datum as numbers; a single value is a set of one."""
    timestamp = stored.timestamp.replace(tzinfo=UTC)
    if isinstance(stored, MetricAggregatedDatum):
        counted = stored.sample_count, stored.sum, stored.min, stored.max
        return Datum(timestamp, *counted, stored.unit, _observations(stored), arrival_of(stored))
    assert isinstance(stored, MetricDatum)
    value, alone = stored.value, ((stored.value, 1.0),)
    return Datum(timestamp, 1, value, value, value, stored.unit, alone, arrival_of(stored))


def _observations(stored: MetricAggregatedDatum) -> tuple[tuple[float, float], ...]:
    """A statistic set tells its observations only where all are the same."""
    if isinstance(stored, Distribution):
        return stored.observations
    return ((stored.min, stored.sample_count),) if stored.min == stored.max and stored.sample_count else ()


def _stored() -> tuple[MetricDatumBase, ...]:
    return tuple(cloudwatch_backends[ACCOUNT][REGION].metric_data)
