"""What the stand-in records: who asked what when, and the very numbers that it sent."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

from tests.sandbox.cloudflare import Call, Cloudflare, Fault, Reading, sample_world
from tests.sandbox.cloudflare.answers import ServedKey
from tests.sandbox.cloudflare.authentication import fingerprint_of
from tests.sandbox.cloudflare.caller import ask
from tests.sandbox.cloudflare.sample import TOKEN

WORLD = sample_world(zones=8, applications=3)
ZONE = WORLD.zones[0]
NOW = datetime(2026, 11, 23, 10, 1, 7, tzinfo=UTC)


def running(**knobs: float) -> Cloudflare:
    return Cloudflare(WORLD, clock=lambda: NOW, **knobs)  # type: ignore[arg-type]


def usage_url(cloudflare: Cloudflare, zone_id: str = ZONE.id, query: str = "") -> str:
    return f"{cloudflare.base_url}/zones/{zone_id}/spectrum/analytics/aggregate/current{query}"


def test_the_record_says_what_was_asked_and_gives_no_credential_away() -> None:
    with running() as cloudflare:
        ask(usage_url(cloudflare, query="?colo_name=FRA"))
        ask(cloudflare.base_url + "/zones", token=None)
    first, second = cloudflare.requests
    assert (first.at, first.minute) == (NOW, NOW.replace(minute=0, second=0))
    assert (first.call, first.zone_id, first.query) == (Call.USAGE, ZONE.id, {"colo_name": "FRA"})
    assert (first.status, first.fault, first.at_once) == (200, None, 1)
    assert (first.credential, second.credential) == (fingerprint_of(TOKEN), None)
    assert (second.status, second.call) == (400, Call.ZONES)
    assert TOKEN not in repr(cloudflare.requests)


def test_the_record_holds_the_very_numbers_that_were_sent() -> None:
    with running() as cloudflare:
        rows = ask(usage_url(cloudflare)).document["result"]
        fra = ask(usage_url(cloudflare, query="?colo_name=FRA")).document["result"]
    sent = {
        (ZONE.id, colo, row["appID"], "2026-11-23 10:00"): Reading(
            row["bytesIngress"], row["bytesEgress"], row["connections"], row["durationAvg"]
        )
        for colo, answer in ((None, rows), ("FRA", fra))
        for row in answer
    }
    assert cloudflare.served == sent
    assert len(sent) == 6
    assert cloudflare.usage(ZONE.id, "2026-11-23 10:00", "FRA") == {
        row["appID"]: sent[ZONE.id, "FRA", row["appID"], "2026-11-23 10:00"] for row in fra
    }


def test_the_record_can_be_cleared() -> None:
    with running() as cloudflare:
        ask(usage_url(cloudflare))
        cloudflare.record.clear()
    assert (cloudflare.requests, cloudflare.served) == ((), {})


def test_threads_do_not_change_what_is_served() -> None:
    def polled(threads: int) -> dict[ServedKey, Reading]:
        with running() as cloudflare, ThreadPoolExecutor(threads) as pool:
            cloudflare.faults.add(Fault("http_503_json", probability=0.3), Fault("slow", delay_s=0.001, times=1))
            list(pool.map(ask, [usage_url(cloudflare, zone.id) for zone in WORLD.zones] * 3))
            return cloudflare.served

    assert polled(8) == polled(1)


def test_the_most_requests_at_once_show_in_the_record() -> None:
    with running(latency_s=0.02) as cloudflare, ThreadPoolExecutor(4) as pool:
        list(pool.map(ask, [usage_url(cloudflare, zone.id) for zone in WORLD.zones]))
    assert 2 <= max(asked.at_once for asked in cloudflare.requests) <= 4
