"""What the end-to-end tests deploy, and the Cloudflare that it polls.

- `main`: three zones with four applications each, two of them idle, under a cap for ten of the twelve.
- `edge`: a zone polled by two data centres, one of which only two applications are wanted; an older global key.
- `wide`: enough zones for every fault to have one of its own.
- `large`: more than 1,000 data a minute; its zones have configured names.
- `new`: nobody has put its secret yet.
"""

from dataclasses import dataclass, replace
from typing import Any, Final

from tests.sandbox.cloudflare import (
    Application,
    GlobalKey,
    IdleApplications,
    Minutes,
    Token,
    World,
    Zone,
    make_id,
    make_token,
    sample_zone,
)

METRIC_LIMIT: Final = 40
"""Ten applications of four metrics each."""

TOKENS: Final = {
    "main": "cfut_" + make_id("token", "main"),
    "wide": make_token("wide"),
    "large": "cfat_" + make_id("token", "large"),
    "new": "cfut_" + make_id("token", "new"),
}
KEY: Final = GlobalKey("meter@example.com", make_id("key", "edge") + "0a1b2", owner="edge")
NEXT_TOKEN: Final = "cfut_" + make_id("token", "main", "next")
"""What `main` is rotated to; not in the world until a test puts it there."""


@dataclass(frozen=True, slots=True)
class Polled:
    """A zone as the configuration has it."""

    zone: Zone
    named: bool = False
    app_ids: tuple[str, ...] = ()
    colos: tuple[str, ...] = ()

    def configured(self) -> dict[str, Any]:
        """Its entry in cdk.json."""
        name = {"name": self.zone.name} if self.named else {}
        return {"id": self.zone.id, **name, "app_ids": list(self.app_ids), "colos": list(self.colos)}


def secret_of(source: str) -> str:
    """The name of a source's secret."""
    return f"cloudflare-spectrum/{source}"


def _idle(zone: Zone, how: IdleApplications) -> Zone:
    """The same zone, its last application without traffic for ever."""
    *others, last = zone.applications
    return replace(zone, applications=(*others, replace(last, idle=Minutes())), idle_applications=how)


def _zone(name: str, applications: int) -> Zone:
    apps = (Application(make_id(name, number), f"app{number}.{name}") for number in range(applications))
    return Zone(make_id(name), name, tuple(apps))


_BY_COLO = _zone("by-colo.example", 2)
_CHOSEN = _zone("chosen.example", 3)

SOURCES: Final[dict[str, tuple[Polled, ...]]] = {
    "main": (
        Polled(_idle(sample_zone(0), IdleApplications.ZEROS)),
        Polled(_idle(sample_zone(1), IdleApplications.LEFT_OUT)),
        Polled(sample_zone(2)),
    ),
    "edge": (
        Polled(_BY_COLO, colos=("AMS", "FRA")),
        Polled(_CHOSEN, app_ids=tuple(app.id for app in _CHOSEN.applications[:2])),
    ),
    "wide": tuple(Polled(_zone(f"wide{number}.example", 1)) for number in range(64)),
    "large": tuple(Polled(_zone(f"large{number}.example", 1), named=True) for number in range(256)),
    "new": (Polled(_zone("new.example", 1)),),
}

ZONES: Final = {name: tuple(polled.zone for polled in zones) for name, zones in SOURCES.items()}

EXISTING_SECRETS: Final = ("edge",)
"""Sources whose secret is not the stack's."""

_SETTINGS: Final[dict[str, dict[str, Any]]] = {
    "edge": {"existing_secret": True},
    "large": {"requests_per_minute": 400},
}

SPECTRUM: Final[dict[str, Any]] = {
    "metric_limit": METRIC_LIMIT,
    "sources": [
        {
            "name": name,
            "secret": secret_of(name),
            "zones": [polled.configured() for polled in zones],
            **_SETTINGS.get(name, {}),
        }
        for name, zones in SOURCES.items()
    ],
}
"""cdk.json's `spectrum`."""


def world() -> World:
    """Cloudflare as it is before anything goes wrong: every source's credential is good for everything."""
    tokens = (Token(secret, owner=source) for source, secret in TOKENS.items())
    return World(tuple(zone for zones in ZONES.values() for zone in zones), tuple(tokens), (KEY,))
