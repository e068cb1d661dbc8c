"""What is there after the days: in S3, in CloudWatch, in the log, in the queues. Read, and not judged."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from tests.sandbox.cloudflare import World
from tests.soak.happened import CompactionRun, Delivery

Line = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Saved:
    """A raw object."""

    key: str
    run: str
    """Request id of the run that wrote it, by its metadata."""
    versions: int
    """How often it was written."""
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Point:
    """One datum of CloudWatch."""

    metric: str
    dimensions: tuple[tuple[str, str], ...]
    minute: datetime
    count: float
    sum: float
    minimum: float
    maximum: float
    unit: str | None


@dataclass(frozen=True, slots=True)
class Logged:
    """An error that ended a run, as the log tells it."""

    request_id: str
    error: str
    message: str


@dataclass(frozen=True, slots=True)
class Unsaved:
    """Rows that S3 refused, in the log."""

    key: str
    request_id: str
    whole: bool


@dataclass(frozen=True, slots=True)
class Message:
    """An event in one of the queues of failures."""

    source: str
    scheduled: datetime


@dataclass(frozen=True, slots=True)
class Views:
    """What Athena answers on one day about all of them."""

    today: str
    polls: tuple[Line, ...]
    usage: tuple[Line, ...]


@dataclass(frozen=True)
class Evidence:
    """All that the model judges."""

    world: World
    calm_until: datetime
    deliveries: tuple[Delivery, ...]
    compactions: tuple[CompactionRun, ...]
    saved: tuple[Saved, ...]
    traffic: tuple[Point, ...]
    health: tuple[Point, ...]
    errors: tuple[Logged, ...]
    reports: Mapping[str, str]
    """Lambda's own word on how a run ended, by request id: `success`, `error`, `timeout`."""
    unsaved: tuple[Unsaved, ...]
    failures: tuple[Message, ...]
    """Runs that failed, and events that waited too long."""
    undelivered: tuple[Message, ...]
    """Events that Lambda did not accept."""
    views: tuple[Views, ...] = ()
    looked_at: datetime | None = None
    """When the compactor last looked at everything, undisturbed, and nothing happened since."""
    restored: bool = False
    """The operator has restored and replayed, and nothing stood in the way."""

    @cached_property
    def listed_badly(self) -> Mapping[str, tuple[datetime, ...]]:
        """When each zone's names were asked for and the list was disturbed."""
        found: defaultdict[str, list[datetime]] = defaultdict(list)
        for delivery in self.deliveries:
            for run in delivery.runs:
                for zone_id in run.listed_badly:
                    found[zone_id].append(run.at)
        return {zone_id: tuple(moments) for zone_id, moments in found.items()}


def utc(moment: datetime) -> datetime:
    """A view's timestamps come without a zone."""
    return moment.replace(tzinfo=UTC)
