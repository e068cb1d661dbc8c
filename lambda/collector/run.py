"""One invocation, told in order: is it new, ask, save, name, publish, and say how it went."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from aws_lambda_powertools import Logger

from collector.asking.outcome import Memory, RoundResult
from collector.asking.round import Round
from collector.cloudflare.attempt import attempt_usage
from collector.cloudflare.listing import Listing
from collector.cloudflare.rate_limit import Pacer, SpareRequests
from collector.cloudflare.transport import Transport
from collector.deadline import Phases
from collector.errors import NotPublished, NotSaved, RejectedEvent
from collector.naming.catalog import Catalog
from collector.naming.names import Names, oldest_age_s
from collector.publishing.health import Health
from collector.publishing.publication import Publisher
from collector.publishing.series import series_of, zone_labels
from collector.saving.poll import Poll, polls_of_late_event, polls_of_round
from collector.saving.raw_object import body_of, unsaved_parts
from collector.saving.raw_store import RawStore, Saved
from collector.secret import Credentials
from collector.settings import Settings
from collector.sources import Source
from collector.trigger import Trigger, read_event
from contract.raw import Outcome, raw_key


@dataclass(frozen=True, slots=True)
class Connections:
    """What the collector talks to."""

    cloudflare: Transport
    credentials: Credentials
    raw: RawStore
    names: Names
    publisher: Publisher


@dataclass(frozen=True, slots=True)
class _Minute:
    """What belongs to one run."""

    trigger: Trigger
    source: Source
    key: str
    run_id: str
    phases: Phases
    health: Health
    spare: SpareRequests
    pacer: Pacer


class Collector:
    """Collects the minutes of all sources of the deployment, and remembers between them what a process may."""

    def __init__(
        self,
        settings: Settings,
        connections: Connections,
        logger: Logger,
        clock: Callable[[], datetime],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings = settings
        self._to = connections
        self._logger = logger
        self._clock = clock
        self._monotonic = monotonic
        self._memory = {name: Memory() for name in settings.sources}
        self._dropped: tuple[str, ...] = ()

    def run(self, event: object, run_id: str, remaining_ms: int) -> dict[str, Any]:
        """Account for one minute of one source. Returns a summary; raises CollectorError when a person must act."""
        phases = Phases.within(self._monotonic(), remaining_ms / 1000)
        trigger = self._trigger(event)
        self._logger.append_keys(source=trigger.source, minute=f"{trigger.minute:%Y-%m-%dT%H:%MZ}")
        self._logger.set_correlation_id(f"{trigger.source}/{trigger.minute:%Y-%m-%dT%H:%MZ}")
        source = self._settings.sources[trigger.source]
        minute = _Minute(
            trigger=trigger,
            source=source,
            key=raw_key(trigger.minute, source.name),
            run_id=run_id,
            phases=phases,
            health=Health(source.name, trigger.minute),
            spare=SpareRequests(source.spare_requests),
            pacer=Pacer(),
        )
        minute.health.add("ScheduleDelay", trigger.delay_ms)
        try:
            summary = self._account(minute)
        finally:
            minute.health.emit()
        self._logger.info("minute accounted for", **summary)
        return summary

    def _trigger(self, event: object) -> Trigger:
        try:
            return read_event(event, self._settings.sources, self._clock())
        except RejectedEvent:
            named = event.get("source") if isinstance(event, dict) else None
            source = named if isinstance(named, str) and named in self._settings.sources else "unknown"
            health = Health(source, self._clock())
            health.add("EventsRejected", 1)
            health.emit()
            raise

    def _account(self, minute: _Minute) -> dict[str, Any]:
        if self._to.raw.has(minute.key):
            return self._duplicate(minute)
        result = None if minute.trigger.late else self._ask(minute)
        names = self._to.names.of(minute.source)
        polls = self._polls(minute, result, names or Catalog())
        minute.health.add_polls(polls, zone_labels(minute.source, names or Catalog()))
        if self._save(minute, polls) is Saved.DUPLICATE:
            return self._duplicate(minute)
        if names is not None:
            listing = self._listing(minute, result)
            names = self._to.names.refresh(minute.source, listing, _answered(polls), self._clock())
        self._publish(minute, polls, names)
        outcomes = {outcome.value: sum(poll.outcome is outcome for poll in polls) for outcome in Outcome}
        return {"saved": minute.key, **outcomes}

    def _duplicate(self, minute: _Minute) -> dict[str, Any]:
        minute.health.add("DuplicatesRefused", 1)
        return {"duplicate_of": minute.key}

    def _ask(self, minute: _Minute) -> RoundResult:
        def call(request: Any, credential: Any, until: float) -> Any:
            return attempt_usage(self._to.cloudflare, request, credential, until)

        result = Round(
            source=minute.source,
            minute=minute.trigger.minute,
            memory=self._memory[minute.source.name],
            credentials=self._to.credentials,
            call=call,
            spare=minute.spare,
            pacer=minute.pacer,
            until=minute.phases.poll,
            monotonic=self._monotonic,
        ).run()
        self._memory[minute.source.name] = result.memory
        minute.health.add_rate_limit([asked.last for asked in result.asked if asked.last])
        minute.health.count("CredentialRefused", result.refused)
        return result

    def _polls(self, minute: _Minute, result: RoundResult | None, names: Catalog) -> tuple[Poll, ...]:
        now = self._clock()
        if result is None:
            return polls_of_late_event(minute.source, minute.trigger, names, now)
        return polls_of_round(result.asked, minute.source, minute.trigger.minute, names, now)

    def _save(self, minute: _Minute, polls: Sequence[Poll]) -> Saved:
        try:
            saved = self._to.raw.write_once(minute.key, body_of(polls), minute.run_id, minute.phases.save)
        except NotSaved:
            self._rescue(minute, polls)
            raise
        if saved is Saved.WRITTEN:
            minute.health.add("RowsSaved", len(polls))
        return saved

    def _rescue(self, minute: _Minute, polls: Sequence[Poll]) -> None:
        minute.health.add("SaveFailed", 1)
        for part in unsaved_parts(minute.key, polls):
            self._logger.error("row not saved: docs/operations.md#not-saved", unsaved=part)

    def _listing(self, minute: _Minute, result: RoundResult | None) -> Listing | None:
        if result is None or result.credential is None or result.quiet:
            return None
        return Listing(self._to.cloudflare, result.credential, minute.spare, minute.pacer, minute.phases.names)

    def _publish(self, minute: _Minute, polls: Sequence[Poll], names: Catalog | None) -> None:
        source, health = minute.source, minute.health
        if names is None:
            raise NotPublished(
                f"{minute.key} is saved, not in CloudWatch, as its names could not be read: "
                "docs/operations.md#not-published"
            )
        if (age := oldest_age_s(source, names, self._clock())) is not None:
            health.add("CatalogAge", age)
        series = series_of(polls, source, names)
        health.count("MetricsDropped", series.dropped_metrics)
        if series.dropped_apps and series.dropped_apps != self._dropped:
            self._logger.warning(
                "metric_limit leaves applications out of CloudWatch; S3 has them", applications=series.dropped_apps
            )
        self._dropped = series.dropped_apps
        publication = self._to.publisher.publish(series.data, source.name, minute.trigger.minute, minute.phases.publish)
        health.count("PublishFailed", publication.failed)
        health.count("PublishUnknown", publication.unknown)
        if not publication.complete:
            raise NotPublished(
                f"{minute.key} is saved, not all of it is in CloudWatch ({publication.failed} refused, "
                f"{publication.unknown} unknown: {', '.join(publication.causes)}): docs/operations.md#not-published"
            )


def _answered(polls: Sequence[Poll]) -> dict[str, frozenset[str]]:
    """The application ids that the answers named, for the zones that answered."""
    answered: dict[str, frozenset[str]] = {}
    for poll in polls:
        if poll.outcome is Outcome.COLLECTED:
            answered[poll.zone_id] = answered.get(poll.zone_id, frozenset()) | {app.app_id for app in poll.apps}
    return answered
