"""NameCache in the warm process and in S3."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from collector.app_names import Catalog, CatalogStore, CatalogUnavailable, ZoneNames
from collector.name_cache import KEPT_EVERY, NameCache, failed_look_ups, oldest_age_s
from contract.raw import catalog_key
from tests.unit.examples import BUCKET, NOW, TOKEN, UNHURRIED_S, client_error, lines, logger, source, zone, zones
from tests.unit.loopback import Answer, Loopback, failure, success
from tests.unit.test_refresh import World, listed, listing

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

OF = source(*zones(2))
BOTH: Mapping[str, frozenset[str]] = {zone.id: frozenset({"app1"}) for zone in OF.zones}
MINUTE = timedelta(minutes=1)


class Process:
    """A warm process that keeps names."""

    def __init__(self, s3: "S3Client", bucket: str = BUCKET) -> None:
        made, self.written = logger()
        self.names = NameCache(CatalogStore(s3, bucket), made, sleep=lambda _seconds: None, patience_s=UNHURRIED_S)
        self.puts = 0
        s3.meta.events.register("before-call.s3.PutObject", self._count)

    def _count(self, **_: object) -> None:
        self.puts += 1

    def minute(
        self, cloudflare: Loopback, now: datetime = NOW, answered: Mapping[str, frozenset[str]] = BOTH
    ) -> Catalog:
        """A run's turn."""
        assert self.names.of(OF) is not None
        catalog = self.names.refresh(OF, listing(cloudflare), answered, now)
        self.names.keep(OF, now)
        return catalog


def test_a_new_process_knows_what_the_last_one_read(s3: "S3Client", cloudflare: Loopback) -> None:
    cloudflare.answer = World(apps={1: ["app1"], 2: ["app1"]})
    kept = Process(s3).minute(cloudflare)
    cloudflare.paths.clear()
    assert Process(s3).names.of(OF) == kept
    assert Process(s3).minute(cloudflare, NOW + MINUTE) == kept
    assert cloudflare.paths == []


def test_without_an_object_there_are_no_names_yet(s3: "S3Client") -> None:
    assert Process(s3).names.of(OF) == Catalog()


def test_when_s3_does_not_say_nothing_is_guessed_and_the_next_minute_asks_again(s3: "S3Client") -> None:
    process = Process(s3, bucket="no-such-bucket")
    assert process.names.of(OF) is None
    s3.create_bucket(Bucket="no-such-bucket")
    assert process.names.of(OF) == Catalog()


def test_a_catalogue_that_s3_refuses_twice_is_read_at_the_third_try(s3: "S3Client", cloudflare: Loopback) -> None:
    cloudflare.answer = World(apps={1: ["app1"], 2: ["app1"]})
    kept = Process(s3).minute(cloudflare)
    refusals = iter([client_error("SlowDown", 503, "GetObject")] * 2)

    def refuse(**_: object) -> None:
        if error := next(refusals, None):
            raise error

    s3.meta.events.register("before-call.s3.GetObject", refuse)
    assert Process(s3).names.of(OF) == kept


def test_an_unreadable_object_is_written_anew(s3: "S3Client", cloudflare: Loopback) -> None:
    s3.put_object(Bucket=BUCKET, Key=catalog_key("main"), Body=b"{broken")
    cloudflare.answer = World(apps={1: ["app1"], 2: ["app1"]})
    process = Process(s3)
    kept = process.minute(cloudflare)
    assert "unreadable" in process.written.getvalue()
    assert CatalogStore(s3, BUCKET).load("main") == kept


def test_names_that_cannot_be_kept_still_serve_this_process(s3: "S3Client", cloudflare: Loopback) -> None:
    cloudflare.answer = World(apps={1: ["app1"], 2: ["app1"]})
    process = Process(s3)
    process.names.of(OF)
    s3.delete_bucket(Bucket=BUCKET)
    assert process.minute(cloudflare).zone(zone(1).id).known_apps == {"app1"}
    assert "could not be kept" in process.written.getvalue()


def test_the_object_is_written_when_something_changed_and_else_once_an_hour(
    s3: "S3Client", cloudflare: Loopback
) -> None:
    world = World(apps={1: ["app1"], 2: ["app1"]})
    cloudflare.answer = world
    process, counts = Process(s3), []
    for minute in range(125):
        if minute == 30:
            world.apps[1] = ["app1", "app2"]
        process.minute(cloudflare, NOW + minute * MINUTE)
        counts.append(process.puts)
    assert counts[0] == counts[59] == 1
    assert counts[-1] <= 1 + 125 // (KEPT_EVERY // MINUTE)


def test_an_application_that_no_list_names_goes_by_its_id_in_every_minute(s3: "S3Client", cloudflare: Loopback) -> None:
    cloudflare.answer = World(apps={1: ["app1"], 2: ["app1"]})
    process, answered = Process(s3), {**BOTH, zone(1).id: frozenset({"app1", "unlisted"})}
    for minute in range(70):
        known = process.minute(cloudflare, NOW + minute * MINUTE, answered).zone(zone(1).id).known_apps
        assert known == {"app1", "unlisted"}, f"minute {minute}"
    assert len(listed(cloudflare)) <= 6, "it was asked for every minute"


def test_without_a_listing_nothing_is_due_and_nothing_is_guessed(s3: "S3Client") -> None:
    process = Process(s3)
    process.names.of(OF)
    assert process.names.refresh(OF, None, BOTH, NOW) == Catalog()
    process.names.keep(OF, NOW)
    assert process.puts == 0


def test_a_missing_permission_is_told_once_an_hour(s3: "S3Client", cloudflare: Loopback) -> None:
    cloudflare.answer = World(faults=dict.fromkeys((1, 2), failure(403, 10000)))
    process = Process(s3)
    for minute in range(121):
        process.minute(cloudflare, NOW + minute * MINUTE)
    told = [line for line in lines(process.written) if "Zone Settings Read" in line["message"]]
    assert len(told) <= 3
    assert told[0]["zones"] == [zone.id for zone in OF.zones]
    assert told[0]["cloudflare_said"] == "HTTP 403: 10000 no"
    assert process.names.of(OF) is not None


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (failure(500, 10002, f"no, Bearer {TOKEN}"), "Cloudflare failed (HTTP 500: 10002 no, Bearer [secret])"),
        (
            success([{"id": None, "dns": {"name": "a.example"}}]),
            "the list of applications holds one without a usable id, so nothing of it is used",
        ),
        (Answer(500, b"x" * 5000), "Cloudflare failed (HTTP 500: "),
    ],
)
def test_names_that_cannot_be_read_are_told_once_an_hour_with_zone_and_reason(
    fault: Answer, said: str, s3: "S3Client", cloudflare: Loopback
) -> None:
    cloudflare.answer = World(apps={2: ["app1"]}, faults={1: fault})
    process = Process(s3)
    for minute in range(0, 4 * 60, 3):
        catalog = process.minute(cloudflare, NOW + minute * MINUTE)
        assert list(failed_look_ups(OF, catalog)) == [zone(1).id]
    told = [line for line in lines(process.written) if line["level"] == "WARNING"]
    assert len(told) == 4
    for line in told:
        assert "docs/operations.md#names-are-missing" in line["message"]
        assert (line["count"], list(line["zones"])) == (1, [zone(1).id])
        assert line["zones"][zone(1).id].startswith(said)
        assert len(line["zones"][zone(1).id]) <= 300
    cloudflare.answer = World(apps={2: ["app1"]})
    process.minute(cloudflare, NOW + timedelta(hours=5))
    assert failed_look_ups(OF, process.minute(cloudflare, NOW + timedelta(hours=5) + MINUTE)) == {}


def test_a_zone_whose_name_may_not_be_read_is_told_though_its_applications_can_be(
    s3: "S3Client", cloudflare: Loopback
) -> None:
    cloudflare.answer = World(apps={1: ["app1"], 2: ["app1"]}, nameless=failure(403, 10000))
    process = Process(s3)
    process.minute(cloudflare)
    (line,) = lines(process.written)
    assert (line["level"], line["zones"]) == ("INFO", [zone.id for zone in OF.zones])


def test_the_age_is_that_of_the_oldest_list_in_use() -> None:
    lists = {zone(1).id: ZoneNames(listed_at=NOW - MINUTE), zone(2).id: ZoneNames(listed_at=NOW - 2 * MINUTE)}
    gone = {zone(3).id: ZoneNames(listed_at=NOW - timedelta(days=9))}
    assert oldest_age_s(OF, Catalog({**lists, **gone}), NOW) == 120
    assert oldest_age_s(OF, Catalog({zone(1).id: ZoneNames(tried_at=NOW)}), NOW) is None


@pytest.mark.parametrize("act", ["load", "save"])
def test_a_store_that_s3_refuses_says_so_in_few_words(s3: "S3Client", act: str) -> None:
    store = CatalogStore(s3, "no-such-bucket")
    with pytest.raises(CatalogUnavailable, match=r"NoSuchBucket \(HTTP 404\) on (Get|Put)Object"):
        store.load("main") if act == "load" else store.save("main", Catalog())
