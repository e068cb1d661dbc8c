"""Cloudflare as the commands ask it: where the function would, with the function's own client."""

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from collector.cloudflare.listing import Listing, ListingFailed
from collector.cloudflare.transport import NoReply, Transport
from collector.cloudflare.verdict import Kind, judge
from collector.secret import Credential
from collector.settings import base_url_faults, base_url_of
from commands.deployment import CommandFailed

ZONES_PER_PAGE: Final = 50
"""The most that Cloudflare gives of zones."""
_ZONE_ID: Final = re.compile(r"[0-9a-f]{32}")
"""It becomes part of a path: nothing else may."""


def checked_base_url(environment: Mapping[str, str]) -> str:
    """Where the API answers. Raises CommandFailed when the environment names a place that must not get a credential."""
    base_url = base_url_of(environment)
    if faults := base_url_faults(base_url):
        raise CommandFailed("; ".join(faults) + ".")
    return base_url


def says_valid(transport: Transport, credential: Credential, until: float) -> bool:
    """Whether Cloudflare says that this token is valid and active.

    False proves nothing: GET /user/tokens/verify knows neither global keys nor tokens that an account owns.
    """
    if time.monotonic() >= until:
        return False
    try:
        verdict = judge(transport.get("/user/tokens/verify", credential, until))
    except NoReply:
        return False
    result = verdict.envelope.result if verdict.kind is Kind.GOOD and verdict.envelope else None
    return isinstance(result, dict) and result.get("status") == "active"


@dataclass(frozen=True, slots=True)
class SeenZone:
    """A zone that a credential can see."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Directory(Listing):
    """Reads which zones a credential can see, too. Source: GET /zones (Zone Read)."""

    def zones(self) -> list[SeenZone]:
        """Every zone, once, in Cloudflare's order. Raises as `Listing.apps`: all of them come, or an error."""
        return list(self._whole_list("/zones", ZONES_PER_PAGE, "zones", _zone).values())


def _zone(item: object) -> tuple[str, SeenZone]:
    zone_id, name = (item.get("id"), item.get("name")) if isinstance(item, dict) else (None, None)
    if not isinstance(zone_id, str) or not _ZONE_ID.fullmatch(zone_id) or not isinstance(name, str):
        raise ListingFailed("the list of zones holds one without a usable id or name, so nothing of it is used")
    # JSON may hold half of a surrogate pair, which no file takes.
    return zone_id, SeenZone(zone_id, name.encode("utf-8", "replace").decode())
