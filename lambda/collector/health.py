"""What happened to the run itself, as embedded metrics in the log: no call, so it works when CloudWatch's API does not.

One EMF line holds the metrics by `Source`; the sparse ones with another dimension get a line each.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from aws import print_metrics
from cloudflare_api.usage import Attempt
from collector.rows import Poll
from contract.raw import Outcome


@dataclass(slots=True)
class Health:
    """The health of one run. Values are by metric name (contract.metrics); what was not measured is not there."""

    source: str
    moment: datetime
    """The timestamp of the data: the minute, or now when there is no minute."""
    values: dict[str, list[float]] = field(default_factory=dict)
    reasons: Counter[str] = field(default_factory=Counter)
    zones_down: list[str] = field(default_factory=list)

    def add(self, metric: str, *values: float) -> None:
        """Note a measurement."""
        self.values.setdefault(metric, []).extend(values)

    def count(self, metric: str, number: float) -> None:
        """Note a number that matters only when it is not zero."""
        if number:
            self.add(metric, number)

    def add_polls(self, polls: Sequence[Poll], zone_labels: Mapping[str, str]) -> None:
        """Note what became of every request."""
        outcomes = Counter(poll.outcome for poll in polls)
        self.add("RequestsCollected", outcomes[Outcome.COLLECTED])
        self.add("RequestsFailed", outcomes[Outcome.FAILED])
        self.add("RequestsSkipped", outcomes[Outcome.SKIPPED])
        self.add("Attempts", sum(poll.attempts for poll in polls))
        latencies = [float(poll.latency_ms) for poll in polls if poll.latency_ms is not None and poll.http_status]
        if latencies:
            self.add("ApiLatency", *latencies)
        self.reasons.update(poll.reason for poll in polls if poll.reason)
        down = {poll.zone_id for poll in polls if poll.outcome is not Outcome.COLLECTED}
        self.zones_down = [label for zone_id, label in zone_labels.items() if zone_id in down]

    def add_rate_limit(self, attempts: Sequence[Attempt]) -> None:
        """Note the least that Cloudflare's headers said is left, and the largest share that is used.

        They may be of different limits: of a small one little is left though most of it is.
        """
        limits = [attempt.rate_limit for attempt in attempts if attempt.rate_limit]
        if limits:
            self.add("RateLimitRemaining", min(limit.remaining for limit in limits))
        if used := [limit.used_percent for limit in limits if limit.used_percent is not None]:
            self.add("RateLimitUsed", max(used))

    def add_age_of_last_good(self, minute: datetime | None, now: datetime) -> None:
        """Note how long ago the last good minute ended, as far as this process knows.

        Another process may have collected a later one: the age is the most that it can be.
        """
        if minute is not None:
            self.add("LastGoodAge", max(0.0, (now - minute).total_seconds() - 60))

    def emit(self) -> None:
        """Print everything in embedded metric format."""
        self._print({"Source": self.source}, self.values)
        for reason, number in sorted(self.reasons.items()):
            self._print({"Source": self.source, "Reason": reason}, {"Failures": [float(number)]})
        for zone in self.zones_down:
            self._print({"Source": self.source, "Zone": zone}, {"ZoneDown": [1.0]})

    def _print(self, dimensions: Mapping[str, str], values: Mapping[str, Sequence[float]]) -> None:
        print_metrics(dimensions, values, self.moment)
