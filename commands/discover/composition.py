"""The zones that were found as `sources`, beside what is configured already: nothing is changed, nothing is lost.

An owner's sources may poll so many zones a minute; what is beyond that goes into sources of their own, each with a
secret for a token of another Cloudflare user: those that an earlier composition made, then new ones.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from commands.cloudflare import SeenZone
from contract.labels import label_of
from infra.configuration import ConfigurationError, Problem, Source
from infra.configuration.source import parse_source
from infra.configuration.zone import parse_zone
from infra.rate_budget import DEFAULT_REQUESTS_PER_MINUTE, Demand, by_owner, overdrafts, run_requests, split

FIRST: Final = "main"
_LONGEST_NAME: Final = 32

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Composition:
    """What `sources` becomes."""

    sources: list[Json]
    added: int
    """Zones that were not configured."""
    notes: list[str] = field(default_factory=list)
    """What a person should know of it."""
    arithmetic: str = ""
    """Why one source is not enough; empty when it is."""
    new_secrets: list[str] = field(default_factory=list)


def usable_target(sources: Sequence[Json], name: str | None) -> Json:
    """The source that gets the zones: the one of this name, else the first; a new one where there is none.

    Raises ConfigurationError when anything but its zones is wrong.
    """
    target = _target(sources, name)
    index = next((index for index, source in enumerate(sources) if source is target), len(sources))
    problems: list[Problem] = []
    _parsed(target, f"sources[{index}]", problems)
    if wrong := [problem for problem in problems if ".zones" not in problem.path]:
        raise ConfigurationError(wrong)
    return target


def _target(sources: Sequence[Json], name: str | None) -> Json:
    if name is None and sources:
        return sources[0]
    name = name or FIRST
    new = {"name": name, "secret": f"cloudflare-spectrum/{name}"}
    return next((source for source in sources if source.get("name") == name), new)


def compose(sources: Sequence[Json], target: Json, zones: Sequence[SeenZone]) -> Composition:
    """Add the zones that no source has to `target`, and what is beyond its owner's budget to its further sources.

    Raises ConfigurationError when what is there cannot be read.
    """
    stands = list(sources) if any(source is target for source in sources) else [*sources, target]
    configured = _configured(stands)
    there = {zone.id for source in configured for zone in source.zones}
    new = [zone for zone in zones if zone.id not in there]
    entries, notes = _entries(new, [zone.name for source in configured for zone in source.zones if zone.name])
    own = next(each for source, each in zip(stands, configured, strict=True) if source is target)
    given, rest = _given(configured, own, target, [zone.id for zone in new])
    replaced = [
        source | {"zones": [*source.get("zones", []), *(entries[zone_id] for zone_id in ids)]} if ids else dict(source)
        for source, ids in zip(stands, given, strict=True)
    ]
    # Secrets and owners, too: a secret that is used already holds the token of a user whose budget is shared out.
    taken = {str(source.get(key)) for source in replaced for key in ("name", "secret", "owner")}
    further = [_further(target, taken, [entries[zone_id] for zone_id in part]) for part in _parts(rest, own)]
    return Composition(
        sources=[*replaced, *further],
        added=len(new),
        notes=notes,
        arithmetic=_arithmetic(new, configured, own) if further else "",
        new_secrets=[source["secret"] for source in further],
    )


def _configured(sources: Sequence[Json]) -> list[Source]:
    problems: list[Problem] = []
    return [_parsed(source, f"sources[{index}]", problems) for index, source in enumerate(sources)]


def _parsed(value: Json, path: str, problems: list[Problem]) -> Source:
    """A source as it stands, wrong entries or not: whatever is wrong was so before, and synth will say it."""
    source = parse_source(value, path, problems)
    if source is None:
        raise ConfigurationError(problems)
    return source


def _entries(zones: Sequence[SeenZone], configured: Iterable[str]) -> tuple[Mapping[str, Json | str], list[str]]:
    """Each zone as it will stand in cdk.json: with its name, if that can stand there and is no other zone's."""
    entries: dict[str, Json | str] = {}
    notes: list[str] = []
    counts = Counter([*map(label_of, configured), *(label_of(zone.name) for zone in zones)])
    for zone in zones:
        problems: list[Problem] = []
        entry: Json | str = {"id": zone.id, "name": zone.name}
        parse_zone(entry, "zone", problems)
        if any(problem.path.endswith(".name") for problem in problems):
            notes.append(f"{zone.name!r} cannot be a name in cdk.json: zone {zone.id} is written without a name.")
            entry = zone.id
        elif counts[label_of(zone.name)] > 1:
            notes.append(
                f"{zone.name} is the name of several zones: zone {zone.id} is written without a name. In CloudWatch "
                "the beginning of its id stands behind the name; give it a name of its own in cdk.json, zones[].name."
            )
            entry = zone.id
        entries[zone.id] = entry
    return entries, notes


def _room(own: Source, demands: Sequence[Demand]) -> int:
    """Zones that a source may get: its owner's other sources poll as well, and each needs a request for a retry."""
    sharing = by_owner(demands)[own.owner]
    budget = own.requests_per_minute
    return max(0, min(budget, run_requests(budget) - len(sharing)) - sum(demand.total for demand in sharing))


def _given(
    configured: Sequence[Source], own: Source, target: Json, zone_ids: Sequence[str]
) -> tuple[list[Sequence[str]], Sequence[str]]:
    """What each source gets, the target first and then its further ones; and the zones that find no room."""
    demands = [source.demand for source in configured]
    given: list[Sequence[str]] = [()] * len(configured)
    by_owner_given: Counter[str] = Counter()
    for index, source in sorted(enumerate(configured), key=lambda each: each[1] is not own):
        if source is own or _is_further(source, target):
            room = max(0, _room(source, demands) - by_owner_given[source.owner])
            given[index], zone_ids = zone_ids[:room], zone_ids[room:]
            by_owner_given[source.owner] += len(given[index])
    return given, zone_ids


def _parts(zone_ids: Sequence[str], own: Source) -> list[Sequence[str]]:
    """The zones of each new source, whose owner has a budget of its own."""
    budget = min(own.requests_per_minute, DEFAULT_REQUESTS_PER_MINUTE)
    rest = Demand("rest", "rest", dict.fromkeys(zone_ids, 1), budget)
    return [part.zones for part in split([rest], budget)]


def _is_further(source: Source, target: Json) -> bool:
    """An earlier composition made it for zones beyond the target's budget."""
    number = source.name.rpartition("-")[2]
    return number.isdecimal() and _numbered(target, int(number)) == (source.name, source.secret)


def _further(target: Json, taken: set[str], zones: list[Json | str]) -> Json:
    number = 2
    while taken & {*(called := _numbered(target, number))}:
        number += 1
    taken.update(called)
    name, secret = called
    # A larger budget is what Cloudflare has granted to one user, and says nothing of another.
    own = target.get("requests_per_minute", DEFAULT_REQUESTS_PER_MINUTE)
    budget = {"requests_per_minute": own} if own < DEFAULT_REQUESTS_PER_MINUTE else {}
    return {"name": name, "secret": secret, **budget, "zones": zones}


def _numbered(target: Json, number: int) -> tuple[str, str]:
    """Name and secret."""
    return f"{target['name'][: _LONGEST_NAME - 4]}-{number}", f"{target['secret']}-{number}"


def _arithmetic(new: Sequence[SeenZone], configured: Sequence[Source], own: Source) -> str:
    """What synth would say, were all of them in one source."""
    polls = {zone.path: zone.requests for zone in own.zones}
    for zone in new:
        polls[zone.id if zone.name in polls else zone.name] = 1
    together = Demand(own.name, own.owner, polls, own.requests_per_minute)
    others = [source.demand for source in configured if source.name != own.name]
    return "\n".join(message for _, message in overdrafts([*others, together]))
