"""Metrics for tests of queries, without a server: what was put, as the sandbox would read it from moto."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.sandbox.aws.metrics import Datum, Metrics, Series
from tests.sandbox.cloudwatch.queries import Line, evaluate

START = datetime(2026, 11, 22, 22, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


class MetricsAtHand(Metrics):
    """Holds what `put` was given."""

    def __init__(self) -> None:
        self._held: list[tuple[str, Series, Datum]] = []

    def put(
        self, namespace: str, name: str, values: Sequence[float | None], at: datetime = START, /, **dimensions: str
    ) -> None:
        """A value a minute; None is a minute without."""
        for number, value in enumerate(values):
            if value is not None:
                one = Datum(at + number * MINUTE, 1, value, value, value, None, ((value, 1.0),))
                self.put_datum(namespace, name, one, **dimensions)

    def put_datum(self, namespace: str, name: str, datum: Datum, /, **dimensions: str) -> None:
        self._held.append((namespace, Series(name, tuple(sorted(dimensions.items()))), datum))

    def namespaces(self) -> list[str]:
        return sorted({namespace for namespace, _, _ in self._held})

    def all(self, namespace: str) -> Iterator[tuple[Series, Datum]]:
        return ((series, datum) for held, series, datum in self._held if held == namespace)


def metric(id: str, name: str, /, stat: str = "Average", period: int = 60, **dimensions: str) -> dict[str, Any]:
    """A query for a metric of the namespace `N`."""
    named = [{"Name": key, "Value": value} for key, value in dimensions.items()]
    wanted = {"Namespace": "N", "MetricName": name, "Dimensions": named}
    return {"Id": id, "MetricStat": {"Metric": wanted, "Period": period, "Stat": stat}}


def expression(text: str, /, id: str = "e", **other: Any) -> dict[str, Any]:
    """A query for an expression, one point a minute."""
    return {"Id": id, "Expression": text, "Period": 60, **other}


def ask(metrics: Metrics, *queries: Mapping[str, Any], minutes: int = 5, for_alarm: bool = False) -> list[Line]:
    """What the queries answer for so many minutes."""
    return evaluate(queries, metrics, start=START, end=START + minutes * MINUTE, for_alarm=for_alarm)


def values(line: Line, minutes: int = 5) -> list[float | None]:
    """The line's value in each minute, None where it has none."""
    known = dict(zip(line.timestamps, line.values, strict=True))
    return [known.get(START + number * MINUTE) for number in range(minutes)]
