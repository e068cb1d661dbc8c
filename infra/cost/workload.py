"""What the configuration does not know: how many applications there are, and how the month goes."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from infra.configuration.zone import Zone


@dataclass(frozen=True, slots=True)
class Workload:
    """A month's load. Every default is a guess that docs/cost.md states."""

    applications: Mapping[str, int] = field(default_factory=dict)
    """Spectrum applications by zone id, as far as they are known."""
    applications_per_zone: int = 1
    """Assumed of zones that are not in `applications` and name no `app_ids`."""
    failing_share: float = 0.01
    """Of the hours, in which a zone is not collected in some minute."""
    latency_ms: float = 100
    """Of Cloudflare's answer, as in docs/performance.md."""
    month: int = 12
    """Since the deployment: stored data grow with it."""
    queries: int = 30
    """Of each typical query, a month."""
    alarm_mails: int = 10
    """A month."""

    def __post_init__(self) -> None:
        """Raise ValueError when a number is out of its range."""
        counts = (*self.applications.values(), self.applications_per_zone, self.queries, self.alarm_mails)
        if min(counts) < 0 or self.latency_ms < 0 or self.month < 1 or not 0 <= self.failing_share <= 1:
            raise ValueError("a workload has counts from 0, months from 1 and a share between 0 and 1")

    def applications_of(self, zone: Zone) -> int:
        """Applications that are polled in a zone."""
        known = self.applications.get(zone.id)
        if zone.app_ids:
            return len(zone.app_ids) if known is None else min(known, len(zone.app_ids))
        return self.applications_per_zone if known is None else known
