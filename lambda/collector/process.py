"""What lives as long as the process: the settings, the connections, and what one run tells the next."""

from datetime import datetime
from typing import Any, Final

from collector.asking.outcome import Memory
from collector.deadline import Phases
from collector.errors import RejectedEvent
from collector.publishing.health import Health
from collector.run import Connections, Run
from collector.settings import Settings
from collector.trigger import Trigger, read_event

TOLD: Final = 100
"""Applications that one log line names, of those beyond the cap."""

UNKNOWN: Final = "unknown"
"""The `Source` of events that name none of the configured ones: any text that they hold would become a metric."""


class Process:
    """Collects the minutes of all sources of the deployment, one event after the other."""

    def __init__(self, settings: Settings, connections: Connections) -> None:
        self._settings = settings
        self._to = connections
        self._memory = {name: Memory() for name in settings.sources}
        self._last_good: dict[str, datetime] = {}
        self._dropped: dict[str, tuple[str, ...]] = {}

    def run(self, event: object, run_id: str, remaining_ms: int) -> dict[str, Any]:
        """Account for the minute that an event names. Returns a summary; raises CollectorError when a person must act.

        An event of a source that is not configured is counted, and is no error: when a source is removed,
        CloudFormation deletes its schedule last, after the function has been updated.

        `run_id` is this run's alone, `remaining_ms` what the invocation has left.
        """
        phases = Phases.within(self._to.monotonic(), remaining_ms / 1000)
        trigger = self._trigger(event)
        if trigger.source not in self._settings.sources:
            return self._not_configured(trigger.source)
        minute = f"{trigger.minute:%Y-%m-%dT%H:%MZ}"
        self._to.logger.append_keys(source=trigger.source, minute=minute)
        self._to.logger.set_correlation_id(f"{trigger.source}/{minute}")
        source = self._settings.sources[trigger.source]
        run = Run(
            self._to,
            source,
            trigger,
            run_id=run_id,
            phases=phases,
            memory=self._memory[source.name],
            last_good=self._last_good.get(source.name),
        )
        try:
            summary = run.account()
        finally:
            self._memory[source.name] = run.memory
            if run.last_good is not None:
                self._last_good[source.name] = run.last_good
        self._tell_dropped(source.name, run.series.dropped_apps)
        self._to.logger.info("minute accounted for", **summary)
        return summary

    def _trigger(self, event: object) -> Trigger:
        try:
            return read_event(event, self._to.clock())
        except RejectedEvent:
            named = event.get("source") if isinstance(event, dict) else None
            self._count_rejected(named if isinstance(named, str) and named in self._settings.sources else UNKNOWN)
            raise

    def _not_configured(self, source: str) -> dict[str, Any]:
        self._count_rejected(UNKNOWN)
        self._to.logger.warning(
            "source is not configured, nothing was collected: docs/operations.md#remove-or-rename-a-source",
            not_configured=source[:100],
            configured=sorted(self._settings.sources),
        )
        return {"not_configured": source[:100]}

    def _count_rejected(self, source: str) -> None:
        health = Health(source, self._to.clock())
        health.add("EventsRejected", 1)
        health.emit()

    def _tell_dropped(self, source: str, apps: tuple[str, ...]) -> None:
        if apps and apps != self._dropped.get(source):
            self._to.logger.warning(
                "metric_limit leaves applications out of CloudWatch; S3 has them",
                count=len(apps),
                applications=apps[:TOLD],
            )
            self._dropped[source] = apps
