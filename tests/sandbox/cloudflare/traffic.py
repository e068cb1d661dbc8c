"""The simulated traffic: what each application carries in each minute, computed and never stored.

A pure function of (seed, zone, application, data centre, minute), so that a test can work out by itself what was
served. Every application has a size, a rhythm over the day and a connection length of its own, so a chart looks real.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from hashlib import blake2b
from math import pi, sin

_KNOT_MINUTES = 15


@dataclass(frozen=True, slots=True)
class Reading:
    """What one application carried in one minute: whole bytes and connections, the duration in half milliseconds."""

    bytes_ingress: int
    bytes_egress: int
    connections: int
    duration_avg_ms: float


IDLE = Reading(0, 0, 0, 0.0)


def together(readings: Iterable[Reading]) -> Reading:
    """The readings of several data centres as one: sums, and the duration weighted by connections."""
    parts = tuple(readings)
    connections = sum(part.connections for part in parts)
    if not connections:
        return IDLE
    weighted = sum(part.duration_avg_ms * part.connections for part in parts)
    return Reading(
        sum(part.bytes_ingress for part in parts),
        sum(part.bytes_egress for part in parts),
        connections,
        round(2 * weighted / connections) / 2,
    )


@lru_cache(4096)
def share(*words: object) -> float:
    """A number from 0 up to 1 that depends on the words alone: the same in every process, thread and order."""
    digest = blake2b("\x1f".join(map(str, words)).encode(), digest_size=8).digest()
    return int.from_bytes(digest) / 2**64


@dataclass(frozen=True, slots=True)
class Traffic:
    """All traffic there ever is, for one seed."""

    seed: int = 0

    @lru_cache(65_536)  # noqa: B019 (the seed is all there is of a traffic)
    def reading(self, zone_id: str, app_id: str, colo: str, minute: datetime) -> Reading:
        """What this application carried through this data centre in this minute; never idle."""
        app = (self.seed, zone_id, app_id)
        size = _between(3, 900, share("size", *app)) * (0.3 + share("colo", *app, colo))
        bytes_each = _between(4_000, 400_000, share("bytes", *app))
        duration_ms = _between(60, 30_000, share("duration", *app))
        level = size * self._day(app, minute) * self._drift(app, colo, minute)
        now = (*app, colo, minute.isoformat())
        connections = max(1, round(level * (0.9 + 0.2 * share("connections", *now))))
        bytes_both = connections * bytes_each * (0.85 + 0.3 * share("traffic", *now))
        ingress = round(bytes_both * (0.05 + 0.9 * share("direction", *app)))
        return Reading(
            bytes_ingress=ingress,
            bytes_egress=round(bytes_both) - ingress,
            connections=connections,
            duration_avg_ms=round(2 * duration_ms * (0.9 + 0.2 * share("length", *now))) / 2,
        )

    def _day(self, app: tuple[int, str, str], minute: datetime) -> float:
        """The rhythm of the day: 0.25 in the quietest hour, 1 in the busiest."""
        hour = minute.hour + minute.minute / 60
        return 0.625 + 0.375 * sin(2 * pi * (hour / 24 - share("phase", *app)))

    def _drift(self, app: tuple[int, str, str], colo: str, minute: datetime) -> float:
        """A slow wander of a third either way, drawn every quarter of an hour and joined by straight lines."""
        knot, past = divmod(int(minute.timestamp()) // 60, _KNOT_MINUTES)
        before, after = (share("drift", *app, colo, at) for at in (knot, knot + 1))
        return 0.67 + 0.66 * (before + (after - before) * past / _KNOT_MINUTES)


def _between(low: float, high: float, where: float) -> float:
    """From low to high on a logarithmic scale."""
    return low * float((high / low) ** where)
