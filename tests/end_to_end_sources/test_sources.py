"""Many sources do what one does: each zone's minute once, just what was configured, within the budget, undisturbed."""

from collections import Counter
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor

import pytest

from contract.raw import raw_key
from tests.end_to_end.stack import Polled
from tests.end_to_end.truth import Points, assert_collected, by_request, points, published, readings
from tests.end_to_end.waiting import wait_until
from tests.end_to_end_sources.stack import (
    BY_COLO,
    CHOSEN,
    CHOSEN_BY_COLO,
    OWNERS,
    RUN_REQUESTS,
    SOURCES,
    token,
)
from tests.sandbox.cloudflare import Call, Fault
from tests.sandbox.kept import instant
from tests.sandbox.sandbox import Sandbox

MINUTES = ("2026-11-23T10:00", "2026-11-23T10:01", "2026-11-23T10:02")
SCHEDULED = ("2026-11-23T10:01:00Z", "2026-11-23T10:02:00Z", "2026-11-23T10:03:00Z")


def polls(source: str) -> list[tuple[Polled, str | None]]:
    """Everything that a run of this source has to ask for, in configured order."""
    return [(polled, colo) for polled in SOURCES[source] for colo in polled.colos or (None,)]


def assert_source_whole(sandbox: Sandbox, source: str, minute: str) -> None:
    """Every poll of the minute is in the source's object, once, with the numbers that Cloudflare has for it."""
    lines = by_request(sandbox.rows(minute, source))
    assert list(lines) == [(polled.zone.id, colo) for polled, colo in polls(source)]
    for polled, colo in polls(source):
        assert_collected(sandbox, lines[polled.zone.id, colo], polled, colo, minute)


def requests_of(sandbox: Sandbox, sources: Collection[str], call: Call | None = None) -> int:
    """How many requests Cloudflare has had about these sources' zones."""
    zone_ids = {polled.zone.id for source in sources for polled in SOURCES[source]}
    return sum(asked.zone_id in zone_ids and call in (None, asked.call) for asked in sandbox.cloudflare.requests)


def test_every_zones_minute_is_in_s3_once_and_true(sandbox: Sandbox) -> None:
    for scheduled in SCHEDULED:
        for source in SOURCES:
            assert sandbox.run(scheduled, source=source).ok
    assert Counter(sandbox.keys()) == {raw_key(instant(minute), source): 1 for minute in MINUTES for source in SOURCES}
    for minute in MINUTES:
        for source in SOURCES:
            assert_source_whole(sandbox, source, minute)
    assert requests_of(sandbox, SOURCES, Call.USAGE) == len(MINUTES) * sum(len(polls(source)) for source in SOURCES)


def test_cloudflare_is_asked_for_the_configured_colos_and_applications_alone(sandbox: Sandbox) -> None:
    for source in SOURCES:
        sandbox.run(SCHEDULED[0], source=source)
    asked = Counter(
        (asked.zone_id, asked.query.get("colo_name"), asked.query.get("appID", ""))
        for asked in sandbox.cloudflare.requests
        if asked.call is Call.USAGE
    )
    assert asked == {
        (polled.zone.id, colo, ",".join(polled.app_ids)): 1 for source in SOURCES for polled, colo in polls(source)
    }


@pytest.mark.parametrize(
    ("source", "polled"),
    [
        pytest.param("one", CHOSEN, id="applications"),
        pytest.param("one", CHOSEN_BY_COLO, id="applications by colo"),
        pytest.param("two", BY_COLO, id="colos"),
    ],
)
def test_a_filtered_zone_has_rows_and_metrics_of_what_is_wanted_alone(
    sandbox: Sandbox, source: str, polled: Polled
) -> None:
    # What the polls leave of the budget reads the names of the first zones, these among them, in two runs.
    for scheduled in SCHEDULED[:2]:
        sandbox.run(scheduled, source=source)
    minute, wanted = MINUTES[1], polled.app_ids or tuple(app.id for app in polled.zone.applications)
    lines = [line for line in sandbox.rows(minute, source) if line["zone_id"] == polled.zone.id]
    assert [line["colo"] for line in lines] == list(polled.colos or (None,))
    assert all({app["app_id"] for app in line["apps"]} == set(wanted) for line in lines)

    zone, labels = (
        ("Zone", polled.zone.name),
        {app.id: f"{app.dns_name} {app.protocol}" for app in polled.zone.applications},
    )
    by_colo = {colo: readings(sandbox.cloudflare, polled, minute, colo) for colo in polled.colos or (None,)}
    expected: Points = points((each for measured in by_colo.values() for each in measured.values()), zone)
    for colo, measured in by_colo.items():
        where = () if colo is None else (("Colo", colo),)
        for app_id, reading in measured.items():
            expected |= points([reading], ("Application", labels[app_id]), *where, zone)
    assert {each: point for each, point in published(sandbox, minute).items() if zone in each[1]} == expected


def test_sources_of_one_owner_stay_within_its_budget_together_while_cloudflare_fails(sandbox: Sandbox) -> None:
    """Each has more to retry than it may; what the two may send is a sixth of the window, and Cloudflare counts."""
    shared = [source for source, owner in OWNERS.items() if owner == "shared"]
    sandbox.cloudflare.api.rate_limit.quota = 2 * RUN_REQUESTS
    sandbox.cloudflare.faults.add(Fault("http_503_json", call=Call.USAGE))
    for number, scheduled in enumerate(SCHEDULED[:2], start=1):
        for source in shared:
            assert sandbox.run(scheduled, source=source).ok
        sent = requests_of(sandbox, shared)
        assert number * sum(len(polls(source)) for source in shared) < sent <= number * RUN_REQUESTS
    assert {asked.status for asked in sandbox.cloudflare.requests} == {503}


def test_names_are_read_within_the_owners_budget(sandbox: Sandbox) -> None:
    shared = [source for source, owner in OWNERS.items() if owner == "shared"]
    sandbox.cloudflare.api.rate_limit.quota = 3 * RUN_REQUESTS
    for scheduled in SCHEDULED:
        for source in shared:
            assert sandbox.run(scheduled, source=source).ok
    assert 3 * RUN_REQUESTS - requests_of(sandbox, shared) < len(shared) * len(SCHEDULED), "nearly all was used"
    # Whoever asked for too many names would lack the polls of the third minute.
    for minute in MINUTES:
        for source in shared:
            assert_source_whole(sandbox, source, minute)


def test_a_source_whose_token_was_revoked_costs_no_other_its_minute(sandbox: Sandbox) -> None:
    sandbox.cloudflare.world = sandbox.cloudflare.world.revoked(token("two"), "2026-11-23 09:00")
    for source in SOURCES:
        assert sandbox.run(SCHEDULED[0], source=source).ok
    assert {line["outcome"] for line in sandbox.rows(MINUTES[0], "two")} == {"failed", "skipped"}
    assert_source_whole(sandbox, "one", MINUTES[0])
    assert_source_whole(sandbox, "three", MINUTES[0])


def test_a_source_that_hangs_costs_no_other_its_minute(sandbox: Sandbox) -> None:
    hanging = {polled.zone.id for polled in SOURCES["two"]}
    for zone_id in hanging:
        sandbox.cloudflare.faults.add(Fault("hang", zone=zone_id, call=Call.USAGE))
    with ThreadPoolExecutor(1) as threads:
        run = threads.submit(sandbox.run, SCHEDULED[0], source="two")
        try:
            wait_until(lambda: hanging & {asked.zone_id for asked in sandbox.cloudflare.requests})
            for source in ("one", "three"):
                assert sandbox.run(SCHEDULED[0], source=source).ok
                assert_source_whole(sandbox, source, MINUTES[0])
        finally:
            sandbox.cloudflare.release()
    assert run.result().ok
    assert len(sandbox.rows(MINUTES[0], "two")) == len(polls("two"))
