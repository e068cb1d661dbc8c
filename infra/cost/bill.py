"""A month's bill: its lines, and what would make it smaller."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from infra.cost.prices import Price


@dataclass(frozen=True, slots=True)
class Line:
    """So much of one thing at one price."""

    service: str
    what: str
    quantity: float
    unit: str
    unit_price: float
    """Dollars for one unit."""

    @property
    def dollars(self) -> float:
        """A month."""
        return self.quantity * self.unit_price


@dataclass(frozen=True, slots=True)
class Lever:
    """One change in cdk.json, and what it saves."""

    key: str
    value: object
    """What the key would be set to."""
    dollars: float
    """Less a month, everything else unchanged."""


@dataclass(frozen=True, slots=True)
class Bill:
    """What a month costs, in dollars."""

    lines: tuple[Line, ...]
    levers: tuple[Lever, ...] = ()
    """The largest saving first."""

    @property
    def total(self) -> float:
        """The sum of all lines."""
        return sum(line.dollars for line in self.lines)

    @property
    def by_service(self) -> Mapping[str, float]:
        """The sum of each service's lines, the dearest first."""
        sums: defaultdict[str, float] = defaultdict(float)
        for line in self.lines:
            sums[line.service] += line.dollars
        return dict(sorted(sums.items(), key=lambda item: -item[1]))


def charge(service: str, what: str, quantity: float, price: Price, *, before: float = 0.0) -> Iterator[Line]:
    """Lines for a quantity, one for each tier that it reaches; `before` it, so much was charged already."""
    for part, dollars in price.parts(quantity, before):
        yield Line(service, what, part, price.unit, dollars)
