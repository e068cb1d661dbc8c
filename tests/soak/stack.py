"""What is deployed, and the Cloudflare that it polls: two sources, six requests a minute, every form of a zone.

- `main`: a zone with an idle application that answers leave out, one with an idle application that they list, and one
  that is polled by two data centres.
- `edge`: a zone of which only two applications are wanted, and one whose applications come and go at midnight.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from tests.sandbox.cloudflare import (
    Application,
    IdleApplications,
    Minutes,
    Token,
    World,
    Zone,
    make_id,
    make_token,
)

TOKENS: Final = {source: make_token("soak", source) for source in ("main", "edge")}
SOURCES: Final = tuple(TOKENS)
GONE_FOR: Final = timedelta(hours=3)
"""Before midnight, so long ago, an application ended; its zone's list has been read since, or could not be."""


def secret_of(source: str) -> str:
    """The name of a source's secret."""
    return f"cloudflare-spectrum/{source}"


def _zone(name: str, protocols: tuple[str, ...], **settings: Any) -> Zone:
    """A zone with an application for each protocol: no two of a zone have one."""
    apps = (
        Application(make_id("soak", name, number), f"app{number}.{name}", protocol)
        for number, protocol in enumerate(protocols)
    )
    return Zone(make_id("soak", name), name, tuple(apps), colos=("AMS", "FRA"), **settings)


def _last(zone: Zone, **changes: Any) -> Zone:
    *others, last = zone.applications
    return replace(zone, applications=(*others, replace(last, **changes)))


_QUIET: Final = _last(
    _zone("quiet.example", ("tcp/22", "tcp/25565", "udp/53"), idle_applications=IdleApplications.LEFT_OUT),
    idle=Minutes(),
)
_LISTED: Final = _last(_zone("listed.example", ("tcp/25", "tcp/587")), idle=Minutes())
_COLOS: Final = _zone("colos.example", ("udp/19132",))
_CHOSEN: Final = _zone("chosen.example", ("tcp/80", "tcp/443", "tcp/8443"))
_CHANGING: Final = _zone("changing.example", ("tcp/993", "tcp/995", "tcp/143"))


@dataclass(frozen=True, slots=True)
class Polled:
    """A zone as the configuration has it."""

    zone_id: str
    name: str = ""
    app_ids: tuple[str, ...] = ()
    colos: tuple[str, ...] = ()

    @property
    def requests(self) -> Iterator[tuple[str, str | None]]:
        """Zone and data centre of every request that it takes."""
        yield from ((self.zone_id, colo) for colo in self.colos or (None,))

    def configured(self) -> dict[str, Any]:
        """Its entry in cdk.json."""
        name = {"name": self.name} if self.name else {}
        return {"id": self.zone_id, **name, "app_ids": list(self.app_ids), "colos": list(self.colos)}


POLLED: Final[Mapping[str, tuple[Polled, ...]]] = {
    "main": (Polled(_QUIET.id), Polled(_LISTED.id), Polled(_COLOS.id, colos=("AMS", "FRA"))),
    "edge": (
        Polled(_CHOSEN.id, name=_CHOSEN.name, app_ids=tuple(app.id for app in _CHOSEN.applications[:2])),
        Polled(_CHANGING.id),
    ),
}

SPECTRUM: Final[dict[str, Any]] = {
    "sources": [
        {"name": source, "secret": secret_of(source), "zones": [polled.configured() for polled in zones]}
        for source, zones in POLLED.items()
    ]
}
"""cdk.json's `spectrum`."""


def world(midnight: datetime) -> World:
    """Cloudflare around this midnight: an application ends some hours before it, another begins with it."""
    kept, gone, new = _CHANGING.applications
    ended = Minutes.between(None, midnight - GONE_FOR)
    changing = replace(
        _CHANGING,
        applications=(kept, replace(gone, exists=ended), replace(new, exists=Minutes.between(midnight, None))),
    )
    tokens = (Token(secret, owner=source) for source, secret in TOKENS.items())
    return World((_QUIET, _LISTED, _COLOS, _CHOSEN, changing), tuple(tokens))
