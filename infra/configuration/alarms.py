"""The alarms' settings: whom they tell, from when on, and which traffic is watched."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from contract.labels import label_of
from contract.sources import TRAFFIC_METRICS
from infra.configuration.problems import Problem
from infra.configuration.section import Section, TextRule, listed, shown
from infra.configuration.source import Source
from infra.configuration.zone import PRINTABLE

_KEYS: Final = ("email", "runbook_url", "minutes_without_data", "zone_minutes", "rate_limit_percent", "traffic")
_TRAFFIC_KEYS: Final = ("name", "zone", "application", "colo", "metric", "above", "below", "unusual", "minutes")
_KINDS: Final = ("above", "below", "unusual")
_MOST_MINUTES: Final = 120
"""An alarm on a Metrics Insights query looks back three hours, and the evaluation range is longer than its periods."""
_RATE_LIMIT_PERCENT: Final = 95
"""A full budget's polls alone are 90 % when six runs fall into Cloudflare's window, which happens whenever a run starts
a little earlier than the fifth before it did, and names come on top: infra/rate_budget.py."""
_MOST: Final = 10**15
_EMAIL: Final = TextRule(re.compile(r"[^@\s<>,;]{1,64}@[^@\s<>,;]{1,190}"), 'one mail address ("on-call@example.com")')
_URL: Final = TextRule(
    re.compile(r"https://[^\s<>()\[\]#]{1,200}"),
    'where docs/operations.md can be read, up to its "#": "https://git.example.com/spectrum-meter/docs/operations.md"',
)
_NAME: Final = TextRule(re.compile(r"[a-z0-9-]{1,64}"), "1 to 64 lower-case letters, digits and hyphens")
_NAMED: Final = TextRule(
    re.compile(rf"(?!\s){PRINTABLE}{{1,300}}(?<!\s)"),
    "1 to 300 printable characters, no blank at an end: a name as Cloudflare gives it, or as CloudWatch shows it",
)
_COLO: Final = TextRule(re.compile(r"[A-Z]{3}"), 'a data centre as three capital letters ("AMS")')


@dataclass(frozen=True, slots=True)
class TrafficAlarm:
    """One series of traffic, and what is wrong about it."""

    path: str = field(compare=False)
    """Where it stands in the configuration."""
    name: str
    zone: str
    """As CloudWatch shows it, like the next."""
    application: str | None
    colo: str | None
    metric: str
    above: int | None
    below: int | None
    unusual: int | None
    """Width of the expected band, in standard deviations."""
    minutes: int

    @property
    def dimensions(self) -> tuple[tuple[str, str], ...]:
        """The exact dimensions of its series."""
        named = (("Zone", self.zone), ("Application", self.application), ("Colo", self.colo))
        return tuple((name, value) for name, value in named if value)

    @property
    def subject(self) -> str:
        """What people call it: `games.example / minecraft / AMS`."""
        return " / ".join(value for _, value in self.dimensions)


@dataclass(frozen=True, slots=True)
class Alarms:
    """Whom alarms tell, and from when on."""

    email: str | None
    runbook_url: str | None
    """Where docs/operations.md can be read; none: alarms name the file."""
    minutes_without_data: int
    zone_minutes: int
    rate_limit_percent: int
    traffic: tuple[TrafficAlarm, ...]


def parse_alarms(value: object, path: str, problems: list[Problem]) -> Alarms:
    """Read the settings; an empty object means the defaults, which stand in for what is not an object too."""
    section = Section.read(value, path, problems, known=_KEYS) or Section(path, {}, problems)
    watches = [
        _parse_watch(watch, section.at("traffic", index=index), problems)
        for index, watch in enumerate(section.items("traffic"))
    ]
    return Alarms(
        email=section.optional_text("email", _EMAIL),
        runbook_url=section.optional_text("runbook_url", _URL),
        minutes_without_data=section.integer("minutes_without_data", low=2, high=_MOST_MINUTES, default=5),
        zone_minutes=section.integer("zone_minutes", low=2, high=_MOST_MINUTES, default=5),
        rate_limit_percent=section.integer("rate_limit_percent", low=1, high=99, default=_RATE_LIMIT_PERCENT),
        traffic=tuple(watch for watch in watches if watch is not None),
    )


def _parse_watch(value: object, path: str, problems: list[Problem]) -> TrafficAlarm | None:
    section = Section.read(value, path, problems, known=_TRAFFIC_KEYS)
    if section is None:
        return None
    if not any(kind in section.entries for kind in _KINDS):
        problems.append(Problem(path, f"watches for nothing; give at least one of {listed(_KINDS)}."))
    if "colo" in section.entries and "application" not in section.entries:
        section.report("colo", "needs an application: only those have a series for each data centre.")

    def limit(kind: str, low: int, high: int) -> int | None:
        return section.integer(kind, low=low, high=high, default=low) if kind in section.entries else None

    return TrafficAlarm(
        path=path,
        name=section.text("name", _NAME),
        zone=_label(section.text("zone", _NAMED)),
        application=_label(section.optional_text("application", _NAMED) or "") or None,
        colo=section.optional_text("colo", _COLO),
        metric=section.choice("metric", TRAFFIC_METRICS, default=TRAFFIC_METRICS[0]),
        above=limit("above", 0, _MOST),
        below=limit("below", 1, _MOST),
        unusual=limit("unusual", 1, 10),
        minutes=section.integer("minutes", low=2, high=_MOST_MINUTES, default=10),
    )


def _label(name: str) -> str:
    """What the collector calls it in CloudWatch; empty stands in for a wrong name here as well."""
    return name and label_of(name)


def invalid_traffic_alarms(
    alarms: Alarms, sources: Sequence[Source], *, metrics: Sequence[str], levels: Sequence[str]
) -> Iterator[Problem]:
    """Find each watch on a series that this configuration never publishes: its alarm would be silent for ever."""
    seen: dict[str, TrafficAlarm] = {}
    for watch in alarms.traffic:
        first = seen.setdefault(watch.name, watch)
        if watch.name and first is not watch:
            yield Problem(f"{watch.path}.name", f'"{watch.name}" is already the name of {first.path}; choose another.')
        if watch.metric not in metrics:
            yield Problem(f"{watch.path}.metric", f"{shown(watch.metric)} is not in metrics, so it is not published.")
        level = "application" if watch.application else "zone"
        if level not in levels:
            yield Problem(f"{watch.path}.{level}", f'"{level}" is not in levels, so there is no such series.')
        yield from _about_the_zone(watch, sources)


def _about_the_zone(watch: TrafficAlarm, sources: Sequence[Source]) -> Iterator[Problem]:
    zones = [zone for source in sources for zone in source.zones]
    named = {label_of(zone.name): zone for zone in zones if zone.name}
    zone = named.get(watch.zone)
    if zone is None:
        if watch.zone and zones and len(named) == len(zones):
            names = listed(sorted(zone.name or "" for zone in named.values()))
            yield Problem(f"{watch.path}.zone", f"no zone has this name; there are {names}.")
    elif watch.application and bool(zone.colos) != bool(watch.colo):
        if zone.colos:
            message = f"is missing: {watch.zone} is polled by colos, {listed(zone.colos)}, and has a series for each."
        else:
            message = f"{watch.zone} is polled for all data centres together; leave colo out."
        yield Problem(f"{watch.path}.colo", message)
    elif watch.application and watch.colo and watch.colo not in zone.colos:
        yield Problem(f"{watch.path}.colo", f"is not one of the zone's colos, {listed(zone.colos)}.")
