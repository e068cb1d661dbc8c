"""A simulated Cloudflare API with faults, deterministic by seed.

It speaks from Cloudflare's documentation and from what others saw, never from the product's code. Start here:

    with Cloudflare(world, clock=lambda: now) as cloudflare:
        cloudflare.faults.add(Fault("http_429", zone=zone.id, minutes=("2026-11-23 10:00", "2026-11-23 10:05")))
        ...  # point CLOUDFLARE_API_BASE_URL at cloudflare.base_url
        cloudflare.served, cloudflare.requests

A disturbed request counts towards the limits like any other. `refusals` has what Cloudflare may say in place of a
default, as in `cloudflare.api.unknown_token = refusals.INVALID_ACCESS_TOKEN`.
"""

from . import refusals
from .calls import Call
from .faults import Fault, Faults, Kind
from .kinds import KINDS
from .limits import Lockout, RateLimit, RatelimitHeaders
from .minutes import Minutes
from .sample import sample_world, sample_zone
from .server import Cloudflare
from .traffic import Reading, Traffic
from .world import (
    EVERY_ZONE,
    NO_ZONE,
    Account,
    Application,
    GlobalKey,
    IdleApplications,
    Token,
    World,
    Zone,
    make_id,
    make_token,
)

__all__ = [
    "EVERY_ZONE",
    "KINDS",
    "NO_ZONE",
    "Account",
    "Application",
    "Call",
    "Cloudflare",
    "Fault",
    "Faults",
    "GlobalKey",
    "IdleApplications",
    "Kind",
    "Lockout",
    "Minutes",
    "RateLimit",
    "RatelimitHeaders",
    "Reading",
    "Token",
    "Traffic",
    "World",
    "Zone",
    "make_id",
    "make_token",
    "refusals",
    "sample_world",
    "sample_zone",
]
