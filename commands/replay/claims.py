"""Which minutes a replay has taken on, as objects in the bucket: what is sent may be invisible for days.

CloudWatch shows data with timestamps of the last 3 hours at once, of the last 24 hours within 2 hours, and older ones
after "at least 48 hours"
(https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricData.html). Until then a second replay
would take them for absent, and double them. So a replay writes a claim before it sends anything of a minute, which can
succeed only once (`IfNoneMatch`), and nobody takes the minute on again before its data would show.
"""

import json
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from botocore.exceptions import BotoCoreError, ClientError

from collector.errors import NotSaved
from collector.saving.raw_store import RawStore, Saved
from commands.deployment import asking
from commands.minutes import Span
from commands.saved import MinuteRefused, SavedMinute
from contract.lake import DAY_FORMAT

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

PREFIX: Final = "reports/replay/"
PATIENCE_S: Final = 10.0

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


class Claims:
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
        with asking(f"what s3://{self._bucket}/{PREFIX} holds"):
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
            written = self._store.write_once(key, body.encode(), self._run, self._monotonic() + PATIENCE_S)
        except NotSaved as error:
            raise MinuteRefused(f"nothing was sent, since no claim could be written: {error}") from error
        if written is Saved.DUPLICATE:
            raise MinuteRefused("another replay has just taken it on")
        return key

    def published(self, key: str) -> bool:
        """Note that all of a claimed minute has been taken; false when S3 does not take the note."""
        done = key.removesuffix(".json") + "-published.json"
        try:
            self._store.write_once(done, b"{}", self._run, self._monotonic() + PATIENCE_S)
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
