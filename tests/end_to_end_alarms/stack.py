"""What is deployed for the alarms: two sources, and a watch of each kind on traffic."""

from dataclasses import replace
from typing import Any, Final

from tests.sandbox.cloudflare import Application, Minutes, Token, World, Zone, make_id

METRIC_LIMIT: Final = 20
"""As many as the applications of `main` have: one application more is one too many."""

MAIN: Final = "main"
EDGE: Final = "edge"
TOKENS: Final = {source: "cfut_" + make_id("token", source) for source in (MAIN, EDGE)}
NEXT_TOKEN: Final = "cfut_" + make_id("token", MAIN, "next")
"""What `main` is rotated to."""


def zone_of(name: str, applications: int) -> Zone:
    """A zone whose applications exist, and are at work, all the time."""
    apps = (Application(make_id(name, number), f"app{number}.{name}") for number in range(applications))
    return Zone(make_id(name), name, tuple(apps))


GAMES: Final = zone_of("games.example", 2)
MAIL: Final = zone_of("mail.example", 2)
QUIET: Final = zone_of("quiet.example", 1)
SHOP: Final = zone_of("shop.example", 1)
ZONES: Final = {MAIN: (GAMES, MAIL, QUIET), EDGE: (SHOP,)}

_WATCHED_MINUTES: Final = 4

SPECTRUM: Final[dict[str, Any]] = {
    "metric_limit": METRIC_LIMIT,
    "alarms": {
        "traffic": [
            {"name": "quiet", "zone": QUIET.name, "metric": "Connections", "above": 0, "minutes": _WATCHED_MINUTES},
            {"name": "games", "zone": GAMES.name, "metric": "BytesEgress", "below": 1, "minutes": _WATCHED_MINUTES},
            {"name": "mail", "zone": MAIL.name, "metric": "Connections", "unusual": 8, "minutes": _WATCHED_MINUTES},
        ]
    },
    "sources": [
        {
            "name": source,
            "secret": f"cloudflare-spectrum/{source}",
            "zones": [{"id": zone.id, "name": zone.name} for zone in zones],
        }
        for source, zones in ZONES.items()
    ],
}
"""cdk.json's `spectrum`. What the alarms' own settings leave out is as most people will have it."""


def world() -> World:
    """Cloudflare on a good day: every source's token is good for everything, and `quiet.example` is asleep."""
    tokens = (Token(token, owner=source) for source, token in TOKENS.items())
    return asleep(World(tuple(zone for zones in ZONES.values() for zone in zones), tuple(tokens)), QUIET)


def asleep(before: World, *zones: Zone) -> World:
    """The world in which nobody connects to these zones."""
    for zone in zones:
        idle = tuple(replace(app, idle=Minutes()) for app in zone.applications)
        before = before.with_zone(replace(zone, applications=idle))
    return before
