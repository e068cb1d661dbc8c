"""What is deployed, and the Cloudflare that it polls: two sources, one of them by data centre.

- `main`: `games` has an idle application that is listed with zeros, one that appears and one that vanishes; `mail` has
  one that is left out of the answers while it is idle; `ssh` has no configured name, and more applications than
  `top_talkers` has places.
- `edge`: `colo` is polled by three data centres, one of which has no traffic; `shut` is a zone that the token may not
  read, and so nobody knows more of it than its id.
"""

from dataclasses import replace
from typing import Any, Final

from tests.athena.days import Days
from tests.sandbox.cloudflare import Application, IdleApplications, Minutes, Token, World, Zone, make_id

TOKENS: Final = {source: "cfut_" + make_id("token", "athena", source) for source in ("main", "edge")}
COLOS: Final = ("AMS", "FRA", "SIN")

APPEARS: Final = (2, "12:10")
"""When the application `arena` begins to exist: days ago, minute."""
VANISHES: Final = (1, "00:08")
"""The last minute of the application `lobby`."""
RENAMED: Final = {
    "play.games.example": ("arcade.games.example", "tcp/80"),
    "host0.ssh.example": ("a.ssh.example", "tcp/21"),
}
"""Applications that have another name and protocol one day, before the first in alphabetical order."""


def _zone(name: str, *applications: Application, idle: IdleApplications = IdleApplications.ZEROS) -> Zone:
    return Zone(make_id("athena", name), name, applications, idle_applications=idle)


def _application(name: str, protocol: str, *, exists: Minutes | None = None, idle: bool = False) -> Application:
    return Application(make_id("athena", name), name, protocol, exists or Minutes(), idle=Minutes() if idle else None)


def world(days: Days) -> World:
    """Everything that exists at Cloudflare, to begin with."""
    games = _zone(
        "games.example",
        _application("play.games.example", "tcp/25565"),
        _application("legacy.games.example", "tcp/25566", idle=True),
        _application("arena.games.example", "udp/27015", exists=Minutes.between(days.at(*APPEARS), None)),
        _application("lobby.games.example", "udp/9987", exists=Minutes.between(None, days.at(*VANISHES))),
    )
    mail = _zone(
        "mail.example",
        _application("smtp.mail.example", "tcp/25"),
        _application("imap.mail.example", "tcp/993"),
        _application("uucp.mail.example", "tcp/540", idle=True),
        idle=IdleApplications.LEFT_OUT,
    )
    ssh = _zone("ssh.example", *(_application(f"host{number}.ssh.example", "tcp/22") for number in range(14)))
    cdn, dns = _application("cdn.colo.example", "tcp/443"), _application("dns.colo.example", "udp/53")
    colo = replace(_zone("colo.example", cdn, dns), colos=COLOS[:2])
    shut = _zone("shut.example", _application("secret.shut.example", "tcp/22"))
    readable = frozenset({colo.id})
    tokens = (
        Token(TOKENS["main"], owner="main"),
        Token(TOKENS["edge"], owner="edge", analytics=readable, settings=readable),
    )
    return World((games, mail, ssh, colo, shut), tokens)


def renamed(before: World) -> World:
    """The same world, with new names for some."""
    zones = (replace(zone, applications=tuple(map(_renamed, zone.applications))) for zone in before.zones)
    return replace(
        before, zones=tuple(replace(zone, name="bastion.example") if zone.id == SSH else zone for zone in zones)
    )


def _renamed(application: Application) -> Application:
    name, protocol = RENAMED.get(application.dns_name, (application.dns_name, application.protocol))
    return replace(application, dns_name=name, protocol=protocol)


GAMES, MAIL, SSH, COLO, SHUT = (
    make_id("athena", f"{name}.example") for name in ("games", "mail", "ssh", "colo", "shut")
)

REQUESTS: Final = {
    "main": ((GAMES, None), (MAIL, None), (SSH, None)),
    "edge": (*((COLO, colo) for colo in COLOS), (SHUT, None)),
}
"""By source, what one run asks for: zone and data centre."""

CONFIGURED_NAMES: Final = {GAMES: "games.example", MAIL: "mail.example", COLO: "colo.example"}


def secret_of(source: str) -> str:
    """The name of a source's secret."""
    return f"cloudflare-spectrum/{source}"


def _configured(source: str) -> list[dict[str, Any]]:
    colos: dict[str, list[str]] = {}
    for zone_id, colo in REQUESTS[source]:
        colos.setdefault(zone_id, []).extend([] if colo is None else [colo])
    names = {zone_id: {"name": name} for zone_id, name in CONFIGURED_NAMES.items()}
    return [{"id": zone_id, "colos": colos[zone_id], **names.get(zone_id, {})} for zone_id in colos]


SPECTRUM: Final[dict[str, Any]] = {
    "sources": [{"name": name, "secret": secret_of(name), "zones": _configured(name)} for name in REQUESTS]
}
"""cdk.json's `spectrum`."""
