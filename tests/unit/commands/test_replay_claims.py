"""Claims: who replays a minute, and from when on somebody else may."""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from collector.store import RawStore
from commands._minutes import MINUTE as ONE
from commands._minutes import Span
from commands._saved import MinuteRefused, SavedMinute
from commands.replay.publish import PREFIX, ReplayLocks, shows_from
from contract.raw import raw_key
from tests.unit.examples import BUCKET, MINUTE, client_error
from tests.unit.fake_time import FakeTime

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

SPAN = Span(MINUTE - 2 * ONE, MINUTE + ONE)


def claims(s3: "S3Client", run: str = "one", writer: Any = None) -> ReplayLocks:
    time = FakeTime()
    return ReplayLocks(s3, RawStore(writer or s3, BUCKET, time.monotonic, time.sleep), BUCKET, run, time.monotonic)


def saved(source: str = "main", minute: datetime = MINUTE) -> SavedMinute:
    return SavedMinute(source, minute, raw_key(minute, source), minute)


@pytest.mark.parametrize(
    ("age", "shows_after"),
    [
        (timedelta(minutes=15), timedelta(minutes=15)),
        (timedelta(hours=3), timedelta(minutes=15)),
        (timedelta(hours=3, minutes=1), timedelta(hours=3)),
        (timedelta(hours=24), timedelta(hours=3)),
        (timedelta(hours=24, minutes=1), timedelta(days=3)),
        (timedelta(days=14), timedelta(days=3)),
    ],
)
def test_the_older_data_are_when_they_are_sent_the_later_they_show(age: timedelta, shows_after: timedelta) -> None:
    assert shows_from(MINUTE, MINUTE + age) == MINUTE + age + shows_after


def test_a_minute_is_taken_on_once(s3: "S3Client") -> None:
    claims(s3).take(saved(), None)
    with pytest.raises(MinuteRefused, match="another replay has just taken it on"):
        claims(s3, "two").take(saved(), None)
    claims(s3, "two").take(saved("edge"), None)
    claims(s3, "two").take(saved(minute=MINUTE + ONE), None)


def test_the_next_one_may_take_it_on_after_the_last_claim_and_again_only_one(s3: "S3Client") -> None:
    claims(s3).take(saved(), None)
    last = claims(s3).within(SPAN)[MINUTE, "main"]
    assert (last.number, last.published) == (1, False)
    claims(s3, "two").take(saved(), last)
    with pytest.raises(MinuteRefused, match="another replay"):
        claims(s3, "three").take(saved(), last)
    assert claims(s3).within(SPAN)[MINUTE, "main"].number == 2


def test_claims_are_found_by_minute_and_source_with_what_came_of_them(s3: "S3Client") -> None:
    to = claims(s3)
    assert to.published(to.take(saved(), None))
    to.take(saved("edge-1"), None)
    to.take(saved(minute=SPAN.last + timedelta(days=1)), None)
    s3.put_object(Bucket=BUCKET, Key=f"{PREFIX}dt=2026-11-23/notes.txt", Body=b"-")
    found = to.within(SPAN)
    assert {name: claim.published for name, claim in found.items()} == {
        (MINUTE, "main"): True,
        (MINUTE, "edge-1"): False,
    }
    assert all(datetime.now(UTC) - claim.at < timedelta(minutes=10) for claim in found.values())


def test_the_tenth_claim_comes_after_the_ninth(s3: "S3Client") -> None:
    last = None
    for _ in range(10):
        claims(s3).take(saved(), last)
        last = claims(s3).within(SPAN)[MINUTE, "main"]
    assert last is not None
    assert last.number == 10


def test_one_that_is_given_back_is_free_again(s3: "S3Client") -> None:
    to = claims(s3)
    assert to.give_back(to.take(saved(), None))
    assert to.within(SPAN) == {}
    claims(s3, "two").take(saved(), None)


def test_its_own_claim_is_known_after_a_lost_answer(s3: "S3Client") -> None:
    class Cut:
        """Applies the first write and loses its answer."""

        def __init__(self) -> None:
            self.tries = 0

        def put_object(self, **asked: Any) -> None:
            self.tries += 1
            s3.put_object(**asked)
            if self.tries == 1:
                raise client_error("InternalError", 500, "PutObject")

        def head_object(self, **asked: Any) -> Any:
            return s3.head_object(**asked)

    cut = Cut()
    claims(s3, writer=cut).take(saved(), None)
    assert cut.tries == 2


def test_without_a_claim_nothing_may_be_sent(s3: "S3Client") -> None:
    class Refusing:
        def put_object(self, **_asked: Any) -> None:
            raise client_error("AccessDenied", 403, "PutObject")

    with pytest.raises(MinuteRefused, match=r"nothing was sent, since no claim could be written: .*AccessDenied"):
        claims(s3, writer=Refusing()).take(saved(), None)
    assert claims(s3, writer=Refusing()).published("reports/replay/1.json") is False
