"""How much is deployed: the configuration and the Cloudflare that fits it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, Final

from collector.app_names import AppNames, Catalog, ZoneNames
from tests.sandbox.cloudflare import Application, Token, World, Zone, make_id

NAMES_LAST: Final = timedelta(minutes=60)
"""The default `catalog_minutes`."""


@dataclass(frozen=True)
class Size:
    """So many sources of so many zones of so many applications; each source has a Cloudflare user of its own."""

    sources: int
    zones: int
    apps: int

    @property
    def names(self) -> tuple[str, ...]:
        """Of the sources."""
        return tuple(f"source{number:02}" for number in range(self.sources))

    @cached_property
    def zones_of(self) -> dict[str, tuple[Zone, ...]]:
        """The zones by source."""
        return {
            name: tuple(self._zone(f"zone{number}.{name}.example") for number in range(self.zones))
            for name in self.names
        }

    def token(self, source: str) -> str:
        """The source's token."""
        return "cfut_" + make_id("token", source)

    def spectrum(self, metric_limit: int | None) -> dict[str, Any]:
        """cdk.json's `spectrum`; None: the default limit."""
        return {
            **({} if metric_limit is None else {"metric_limit": metric_limit}),
            "sources": [
                {"name": name, "secret": f"scale/{name}", "zones": [zone.id for zone in zones]}
                for name, zones in self.zones_of.items()
            ],
        }

    def world(self) -> World:
        """What exists at Cloudflare."""
        tokens = tuple(Token(self.token(name), owner=name) for name in self.names)
        return World(tuple(zone for zones in self.zones_of.values() for zone in zones), tokens)

    def catalog(self, source: str, now: datetime) -> bytes:
        """The source's names as they are kept after some hours: read one zone after the other, all within an hour."""
        zones = self.zones_of[source]
        return Catalog(
            {zone.id: _names(zone, now - NAMES_LAST * number / len(zones)) for number, zone in enumerate(zones)}
        ).to_json()

    def _zone(self, name: str) -> Zone:
        apps = (Application(make_id(name, number), f"app{number}.{name}") for number in range(self.apps))
        return Zone(make_id(name), name, tuple(apps))


def _names(zone: Zone, read_at: datetime) -> ZoneNames:
    apps = {app.id: AppNames(app.dns_name, app.protocol) for app in zone.applications}
    return ZoneNames(zone.name, apps, tried_at=read_at, listed_at=read_at, initialized=True)
