"""What is deployed: three sources of twenty zones. `one` and `two` are of the same Cloudflare user, `three` is not.

- `one`: of its first two zones only some applications are wanted, of one of these by colo.
- `two`: its first zone is polled by three data centres.
- `three`: nothing special.
"""

from typing import Any, Final

from tests.end_to_end.stack import Polled
from tests.sandbox.cloudflare import Application, Token, World, Zone, make_id

OWNERS: Final = {"one": "shared", "two": "shared", "three": "alone"}
"""The Cloudflare user of each source."""

BUDGET: Final = 54
"""Requests a minute of each owner, as configured: nearly all of it is polls of `one` and `two`."""
RUN_REQUESTS: Final = BUDGET * 1_200 // 180 // 6
"""What one run of all of an owner's sources may send, retries and names included: a sixth of what 300 s may hold, which
is 1,200 of Cloudflare's at the default budget of 180 (docs/decisions/005-rate-budget.md)."""

ZONES: Final = 20


def _zone(name: str, applications: int) -> Zone:
    apps = (Application(make_id(name, number), f"app{number}.{name}") for number in range(applications))
    return Zone(make_id(name), name, tuple(apps))


def _whole(source: str, number: int) -> tuple[Polled, ...]:
    return tuple(Polled(_zone(f"zone{each}.{source}.example", 2)) for each in range(number))


_CHOSEN = _zone("chosen.one.example", 4)
_CHOSEN_BY_COLO = _zone("chosen-by-colo.one.example", 3)
_BY_COLO = _zone("by-colo.two.example", 2)

CHOSEN: Final = Polled(_CHOSEN, app_ids=tuple(app.id for app in _CHOSEN.applications[1:3]))
CHOSEN_BY_COLO: Final = Polled(_CHOSEN_BY_COLO, app_ids=(_CHOSEN_BY_COLO.applications[2].id,), colos=("AMS", "IAD"))
BY_COLO: Final = Polled(_BY_COLO, colos=("AMS", "FRA", "SIN"))

SOURCES: Final = {
    "one": (CHOSEN, CHOSEN_BY_COLO, *_whole("one", ZONES - 2)),
    "two": (BY_COLO, *_whole("two", ZONES - 1)),
    "three": _whole("three", ZONES),
}

SPECTRUM: Final[dict[str, Any]] = {
    "metric_limit": 1_000,
    "sources": [
        {
            "name": source,
            "secret": f"cloudflare-spectrum/{source}",
            "owner": OWNERS[source],
            "requests_per_minute": BUDGET,
            "zones": [polled.configured() for polled in zones],
        }
        for source, zones in SOURCES.items()
    ],
}


def token(source: str) -> str:
    """The source's token."""
    return "cfut_" + make_id("token", source)


def world() -> World:
    """Cloudflare before anything goes wrong."""
    tokens = tuple(Token(token(source), owner=owner) for source, owner in OWNERS.items())
    return World(tuple(polled.zone for zones in SOURCES.values() for polled in zones), tokens)
