"""Minutes sent again: what is missing, once, and never what may be there."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

import pytest

from collector.app_names import AppNames, Catalog, ZoneNames
from collector.publisher import BATCH, Publisher
from collector.rows import Poll
from collector.series import series_of
from collector.store import RawStore, body_of
from commands._minutes import MINUTE as ONE
from commands._minutes import Span
from commands._saved import SavedMinute, SavedMinutes
from commands.replay.plan import ExistingSamples, NamesAsOf
from commands.replay.publish import PREFIX, Replay, Replayed, ReplayLocks
from contract.metrics import TRAFFIC_NAMESPACE
from contract.raw import Reason, catalog_key, raw_key
from contract.sources import Source
from tests.unit.commands.cloudwatch import CloudWatch
from tests.unit.examples import BUCKET, MINUTE, application, client_error, failed_poll, poll, source, zone
from tests.unit.fake_time import FakeTime

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

ZONES = (zone(1), zone(2, colos=["AMS", "FRA"]))
SOURCE = source(*ZONES)
NAMES = Catalog(
    {each.id: ZoneNames(f"{each.id[-1]}.example", {"app1": AppNames("ssh", None)}, initialized=True) for each in ZONES}
)
ROWS = (
    poll(ZONES[0], [application()]),
    poll(ZONES[1], [application(bytes_ingress=7)], colo="AMS"),
    poll(ZONES[1], [application(bytes_ingress=8, connections=0.0, duration_avg_ms=None)], colo="FRA"),
)
WHOLE = {(datum.metric, datum.dimensions): 1 for datum in series_of(ROWS, SOURCE, NAMES).data}
NOT_TAKEN = client_error("InvalidParameterValue", 400, "PutMetricData")
UNKNOWN = client_error("InternalServiceFault", 500, "PutMetricData")


@dataclass(slots=True)
class Operator:
    """Somebody who replays, some hours later."""

    s3: "S3Client"
    cloudwatch: CloudWatch = field(default_factory=CloudWatch)
    now: datetime = MINUTE + timedelta(hours=1)
    sources: dict[str, Source] = field(default_factory=lambda: {"main": SOURCE})
    dry_run: bool = False

    def saved(self, rows: Sequence[Poll] = ROWS, minute: datetime = MINUTE) -> SavedMinute:
        """A minute that the collector has saved."""
        key = raw_key(minute, "main")
        self.s3.put_object(Bucket=BUCKET, Key=key, Body=body_of([replace(row, minute=minute) for row in rows]))
        self.s3.put_object(Bucket=BUCKET, Key=catalog_key("main"), Body=NAMES.to_json())
        return SavedMinute("main", minute, key, minute + timedelta(seconds=70))

    def begin(self, run: str = "one") -> Replay:
        """A command that has looked at the claims."""
        time = FakeTime()
        client = cast(Any, self.cloudwatch)
        claims = ReplayLocks(
            self.s3, RawStore(self.s3, BUCKET, time.monotonic, time.sleep), BUCKET, run, monotonic=time.monotonic
        )
        return Replay(
            saved=SavedMinutes(self.s3, BUCKET),
            sources=self.sources,
            names=NamesAsOf(self.s3, BUCKET),
            presence=ExistingSamples(client),
            claims=claims,
            claimed=claims.within(Span(MINUTE - timedelta(days=15), MINUTE + timedelta(days=1))),
            publisher=Publisher(client, time.monotonic, time.sleep),
            clock=lambda: self.now,
            dry_run=self.dry_run,
            monotonic=time.monotonic,
        )

    def replay(self, *minutes: SavedMinute) -> list[Replayed]:
        """The whole command, for these minutes."""
        return list(self.begin().run(minutes))

    def claims(self) -> list[str]:
        """The claims' keys, without what they have in common."""
        found = self.s3.list_objects_v2(Bucket=BUCKET, Prefix=PREFIX).get("Contents", [])
        return [entry["Key"].rpartition("/")[2] for entry in found]


@pytest.fixture
def operator(s3: "S3Client") -> Operator:
    return Operator(s3)


def test_a_minute_of_which_nothing_is_there_is_sent_whole_and_marked(operator: Operator) -> None:
    (done,) = operator.replay(operator.saved())
    assert (done.well, done.sent, done.there) == (True, len(WHOLE), 0)
    assert str(done) == f"2026-11-23T10:00 main: {len(WHOLE)} sent, 0 there already"
    assert operator.cloudwatch.traffic(MINUTE) == WHOLE
    assert operator.cloudwatch.marked(MINUTE) == 1
    assert operator.claims() == ["1-published.json", "1.json"]


def test_only_what_is_missing_is_sent_and_what_is_there_at_another_minute_is_missing(operator: Operator) -> None:
    for number, (metric, dimensions) in enumerate(sorted(WHOLE)):
        minute = MINUTE if number % 3 else MINUTE + ONE
        operator.cloudwatch.kept[TRAFFIC_NAMESPACE, metric, dimensions, minute] += 1
    there = sum(operator.cloudwatch.traffic(MINUTE).values())
    first, second = operator.replay(operator.saved(), operator.saved(minute=MINUTE + ONE))
    assert (first.sent, first.there) == (len(WHOLE) - there, there)
    assert (second.sent, second.there) == (there, len(WHOLE) - there)
    assert operator.cloudwatch.traffic(MINUTE) == operator.cloudwatch.traffic(MINUTE + ONE) == WHOLE
    assert len(operator.cloudwatch.asked) == 1, "both minutes are asked about at once"


def test_when_everything_is_there_but_the_marker_only_that_is_sent(operator: Operator) -> None:
    for name in WHOLE:
        operator.cloudwatch.kept[TRAFFIC_NAMESPACE, *name, MINUTE] += 1
    (done,) = operator.replay(operator.saved())
    assert (done.well, done.sent, done.there) == (True, 0, len(WHOLE))
    assert operator.cloudwatch.traffic(MINUTE) == WHOLE
    assert operator.cloudwatch.marked(MINUTE) == 1


def test_a_dry_run_says_what_it_would_send_and_leaves_nothing_behind(operator: Operator) -> None:
    operator.dry_run = True
    name = next(iter(WHOLE))
    operator.cloudwatch.kept[TRAFFIC_NAMESPACE, *name, MINUTE] += 1
    (done,) = operator.replay(operator.saved())
    assert done.well
    assert str(done) == f"2026-11-23T10:00 main: {len(WHOLE) - 1} to be sent, 1 there already"
    assert operator.cloudwatch.puts == 0
    assert operator.claims() == []


@pytest.mark.parametrize("applied", [True, False])
def test_what_may_have_been_taken_is_not_sent_again_before_it_would_show(operator: Operator, applied: bool) -> None:
    operator.cloudwatch = CloudWatch(lambda number: None if number else UNKNOWN, applied=applied)
    (doubtful,) = operator.replay(operator.saved())
    assert (doubtful.well, doubtful.sent, doubtful.unknown) == (False, 0, len(WHOLE))
    assert f"NOT WHOLE: 0 sent, 0 there already, 0 refused, {len(WHOLE)} unknown (InternalServiceFault" in str(doubtful)
    assert operator.cloudwatch.marked(MINUTE) == 0
    claim = operator.s3.head_object(Bucket=BUCKET, Key=f"{PREFIX}dt=2026-11-23/1000-main/1.json")
    operator.now = claim["LastModified"] + timedelta(minutes=1)
    (early,) = operator.replay(operator.saved())
    assert not early.well
    assert "a replay has sent it, or part of it, and CloudWatch may not show that before" in str(early)
    operator.now = claim["LastModified"] + timedelta(days=3, minutes=1)
    (later,) = operator.replay(operator.saved())
    assert (later.well, later.sent, later.there) == (True, 0 if applied else len(WHOLE), len(WHOLE) if applied else 0)
    assert operator.cloudwatch.traffic(MINUTE) == WHOLE
    assert operator.cloudwatch.marked(MINUTE) == 1


def test_what_was_certainly_not_taken_can_be_tried_again_at_once(operator: Operator) -> None:
    operator.cloudwatch = CloudWatch(lambda number: None if number else NOT_TAKEN)
    (refused,) = operator.replay(operator.saved())
    assert (refused.well, refused.sent, refused.refused) == (False, 0, len(WHOLE))
    assert operator.claims() == []
    (done,) = operator.replay(operator.saved())
    assert done.well
    assert operator.cloudwatch.traffic(MINUTE) == WHOLE


def test_after_a_part_was_taken_the_rest_waits_until_that_part_shows(operator: Operator) -> None:
    many = source(*(zone(number, name=f"zone{number}") for number in range(1, 301)), levels=("zone",))
    operator.sources = {"main": many}
    saved = operator.saved([poll(each, [application()]) for each in many.zones])
    operator.cloudwatch = CloudWatch(lambda number: NOT_TAKEN if number == 1 else None)
    (part,) = operator.replay(saved)
    assert (part.well, part.sent, part.refused) == (False, BATCH, 4 * 300 - BATCH)
    assert operator.cloudwatch.marked(MINUTE) == 0
    assert operator.claims() == ["1.json"]
    claim = operator.s3.head_object(Bucket=BUCKET, Key=f"{PREFIX}dt=2026-11-23/1000-main/1.json")
    operator.now = claim["LastModified"] + timedelta(days=4)
    (rest,) = operator.replay(saved)
    assert (rest.well, rest.sent, rest.there) == (True, 4 * 300 - BATCH, BATCH)
    assert set(operator.cloudwatch.traffic(MINUTE).values()) == {1}
    assert operator.claims() == ["1.json", "2-published.json", "2.json"]


def test_two_replays_at_once_send_a_minute_once(operator: Operator) -> None:
    saved = operator.saved()
    one, two = operator.begin("one"), operator.begin("two")
    # Both have seen the same claims and ask CloudWatch before the other sends: as close as it gets.
    other: list[Replayed] = []

    def meanwhile() -> None:
        if not other:
            other.extend(two.run([saved]))

    operator.cloudwatch.on_put = meanwhile
    (done,) = one.run([saved])
    assert done.well
    assert "another replay has just taken it on" in str(other[0])
    assert operator.cloudwatch.traffic(MINUTE) == WHOLE
    assert operator.cloudwatch.marked(MINUTE) == 1


def test_data_that_cloudwatch_does_not_show_yet_are_not_sent_again(operator: Operator) -> None:
    assert operator.replay(operator.saved())[0].well
    operator.cloudwatch.hidden = set(operator.cloudwatch.kept)
    claim = operator.s3.head_object(Bucket=BUCKET, Key=f"{PREFIX}dt=2026-11-23/1000-main/1.json")
    operator.now = claim["LastModified"] + timedelta(minutes=1)
    assert not operator.replay(operator.saved())[0].well
    assert operator.cloudwatch.traffic(MINUTE) == WHOLE


def test_an_old_minute_that_was_only_skipped_waits_for_the_marker_of_its_late_run(operator: Operator) -> None:
    saved = operator.saved([failed_poll(each, Reason.LATE_EVENT) for each in (ZONES[0],)])
    late = replace(saved, written_at=MINUTE + timedelta(hours=5))
    operator.now = late.written_at + timedelta(hours=2)
    (early,) = operator.replay(late)
    assert "it has just been written, and CloudWatch may not show that before 2026-11-23T18:00" in str(early)
    operator.now = late.written_at + timedelta(hours=3)
    (done,) = operator.replay(late)
    assert done.well
    assert operator.cloudwatch.marked(MINUTE) == 1
    assert operator.cloudwatch.traffic(MINUTE) == {}


def test_a_zone_that_was_not_collected_has_no_data_and_the_minute_is_whole_without(operator: Operator) -> None:
    rows = (ROWS[0], ROWS[1], failed_poll(ZONES[1], colo="FRA"))
    (done,) = operator.replay(operator.saved(rows))
    assert done.well
    assert operator.cloudwatch.traffic(MINUTE) == {
        (datum.metric, datum.dimensions): 1 for datum in series_of(rows, SOURCE, NAMES).data
    }


@pytest.mark.parametrize(
    ("configured", "why"),
    [
        ({}, "source main is not in the configuration: use the one that was deployed"),
        ({"main": source(ZONES[0])}, f"zone {ZONES[1].id} by AMS is not polled by source main"),
        ({"main": source(ZONES[1])}, f"zone {ZONES[0].id} is not polled by source main"),
        ({"main": source(ZONES[0], zone(2))}, f"zone {ZONES[1].id} by AMS is not polled"),
    ],
)
def test_a_minute_that_the_configuration_does_not_fit_is_not_sent(
    operator: Operator, configured: dict[str, Source], why: str
) -> None:
    operator.sources = configured
    (refused,) = operator.replay(operator.saved())
    assert not refused.well
    assert f"NOT SENT: {why}" in str(refused)
    assert operator.cloudwatch.puts == 0
    assert operator.claims() == []


def test_a_minute_in_which_a_zone_stands_twice_is_not_sent(operator: Operator) -> None:
    (refused,) = operator.replay(operator.saved((*ROWS, ROWS[0])))
    assert "holds a zone twice" in str(refused)
    assert operator.cloudwatch.puts == 0


def test_a_broken_minute_does_not_keep_the_others_from_being_sent(operator: Operator) -> None:
    saved = [operator.saved(minute=MINUTE + after * ONE) for after in range(3)]
    operator.s3.put_object(Bucket=BUCKET, Key=saved[1].key, Body=b"-")
    done = operator.replay(*saved)
    assert {each.saved.minute: each.well for each in done} == {
        MINUTE: True,
        MINUTE + ONE: False,
        MINUTE + 2 * ONE: True,
    }
    assert operator.cloudwatch.traffic(MINUTE + ONE) == {}


def test_while_cloudwatch_does_not_say_what_it_has_nothing_is_sent(operator: Operator) -> None:
    operator.cloudwatch.status = "InternalError"
    (refused,) = operator.replay(operator.saved())
    assert not refused.well
    assert "NOT SENT: CloudWatch did not say" in str(refused)
    assert operator.cloudwatch.puts == 0
    assert operator.claims() == []


def test_a_zone_that_was_added_since_changes_nothing(operator: Operator) -> None:
    operator.sources = {"main": source(zone(9), *ZONES)}
    (done,) = operator.replay(operator.saved())
    assert done.well
    assert operator.cloudwatch.traffic(MINUTE) == WHOLE
