"""A line of the lake, as plain Python has it: one request of one run, and the applications in its answer."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class App:
    """An application in a line."""

    app_id: str
    name: str | None
    protocol: str | None
    bytes_ingress: int
    bytes_egress: int
    connections: float
    duration_avg_ms: float | None
    reported: bool

    @property
    def has_traffic(self) -> bool:
        """Whether anything went through it."""
        return self.bytes_ingress + self.bytes_egress + self.connections > 0


@dataclass(frozen=True, slots=True)
class Line:
    """One request of one run."""

    minute: datetime
    source: str
    zone_id: str
    zone_name: str | None
    colo: str | None
    outcome: str
    reason: str | None
    http_status: int | None
    error_code: int | None
    attempts: int
    rate_limit_remaining: int | None
    apps: tuple[App, ...]

    @property
    def known(self) -> bool:
        """Whether its traffic is known."""
        return self.outcome == "collected"
