"""What happened in a day, as those who brought it about noted it: the events, the runs, Cloudflare's answers."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from tests.soak.script import Event

Numbers = tuple[int, int, float, float | None]
"""Bytes in, bytes out, connections, their average duration; null without a connection."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer about a zone's traffic, by Cloudflare's own record."""

    zone_id: str
    colo: str | None
    minute: datetime
    """Which one it described."""
    status: int
    fault: str | None
    numbers: Mapping[str, Numbers] | None
    """What it said, by application; null when it said no numbers, or did not get through."""


@dataclass(frozen=True, slots=True)
class Struck:
    """An AWS call of a run that met a fault."""

    operation: str
    key: str
    kind: str


@dataclass(frozen=True, slots=True)
class Run:
    """One invocation of the collector."""

    source: str
    minute: datetime
    at: datetime
    """By its own clock."""
    late_s: float
    """After the scheduled time, by its own clock."""
    request_id: str
    error: str
    """Type of the error that ended it; empty when it returned."""
    killed: bool
    """By the script, by Lambda at the time-out, or by a crash."""
    duration_s: float
    alone: bool
    """No other run at the same time, with whose calls its own are mixed up."""
    answers: tuple[Answer, ...]
    struck: tuple[Struck, ...]
    listed_badly: frozenset[str]
    """Zones of which a disturbed list of names came in this run."""


class Fate(StrEnum):
    """How far an event got."""

    RUN = "run"
    REFUSED = "Lambda did not accept it"
    TOO_OLD = "it waited too long in Lambda's queue"


@dataclass(frozen=True, slots=True)
class Delivery:
    """One event, and what became of it."""

    event: Event
    fate: Fate
    runs: tuple[Run, ...]


@dataclass(frozen=True, slots=True)
class CompactionRun:
    """One invocation of the compactor."""

    at: datetime
    error: str
    message: str
    disturbed: bool
    """A fault struck it, it was killed, another ran at the same time, or its code was not loaded in time."""
