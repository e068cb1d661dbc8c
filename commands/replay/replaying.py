"""One minute after the other: which series it should have, which are missing, and those are sent."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from collector.publishing.publication import Publisher
from collector.publishing.series import Datum, series_of
from collector.saving.poll import Poll
from collector.sources import Source
from commands.deployment import CommandFailed
from commands.minutes import Span, shown
from commands.replay.claims import Claim, Claims, shows_from
from commands.replay.names import NamesThen
from commands.replay.presence import Name, Presence
from commands.saved import MinuteRefused, SavedMinute, SavedMinutes
from contract.metrics import TRAFFIC_NAMESPACE
from contract.raw import Outcome

PATIENCE_S: Final = 60.0
"""For the data of one minute."""


@dataclass(frozen=True, slots=True)
class Replayed:
    """What became of a minute."""

    saved: SavedMinute
    well: bool
    """All of it is in CloudWatch, `Published` included; in a dry run: nothing stands in its way."""
    sent: int = 0
    there: int = 0
    refused: int = 0
    unknown: int = 0
    remark: str = ""

    def __str__(self) -> str:
        """`2026-11-23T10:00 main: 40 sent, 12 there already`."""
        return f"{self.saved}: {self.remark or f'{self.sent} sent, {self.there} there already'}"


@dataclass(frozen=True, slots=True)
class _Prepared:
    saved: SavedMinute
    data: tuple[Datum, ...]


class Replay:
    """Sends what is missing, and never what may be there."""

    def __init__(
        self,
        *,
        saved: SavedMinutes,
        sources: Mapping[str, Source],
        names: NamesThen,
        presence: Presence,
        claims: Claims,
        claimed: Mapping[tuple[datetime, str], Claim],
        publisher: Publisher,
        clock: Callable[[], datetime],
        dry_run: bool,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._saved = saved
        self._sources = sources
        self._names = names
        self._presence = presence
        self._claims = claims
        self._claimed = claimed
        self._publisher = publisher
        self._clock = clock
        self._dry_run = dry_run
        self._monotonic = monotonic

    def run(self, portion: Sequence[SavedMinute]) -> Iterator[Replayed]:
        """Replay minutes of one source, asking once for all what CloudWatch has of them. Never raises for one."""
        prepared: list[_Prepared] = []
        for saved in portion:
            try:
                prepared.append(self._prepared(saved))
            except MinuteRefused as refused:
                yield Replayed(saved, well=False, remark=f"NOT SENT: {refused}")
        if not prepared:
            return
        names = {(datum.metric, datum.dimensions) for each in prepared for datum in each.data}
        try:
            there = self._presence.of(
                TRAFFIC_NAMESPACE, names, Span(prepared[0].saved.minute, prepared[-1].saved.minute)
            )
        except CommandFailed as failed:
            yield from (Replayed(each.saved, well=False, remark=f"NOT SENT: {failed}") for each in prepared)
            return
        for each in prepared:
            yield self._replay(each, {name for name, minute in there if minute == each.saved.minute})

    def _prepared(self, saved: SavedMinute) -> _Prepared:
        claim = self._claimed.get((saved.minute, saved.source))
        if claim:
            self._wait(saved, claim.at, "a replay has sent it, or part of it")
        source = self._sources.get(saved.source)
        if source is None:
            raise MinuteRefused(
                f"source {saved.source} is not in the configuration: use the one that was deployed (--config)"
            )
        polls = self._saved.polls(saved)
        if len({(poll.zone_id, poll.colo) for poll in polls}) < len(polls):
            raise MinuteRefused(f"{saved.key} holds a zone twice: nobody knows which row is right")
        asked = {(request.zone.id, request.colo) for request in source.requests}
        strange = [poll for poll in polls if (poll.zone_id, poll.colo) not in asked]
        if strange:
            where = f"zone {strange[0].zone_id}" + (f" by {strange[0].colo}" if strange[0].colo else "")
            raise MinuteRefused(
                f"{where} is not polled by source {saved.source} of the configuration: use the one that was deployed "
                "at that minute (--config)"
            )
        answered = [poll.zone_id for poll in polls if poll.outcome is Outcome.COLLECTED]
        data = self._data(saved, polls, source, answered)
        if not data:
            # Only `Published` is missing, and a run that came hours late, as `late_event`, may just have sent it.
            self._wait(saved, saved.written_at, "it has just been written")
        return _Prepared(saved, data)

    def _data(
        self, saved: SavedMinute, polls: Sequence[Poll], source: Source, answered: Sequence[str]
    ) -> tuple[Datum, ...]:
        if not answered:
            return ()
        return series_of(polls, source, self._names.at(source.name, saved.minute, answered)).data

    def _wait(self, saved: SavedMinute, sent_at: datetime, why: str) -> None:
        shows = shows_from(saved.minute, sent_at)
        if self._clock() < shows:
            raise MinuteRefused(f"{why}, and CloudWatch may not show that before {shown(shows)}: replay it then")

    def _replay(self, prepared: _Prepared, there: set[Name]) -> Replayed:
        saved = prepared.saved
        missing = [datum for datum in prepared.data if (datum.metric, datum.dimensions) not in there]
        present = len(prepared.data) - len(missing)
        if self._dry_run:
            return Replayed(
                saved, well=True, there=present, remark=f"{len(missing)} to be sent, {present} there already"
            )
        try:
            claim = self._claims.take(saved, self._claimed.get((saved.minute, saved.source)))
        except MinuteRefused as refused:
            return Replayed(saved, well=False, there=present, remark=f"NOT SENT: {refused}")
        until = self._monotonic() + PATIENCE_S
        publication = self._publisher.publish(missing, saved.source, saved.minute, until)
        remark = ""
        if publication.complete:
            self._claims.published(claim)
        else:
            if not publication.applied and not publication.unknown:
                self._claims.give_back(claim)
            remark = (
                f"NOT WHOLE: {publication.applied} sent, {present} there already, {publication.failed} refused, "
                f"{publication.unknown} unknown ({', '.join(publication.causes)})"
            )
        return Replayed(
            saved,
            well=publication.complete,
            sent=min(publication.applied, len(missing)),
            there=present,
            refused=publication.failed,
            unknown=publication.unknown,
            remark=remark,
        )
