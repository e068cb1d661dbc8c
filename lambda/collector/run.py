"""Process one minute of one source: deduplicate, poll, store, resolve names, publish, emit health."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from aws_lambda_powertools import Logger

from cloudflare_api.apps import Listing
from cloudflare_api.client import Transport
from cloudflare_api.credential import Credential
from cloudflare_api.rate_limit import Pacer, RequestBudget
from cloudflare_api.usage import Attempt, attempt_usage
from collector.app_names import Catalog
from collector.credentials import Credentials
from collector.errors import NotPublished
from collector.event import Phases, Trigger
from collector.health import Health
from collector.name_cache import NameCache, failed_look_ups, oldest_age_s
from collector.poller import AppLists, Poller, PollerResult, SourceState
from collector.publisher import Publisher
from collector.rows import Poll, application_ids, polls_of_late_event, polls_of_round
from collector.series import Series, series_of, zone_labels
from collector.store import RawStore, Saved, body_of, unsaved_parts
from contract.raw import Outcome, raw_key
from contract.sources import Request, Source


@dataclass(frozen=True, slots=True)
class Connections:
    """What a run talks to."""

    cloudflare: Transport
    credentials: Credentials
    raw: RawStore
    names: NameCache
    publisher: Publisher
    logger: Logger
    clock: Callable[[], datetime]
    monotonic: Callable[[], float] = time.monotonic


class Run:
    """One minute of one source."""

    def __init__(
        self,
        to: Connections,
        source: Source,
        trigger: Trigger,
        *,
        run_id: str,
        phases: Phases,
        memory: SourceState,
        last_good: datetime | None = None,
    ) -> None:
        self.memory = memory
        """What the last run of this source left; after `account`, what this one leaves."""
        self.last_good = last_good
        """The last minute that this process has collected, at least in part, and saved; none: it does not know."""
        self.series = Series((), 0, ())
        """What was published."""
        self._to = to
        self._source = source
        self._trigger = trigger
        self._key = raw_key(trigger.minute, source.name)
        self._run_id = run_id
        self._phases = phases
        self._spare = RequestBudget(source.spare_requests)
        self._pacer = Pacer()
        self._health = Health(source.name, trigger.minute)

    def account(self) -> dict[str, Any]:
        """Run every step and return a summary. Raises NotSaved or NotPublished when operator action is required."""
        self._health.add("ScheduleDelay", self._trigger.delay_ms)
        try:
            return self._account()
        finally:
            self._health.add_age_of_last_good(self.last_good, self._to.clock())
            self._health.emit()

    def _account(self) -> dict[str, Any]:
        if self._to.raw.has(self._key):
            return self._duplicate()
        result = None if self._trigger.late else self._ask()
        names = self._names
        polls = self._polls(result, names or Catalog())
        if self._save(polls, names or Catalog()) is Saved.DUPLICATE:
            return self._duplicate()
        if names is not None:
            listing = self._listing(result)
            names = self._to.names.refresh(self._source, listing, application_ids(polls), self._to.clock())
        try:
            self._publish(polls, names)
        finally:
            if names is not None and self._to.monotonic() < self._phases.publish:
                self._to.names.keep(self._source, self._to.clock())
        outcomes = {outcome.value: sum(poll.outcome is outcome for poll in polls) for outcome in Outcome}
        return {"saved": self._key, **outcomes}

    @cached_property
    def _names(self) -> Catalog | None:
        return self._to.names.of(self._source, self._phases.poll)

    def _lists(self) -> AppLists:
        return {zone_id: zone.apps for zone_id, zone in self._names.zones.items()} if self._names else {}

    def _duplicate(self) -> dict[str, Any]:
        self._health.add("DuplicatesRefused", 1)
        return {"duplicate_of": self._key}

    def _ask(self) -> PollerResult:
        def call(request: Request, credential: Credential, until: float) -> Attempt:
            return attempt_usage(self._to.cloudflare, request, credential, until)

        result = Poller(
            source=self._source,
            minute=self._trigger.minute,
            memory=self.memory,
            credentials=self._to.credentials,
            call=call,
            spare=self._spare,
            pacer=self._pacer,
            until=self._phases.poll,
            lists=self._lists,
            monotonic=self._to.monotonic,
        ).run()
        self.memory = result.memory
        self._health.add_rate_limit([asked.last for asked in result.asked if asked.last])
        self._health.count("CredentialRefused", result.refused)
        return result

    def _polls(self, result: PollerResult | None, names: Catalog) -> tuple[Poll, ...]:
        now = self._to.clock()
        if result is None:
            return polls_of_late_event(self._source, self._trigger, names, now)
        return polls_of_round(result.asked, self._source, self._trigger.minute, names, now)

    def _save(self, polls: Sequence[Poll], names: Catalog) -> Saved:
        try:
            saved = self._to.raw.write_once(self._key, body_of(polls), self._run_id, self._phases.save)
        except Exception:
            self._rescue(polls)
            self._health.add_polls(polls, zone_labels(self._source, names))
            raise
        if saved is Saved.WRITTEN:
            self._health.add("RowsSaved", len(polls))
            if any(poll.outcome is Outcome.COLLECTED for poll in polls):
                self.last_good = self._trigger.minute
            self._health.add_polls(polls, zone_labels(self._source, names))
        return saved

    def _rescue(self, polls: Sequence[Poll]) -> None:
        self._health.add("SaveFailed", 1)
        for part in unsaved_parts(self._key, self._run_id, polls):
            self._to.logger.error("row not saved: docs/operations.md#not-saved", unsaved=part)

    def _listing(self, result: PollerResult | None) -> Listing | None:
        if result is None or result.credential is None or result.quiet or self._to.monotonic() >= self._phases.names:
            return None
        return Listing(self._to.cloudflare, result.credential, self._spare, self._pacer, self._phases.names)

    def _publish(self, polls: Sequence[Poll], names: Catalog | None) -> None:
        if names is None:
            self._health.add("PublishFailed", 1)
            raise NotPublished(
                f"{self._key} is saved, not in CloudWatch, as its names could not be read: "
                "docs/operations.md#not-published"
            )
        if (age := oldest_age_s(self._source, names, self._to.clock())) is not None:
            self._health.add("CatalogAge", age)
        self._health.count("CatalogFailures", len(failed_look_ups(self._source, names)))
        self.series = series_of(polls, self._source, names)
        self._health.count("MetricsDropped", self.series.dropped_metrics)
        publication = self._to.publisher.publish(
            self.series.data, self._source.name, self._trigger.minute, self._phases.publish
        )
        self._health.count("PublishFailed", publication.failed)
        self._health.count("PublishUnknown", publication.unknown)
        if not publication.complete:
            raise NotPublished(
                f"{self._key} is saved, not all of it is in CloudWatch ({publication.failed} refused, "
                f"{publication.unknown} unknown: {', '.join(publication.causes)}): docs/operations.md#not-published"
            )
