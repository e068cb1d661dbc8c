"""Publishes the planned minutes, one after the other, each claimed in S3 first."""

import json
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from botocore.exceptions import BotoCoreError, ClientError

from collector.errors import NotSaved
from collector.publisher import Publisher
from collector.rows import Poll
from collector.series import Datum, series_of
from collector.store import RawStore, Saved
from commands._aws import CommandFailed, aws_errors_as_command_failed
from commands._minutes import Span, shown
from commands._saved import MinuteRefused, SavedMinute, SavedMinutes
from commands.replay.plan import ExistingSamples, Name, NamesAsOf
from contract.lake import DAY_FORMAT
from contract.metrics import TRAFFIC_NAMESPACE
from contract.raw import Outcome
from contract.sources import Source

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client


PREFIX: Final = "reports/replay/"
CLAIM_PATIENCE_S: Final = 10.0

_KEY: Final = re.compile(
    re.escape(PREFIX) + r"dt=([0-9-]{10})/([0-9]{4})-([^/]+)/([0-9]+)(-published)?\.json", re.ASCII
)

_SHOWN_AFTER: Final = (
    (timedelta(hours=3), timedelta(minutes=15)),
    (timedelta(hours=24), timedelta(hours=3)),
    (timedelta.max, timedelta(days=3)),
)
"""How old data were when they were sent, at most, and after how long they are there to be seen. With a margin."""


@dataclass(frozen=True, slots=True)
class Claim:
    """The last time that a replay took a minute on."""

    number: int
    at: datetime
    published: bool
    """It has sent all, `Published` included, and CloudWatch has taken it."""


def shows_from(minute: datetime, sent_at: datetime) -> datetime:
    """When data of this minute that were sent then can be relied on to be seen."""
    age = sent_at - minute
    return sent_at + next(lag for up_to, lag in _SHOWN_AFTER if age <= up_to)


class ReplayLocks:
    """Reads and writes claims."""

    def __init__(
        self, s3: "S3Client", store: RawStore, bucket: str, run: str, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        """`run` is this command's alone: by it a claim is known as its own after a lost answer."""
        self._s3 = s3
        self._store = store
        self._bucket = bucket
        self._run = run
        self._monotonic = monotonic

    def within(self, span: Span) -> dict[tuple[datetime, str], Claim]:
        """The last claim of each minute and source. Raises CommandFailed when S3 does not say."""
        last: dict[tuple[datetime, str], Claim] = {}
        with aws_errors_as_command_failed(f"what s3://{self._bucket}/{PREFIX} holds"):
            for day in span.days:
                prefix = f"{PREFIX}dt={day:{DAY_FORMAT}}/"
                pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=prefix)
                for entry in (entry for page in pages for entry in page.get("Contents", [])):
                    found = _KEY.fullmatch(entry["Key"])
                    if found:
                        minute = datetime.strptime(found[1] + found[2], f"{DAY_FORMAT}%H%M").replace(tzinfo=UTC)
                        claim = Claim(int(found[4]), entry["LastModified"].astimezone(UTC), bool(found[5]))
                        before = last.get((minute, found[3]), claim)
                        last[minute, found[3]] = max(before, claim, key=lambda each: (each.number, each.published))
        return last

    def take(self, saved: SavedMinute, before: Claim | None) -> str:
        """Take a minute on, after this last claim; returns the claim's key.

        Raises MinuteRefused when another replay was quicker, or S3 did not take the claim.
        """
        number = before.number + 1 if before else 1
        key = f"{PREFIX}dt={saved.minute:{DAY_FORMAT}}/{saved.minute:%H%M}-{saved.source}/{number}.json"
        body = json.dumps({"minute": f"{saved.minute:%Y-%m-%dT%H:%MZ}", "source": saved.source, "run": self._run})
        try:
            written = self._store.write_once(key, body.encode(), self._run, self._monotonic() + CLAIM_PATIENCE_S)
        except NotSaved as error:
            raise MinuteRefused(f"nothing was sent, since no claim could be written: {error}") from error
        if written is Saved.DUPLICATE:
            raise MinuteRefused("another replay has just taken it on")
        return key

    def published(self, key: str) -> bool:
        """Note that all of a claimed minute has been taken; false when S3 does not take the note."""
        done = key.removesuffix(".json") + "-published.json"
        try:
            self._store.write_once(done, b"{}", self._run, self._monotonic() + CLAIM_PATIENCE_S)
        except NotSaved:
            return False
        return True

    def give_back(self, key: str) -> bool:
        """Withdraw a claim of which certainly nothing was sent; false when S3 does not do it."""
        try:
            self._s3.delete_object(Bucket=self._bucket, Key=key)
        except (ClientError, BotoCoreError):
            return False
        return True


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
        names: NamesAsOf,
        presence: ExistingSamples,
        claims: ReplayLocks,
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
