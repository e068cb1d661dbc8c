"""The days that are asked for, and what the books have of them."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, TypeVar

from tests.athena.line import App, Line

Row = dict[str, Any]
"""One row of an answer, its columns in order."""

_Key = TypeVar("_Key")
_Item = TypeVar("_Item")


@dataclass(frozen=True, slots=True)
class AnyOf:
    """A value that the definition leaves open: one of these."""

    values: frozenset[Any]


@dataclass(frozen=True, slots=True)
class Asked:
    """A query's question: from the first to the last day, both included."""

    lines: tuple[Line, ...]
    """Of the asked days, in order of minute."""
    first: date
    last: date
    now: datetime
    """When the question was put."""
    message: Callable[[Line], str | None]
    """The product's words for what happened; they are its own, and no part of the numbers."""

    @property
    def begin(self) -> datetime:
        """The first moment."""
        return datetime.combine(self.first, time(), UTC)

    @property
    def end(self) -> datetime:
        """The first moment after the last day."""
        return datetime.combine(self.last, time(), UTC) + timedelta(days=1)

    def zones(self) -> dict[str, "Zone"]:
        """The zones that have a line, by id, in order."""
        return {zone_id: Zone(zone_id, lines) for zone_id, lines in grouped(self.lines, lambda line: line.zone_id)}


@dataclass(frozen=True, slots=True)
class Zone:
    """A zone's lines."""

    id: str
    lines: list[Line]

    @property
    def name(self) -> str:
        """Its latest name, or its id."""
        return latest(line.zone_name for line in self.lines) or self.id

    @property
    def known(self) -> set[datetime]:
        """The minutes that every data centre answered that was asked."""
        return {line.minute for line in self.lines} - {line.minute for line in self.lines if not line.known}

    @property
    def asked(self) -> set[datetime]:
        """The minutes with a line."""
        return {line.minute for line in self.lines}

    def applications(self) -> dict[str, "Application"]:
        """Those with a line, by id, in order."""
        sightings = [(line.minute, app) for line in self.lines for app in line.apps]
        return {app_id: Application(app_id, seen) for app_id, seen in grouped(sightings, lambda each: each[1].app_id)}


@dataclass(frozen=True, slots=True)
class Application:
    """An application's lines, one for each minute, or for each minute and data centre."""

    id: str
    seen: list[tuple[datetime, App]]

    @property
    def names(self) -> Row:
        """Its latest name, or its id, and its latest protocol."""
        return {
            "app_id": self.id,
            "application": latest(app.name for _, app in self.seen) or self.id,
            "protocol": latest(app.protocol for _, app in self.seen),
        }

    @property
    def bytes_ingress(self) -> int:
        """Of all minutes."""
        return sum(app.bytes_ingress for _, app in self.seen)

    @property
    def bytes_egress(self) -> int:
        """Likewise."""
        return sum(app.bytes_egress for _, app in self.seen)

    @property
    def minutes(self) -> set[datetime]:
        """With a line."""
        return {minute for minute, _ in self.seen}

    @property
    def busy(self) -> set[datetime]:
        """With traffic."""
        return {minute for minute, app in self.seen if app.has_traffic}

    def connections(self) -> dict[datetime, float]:
        """By minute, all data centres together."""
        return totals((minute, app.connections) for minute, app in self.seen)


def naive(moment: datetime | None) -> datetime | None:
    """As SQL's timestamps are: UTC, and they do not say so."""
    return moment and moment.replace(tzinfo=None)


def latest(values: Iterable[str | None]) -> str | None:
    """The last one that there is."""
    return next((value for value in reversed(list(values)) if value is not None), None)


def share(part: float, whole: float) -> float | None:
    """None of nothing."""
    return part / whole if whole else None


def totals(pairs: Iterable[tuple[_Key, float]]) -> dict[_Key, float]:
    """The sum for each key."""
    sums: dict[_Key, float] = {}
    for key, value in pairs:
        sums[key] = sums.get(key, 0) + value
    return sums


def grouped(items: Iterable[_Item], key: Callable[[_Item], Any]) -> Iterator[tuple[Any, list[_Item]]]:
    """The items by key, keys in order (None last), items in theirs."""
    groups: dict[Any, list[_Item]] = {}
    for item in items:
        groups.setdefault(key(item), []).append(item)
    return iter(sorted(groups.items(), key=lambda group: in_order(group[0])))


def in_order(key: Any) -> tuple[Any, ...]:
    """Sorts as SQL does: None after everything."""
    return tuple((part is None, part) for part in (key if isinstance(key, tuple) else (key,)))
