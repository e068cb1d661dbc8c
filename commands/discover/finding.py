"""Asks Cloudflare which zones a credential can see, and each of them for its Spectrum applications."""

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from collector.cloudflare.listing import ListingFailed, ListingRefused, ListingStopped
from collector.cloudflare.rate_limit import STARTS_PER_S, Pacer, SpareRequests
from collector.cloudflare.transport import Transport
from commands.applications import Applications, Inventory, Names
from commands.cloudflare import Directory, SeenZone
from commands.credential import Found
from commands.deployment import CommandFailed

LISTING_S: Final = 60.0
"""For the list of zones, and the least for everything behind it."""
_MOST_REQUESTS: Final = 100_000


class NoAnswer(CommandFailed):
    """Cloudflare did not say which zones there are. It may say so another time."""


@dataclass(frozen=True, slots=True)
class FoundZone:
    """A zone that the credential can see, and what came of asking for its applications."""

    zone: SeenZone
    applications: Applications

    @property
    def has_applications(self) -> bool:
        """It is worth to be polled."""
        return bool(self.applications.ids)

    @property
    def not_known(self) -> bool:
        """Cloudflare did not say whether it has any."""
        return self.applications.names is not Names.READABLE


@dataclass(frozen=True, slots=True)
class Finding:
    """Asks with one credential, so many requests a minute at most."""

    transport: Transport
    found: Found
    requests_per_minute: int
    timeout_s: float | None
    """None: as long as the requests take at this pace, and as long again."""
    told: Callable[[str], None]

    def zones(self) -> list[FoundZone]:
        """Every visible zone with its applications.

        Raises NoAnswer or CommandFailed when the list itself cannot be had: of zones that nobody knows of, none could
        be said to be missing.
        """
        began = time.monotonic()
        seen = self._seen(began + (self.timeout_s or LISTING_S))
        paced_s = 60 * len(seen) / self.requests_per_minute
        burst = len(seen) <= self.requests_per_minute
        if not burst:
            pace = f"{self.requests_per_minute:,} requests a minute"
            self.told(f"{len(seen):,} zones to ask, at {pace}: about {math.ceil(paced_s / 60):,} minutes.")
        pacer = Pacer(STARTS_PER_S if burst else self.requests_per_minute / 60)
        until = began + (self.timeout_s or LISTING_S + 2 * paced_s)
        applications = Inventory(self._directory(pacer, until)).of(zone.id for zone in seen)
        return [FoundZone(zone, self._scrubbed(applications[zone.id])) for zone in seen]

    def _seen(self, until: float) -> Sequence[SeenZone]:
        try:
            zones = self._directory(Pacer(), until).zones()
        except ListingRefused as refused:
            raise CommandFailed(
                f"Cloudflare does not list the zones of this credential ({self.found.scrub(str(refused))}): "
                "it must be valid, and have Zone Read. Without that permission, take the ids from the dashboard."
            ) from refused
        except ListingFailed as failed:
            raise NoAnswer(f"Which zones there are could not be had: {self.found.scrub(str(failed))}.") from failed
        except ListingStopped as stopped:
            raise NoAnswer(
                "Cloudflare's rate limit for this user is used up, or it has stopped listening after refusals: "
                "wait five minutes, or an hour."
            ) from stopped
        return [SeenZone(zone.id, self.found.scrub(zone.name)) for zone in zones]

    def _directory(self, pacer: Pacer, until: float) -> Directory:
        return Directory(self.transport, self.found.credential, SpareRequests(_MOST_REQUESTS), pacer, until)

    def _scrubbed(self, applications: Applications) -> Applications:
        return replace(applications, message=self.found.scrub(applications.message))
