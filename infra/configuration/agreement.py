"""What the sources must agree on among themselves: who has which zone, which name, which secret, which budget."""

from collections.abc import Iterable, Iterator, Sequence

from contract.labels import label_of
from infra.configuration.problems import Problem
from infra.configuration.source import Source
from infra.configuration.zone import Zone
from infra.rate_budget import overdrafts


def disagreements(sources: Sequence[Source]) -> Iterator[Problem]:
    """Find everything that is right in itself and wrong beside another entry."""
    yield from _names_used_twice(sources)
    yield from _zones_listed_twice(zone for source in sources for zone in source.zones)
    yield from _zone_names_used_twice(zone for source in sources for zone in source.zones)
    yield from _secrets_described_differently(sources)
    yield from _budgets_stated_differently(sources)
    yield from _budgets_overdrawn(sources)


def _names_used_twice(sources: Iterable[Source]) -> Iterator[Problem]:
    seen: dict[str, Source] = {}
    for source in sources:
        first = seen.setdefault(source.name, source)
        if source.name and first is not source:
            yield Problem(
                f"{source.path}.name", f'"{source.name}" is already the name of {first.path}; choose another.'
            )


def _zones_listed_twice(zones: Iterable[Zone]) -> Iterator[Problem]:
    """A zone polled twice would be counted twice, in every sum."""
    seen: dict[str, Zone] = {}
    for zone in zones:
        first = seen.setdefault(zone.id, zone)
        if not zone.id or first is zone:
            continue
        if bool(first.colos) != bool(zone.colos):
            message = f"this zone is also {first.path}, once whole and once by colos: that counts its traffic twice."
        elif zone.colos:
            message = f"this zone is also {first.path}; put all its colos there."
        else:
            message = f"this zone is also {first.path}: that counts its traffic twice."
        yield Problem(f"{zone.path}.id", f"{message}\nKeep one of the two.")


def _zone_names_used_twice(zones: Iterable[Zone]) -> Iterator[Problem]:
    """Metrics are by zone name, without the source: equal names would add up two zones, whatever their sources."""
    seen: dict[str, Zone] = {}
    for zone in zones:
        if not zone.name:
            continue
        first = seen.setdefault(label_of(zone.name), zone)
        if first is not zone and first.id != zone.id:
            yield Problem(f"{zone.path}.name", f'"{zone.name}" is already the name of {first.path}; choose another.')


def _secrets_described_differently(sources: Iterable[Source]) -> Iterator[Problem]:
    seen: dict[str, Source] = {}
    for source in sources:
        first = seen.setdefault(source.secret, source)
        if not source.secret or first is source:
            continue
        if first.existing_secret != source.existing_secret:
            yield Problem(
                f"{source.path}.existing_secret",
                f"{first.path} has the same secret and says the opposite; say the same in both.",
            )
        if first.owner != source.owner:
            yield Problem(
                f"{source.path}.owner",
                f'{first.path} has the same secret and "{first.owner}" as owner; a secret belongs to one user.',
            )


def _budgets_stated_differently(sources: Iterable[Source]) -> Iterator[Problem]:
    seen: dict[str, Source] = {}
    for source in sources:
        first = seen.setdefault(source.owner, source)
        if source.owner and first.requests_per_minute != source.requests_per_minute:
            yield Problem(
                f"{source.path}.requests_per_minute",
                f"is {source.requests_per_minute:,}, but {first.path} has {first.requests_per_minute:,} and the same "
                "owner; the budget is the owner's: say the same in all its sources.",
            )


def _budgets_overdrawn(sources: Iterable[Source]) -> Iterator[Problem]:
    by_name = {source.name: source for source in sources if source.owner and source.zones}
    for demands, message in overdrafts(source.demand for source in by_name.values()):
        yield Problem(f"{by_name[demands[0].source].path}.zones", message)
