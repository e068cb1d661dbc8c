"""Which names are read when, and what happens when they cannot be."""

import re
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from cloudflare_api.apps import Listing
from cloudflare_api.client import Transport
from cloudflare_api.rate_limit import RequestBudget
from collector.app_names import Catalog
from collector.name_cache import INITIALIZED_AFTER, MAX_CONCURRENCY, REFUSALS, RETRY_AFTER, CatalogRefresh
from contract.sources import Source
from tests.unit.examples import NOW, credential, source, zone, zones
from tests.unit.loopback import Answer, Loopback, failure, success
from tests.unit.scripted import unpaced

MINUTE = timedelta(minutes=1)


@dataclass
class World:
    """Zones at Cloudflare, by number: their applications, and which calls fail how."""

    apps: dict[int, list[str]] = field(default_factory=dict)
    faults: dict[int, Answer] = field(default_factory=dict)
    """Answers to a list of applications."""
    nameless: Answer | None = None
    """The answer to every question for a zone's name."""

    def __call__(self, path: str) -> Answer:
        found = re.match(r"/zones/([0-9a-f]{32})(/spectrum/apps\?page=(\d+))?", path)
        assert found
        number = int(found[1], 16)
        if not found[2]:
            return self.nameless or success({"name": f"zone{number}.example.com"})
        page = int(found[3]) - 1
        listed = self.apps.get(number, [])
        items = [{"id": app_id, "dns": {"name": app_id}} for app_id in listed[100 * page : 100 * page + 100]]
        return self.faults.get(number) or success(items, result_info={"per_page": 100, "total_count": len(listed)})


def listing(cloudflare: Loopback, spare: int = 100) -> Listing:
    """Access to the names at this Cloudflare."""
    transport = Transport(cloudflare.url)
    return Listing(transport, credential(), RequestBudget(spare), unpaced(), time.monotonic() + 30)


def refresh(
    cloudflare: Loopback,
    of: Source,
    catalog: Catalog,
    *,
    now: datetime = NOW,
    spare: int = 100,
    answered: Iterable[int] | None = None,
    urgent: Iterable[int] = (),
    patience_s: float = 20.0,
) -> CatalogRefresh:
    """One run's turn; the server's memory of paths begins anew."""
    cloudflare.paths.clear()
    made = CatalogRefresh(of, catalog, listing(cloudflare, spare), now)
    numbers = range(1, len(of.zones) + 1) if answered is None else answered
    made.run([zone(number).id for number in numbers], [zone(number).id for number in urgent], patience_s)
    return made


def listed(cloudflare: Loopback) -> list[int]:
    """The zones whose applications were asked for, in order."""
    return [int(path.split("/")[2], 16) for path in cloudflare.paths if "page=1&" in path]


def initialized(catalog: Catalog, of: Source) -> list[bool]:
    return [catalog.zone(zone.id).initialized for zone in of.zones]


def test_a_new_source_learns_all_its_names(cloudflare: Loopback) -> None:
    cloudflare.answer = World(apps={1: ["app1"], 2: []})
    of = source(*zones(2))
    catalog = refresh(cloudflare, of, Catalog()).catalog
    first, second = (catalog.zone(zone.id) for zone in of.zones)
    assert (first.name, second.name) == ("zone1.example.com", "zone2.example.com")
    assert first.app_labels() == {"app1": "app1"}
    assert (first.listed_at, first.tried_at, second.apps) == (NOW, NOW, {})
    assert initialized(catalog, of) == [True, True]


def test_a_configured_name_is_not_asked_for(cloudflare: Loopback) -> None:
    cloudflare.answer = World()
    refresh(cloudflare, source(zone(1, name="mine.example.com")), Catalog())
    assert all("/spectrum/apps" in path for path in cloudflare.paths)


def test_only_zones_that_answered_are_asked_for_names(cloudflare: Loopback) -> None:
    cloudflare.answer = World()
    refresh(cloudflare, source(*zones(3)), Catalog(), answered=[2])
    assert listed(cloudflare) == [2]


def test_new_zones_come_first_then_urgent_then_the_oldest_a_few_a_minute(cloudflare: Loopback) -> None:
    cloudflare.answer = World()
    of = source(*zones(60), catalog_age=timedelta(minutes=60))
    catalog = Catalog()
    for number in range(2, 61):
        ago = timedelta(minutes=60 + number)
        catalog = refresh(cloudflare, of, catalog, answered=[number], now=NOW - ago).catalog
    made = refresh(cloudflare, of, catalog, urgent=[7])
    first, *others = listed(cloudflare)
    assert (first, sorted(others)) == (1, [7, 59, 60])
    assert refresh(cloudflare, of, made.catalog, now=NOW + MINUTE) is not None
    assert sorted(listed(cloudflare)) == [57, 58]


def test_within_an_hour_every_zone_of_a_full_source_is_read_again(cloudflare: Loopback) -> None:
    cloudflare.answer = World()
    of = source(*zones(20), catalog_age=timedelta(minutes=10))
    catalog, read = refresh(cloudflare, of, Catalog()).catalog, []
    for minute in range(1, 21):
        catalog = refresh(cloudflare, of, catalog, now=NOW + minute * MINUTE).catalog
        read += listed(cloudflare)
    assert sorted(read[:20]) == list(range(1, 21))
    assert len(read) <= 40


def test_an_application_that_vanished_from_the_list_is_forgotten(cloudflare: Loopback) -> None:
    world, of = World(apps={1: ["app1", "app2"]}), source(zone(1))
    cloudflare.answer = world
    catalog = refresh(cloudflare, of, Catalog()).catalog.with_seen(zone(1).id, frozenset({"app3"}), NOW.date())
    world.apps[1] = ["app2"]
    catalog = refresh(cloudflare, of, catalog, now=NOW + timedelta(hours=2)).catalog
    assert catalog.zone(zone(1).id).known_apps == {"app2"}


def test_without_the_permission_zones_settle_with_their_ids_and_three_are_asked(cloudflare: Loopback) -> None:
    of = source(*zones(9))
    cloudflare.answer = World(faults=dict.fromkeys(range(1, 10), failure(403, 10000)), nameless=failure(403, 10000))
    made = refresh(cloudflare, of, Catalog())
    assert initialized(made.catalog, of) == [True] * 9
    assert list(made.refused) == [zone.id for zone in of.zones]
    assert set(made.refused.values()) == {"HTTP 403: 10000 no"}
    assert listed(cloudflare) == [1, 2, 3]
    assert len(cloudflare.paths) == 2 * REFUSALS
    assert refresh(cloudflare, of, made.catalog, now=NOW + 59 * MINUTE).refused == {}
    assert cloudflare.paths == []


def test_one_zone_that_may_not_be_listed_says_nothing_about_the_others(cloudflare: Loopback) -> None:
    refused = dict.fromkeys(range(2, 9), failure(403, 9109))
    cloudflare.answer = World(apps={1: ["app1"], 9: ["app9"]}, faults=refused)
    made = refresh(cloudflare, source(*zones(9)), Catalog())
    assert made.catalog.zone(zone(9).id).known_apps == {"app9"}
    assert len(made.refused) == 7


def test_a_refusal_later_on_keeps_the_names_but_not_their_age(cloudflare: Loopback) -> None:
    world, of = World(apps={1: ["app1"]}), source(zone(1))
    cloudflare.answer = world
    catalog = refresh(cloudflare, of, Catalog()).catalog
    world.faults[1] = failure(403, 10000)
    later = NOW + timedelta(hours=2)
    names = refresh(cloudflare, of, catalog, now=later).catalog.zone(zone(1).id)
    assert (set(names.known_apps), names.listed_at, names.tried_at) == ({"app1"}, NOW, later)


def test_a_failure_keeps_what_was_known_and_a_new_zone_waits_for_three_tries(cloudflare: Loopback) -> None:
    world, of = World(apps={1: ["app1"]}), source(*zones(2))
    cloudflare.answer = world
    catalog = refresh(cloudflare, of, Catalog(), answered=[1]).catalog
    world.faults = dict.fromkeys((1, 2), Answer(503))
    later, seen = NOW + timedelta(hours=2), []
    for tries in range(INITIALIZED_AFTER):
        catalog = refresh(cloudflare, of, catalog, now=later + tries * MINUTE).catalog
        seen.append(initialized(catalog, of))
    assert seen == [[True, False], [True, False], [True, True]]
    assert catalog.zone(zone(1).id).known_apps == {"app1"}


def test_a_settled_zone_that_failed_is_tried_again_after_five_minutes(cloudflare: Loopback) -> None:
    world, of = World(), source(zone(1))
    cloudflare.answer = world
    catalog = refresh(cloudflare, of, Catalog()).catalog
    world.faults[1] = Answer(503)
    later = NOW + timedelta(hours=2)
    catalog = refresh(cloudflare, of, catalog, now=later).catalog
    refresh(cloudflare, of, catalog, now=later + RETRY_AFTER - MINUTE)
    assert listed(cloudflare) == []
    refresh(cloudflare, of, catalog, now=later + RETRY_AFTER)
    assert listed(cloudflare) == [1]


def test_a_rate_limit_ends_the_reading_of_names(cloudflare: Loopback) -> None:
    cloudflare.answer = World(faults={2: failure(429, 10429)})
    refresh(cloudflare, source(*zones(90)), Catalog())
    # Those that are under way go on, and on a busy machine begin another before the refusal was read.
    assert len(listed(cloudflare)) <= 2 + 5 * MAX_CONCURRENCY


@pytest.mark.parametrize("spare", [0, 1, 3, 7])
def test_names_never_cost_more_than_the_purse(cloudflare: Loopback, spare: int) -> None:
    cloudflare.answer = World(apps={1: [f"app{number}" for number in range(350)]})
    refresh(cloudflare, source(*zones(9)), Catalog(), spare=spare)
    assert len(cloudflare.paths) == spare


@pytest.mark.parametrize("spare", [1, 2, 3])
def test_a_small_purse_only_takes_longer(cloudflare: Loopback, spare: int) -> None:
    cloudflare.answer = World(apps={number: [f"app{number}"] for number in range(1, 7)})
    of, catalog = source(*zones(6)), Catalog()
    for minute in range(12):
        catalog = refresh(cloudflare, of, catalog, spare=spare, now=NOW + minute * MINUTE).catalog
    assert [list(catalog.zone(zone.id).apps) for zone in of.zones] == [[f"app{number}"] for number in range(1, 7)]


def test_a_zone_with_more_pages_than_the_purse_settles_and_holds_up_no_other(cloudflare: Loopback) -> None:
    cloudflare.answer = World(apps={1: [f"app{number}" for number in range(1000)], 2: ["app"]})
    of, catalog = source(*zones(2)), Catalog()
    for minute in range(INITIALIZED_AFTER + 1):
        catalog = refresh(cloudflare, of, catalog, spare=5, now=NOW + minute * MINUTE).catalog
    assert initialized(catalog, of) == [True, True]
    assert [catalog.zone(zone.id).known_apps for zone in of.zones] == [set(), {"app"}]
    assert catalog.zone(zone(1).id).failure.startswith("the list was not read to its end")


def test_a_cloudflare_that_hangs_costs_the_patience_and_one_try(cloudflare: Loopback, gate: threading.Event) -> None:
    cloudflare.answer, cloudflare.hang = World(), gate
    before = set(threading.enumerate())
    of = source(*zones(5))
    started = time.monotonic()
    made = refresh(cloudflare, of, Catalog(), patience_s=0.2)
    assert time.monotonic() - started < 10
    assert [made.catalog.zone(zone.id).failures for zone in of.zones] == [1, 0, 0, 0, 0]
    assert made.catalog.zone(zone(1).id).failure == "no answer within 0.2 s"
    gate.set()
    for thread in set(threading.enumerate()) - before:
        if "(_read)" in thread.name:
            thread.join(10)
    assert len(listed(cloudflare)) <= 1, "what was left behind went on asking"
    assert [made.catalog.zone(zone.id).failures for zone in of.zones] == [1, 0, 0, 0, 0]
