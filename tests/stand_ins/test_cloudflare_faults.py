"""The script of faults: which request a fault befalls, how often, and what is left alone."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from tests.sandbox.cloudflare import KINDS, Call, Fault, Faults, Kind, Traffic, sample_world
from tests.sandbox.cloudflare.api import Api
from tests.sandbox.cloudflare.calls import BASE_PATH, Request, circumstances
from tests.sandbox.cloudflare.faults import catalogue
from tests.sandbox.cloudflare.sample import TOKEN

WORLD = sample_world(zones=40, applications=1)
ZONE, OTHER = WORLD.zones[0].id, WORLD.zones[1].id
START = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)


def target(zone_id: str = ZONE, call: Call = Call.USAGE) -> str:
    return BASE_PATH + call.replace("{zone_id}", zone_id)


def befallen(faults: Faults, path: str, called_at: datetime) -> str | None:
    api = Api(WORLD, Traffic(), lambda: called_at)
    exchange = circumstances(Request("GET", path, {"authorization": f"Bearer {TOKEN}"}), called_at)
    _, fault = faults.disturb(api.answer(exchange), exchange)
    return fault.kind if fault else None


def script(*faults: Fault, seed: int = 0) -> Faults:
    made = Faults(KINDS, seed)
    made.add(*faults)
    return made


def test_a_fault_befalls_its_zone_alone() -> None:
    faults = script(Fault("http_429", zone=ZONE))
    assert befallen(faults, target(ZONE), START) == "http_429"
    assert befallen(faults, target(OTHER), START) is None
    assert befallen(faults, BASE_PATH + "/zones", START) is None


def test_a_fault_without_a_zone_befalls_every_call() -> None:
    faults = script(Fault("http_502_text"))
    assert {befallen(faults, target(ZONE, call), START) for call in Call} == {"http_502_text"}


def test_a_fault_befalls_its_call_alone() -> None:
    faults = script(Fault("http_502_text", call=Call.APPLICATIONS))
    assert befallen(faults, target(call=Call.APPLICATIONS), START) == "http_502_text"
    assert befallen(faults, target(call=Call.USAGE), START) is None


@pytest.mark.parametrize(
    ("minutes", "expected"),
    [
        (("2026-11-23 10:01", "2026-11-23 10:02"), [False, True, True, False]),
        (("2026-11-23 10:02", None), [False, False, True, True]),
        ((None, "2026-11-23 10:00"), [True, False, False, False]),
        ("2026-11-23 10:03", [False, False, False, True]),
        (START, [True, False, False, False]),
        (None, [True, True, True, True]),
    ],
)
def test_minutes_are_those_that_the_answer_describes_both_ends_included(
    minutes: tuple[str | None, str | None] | str | datetime | None, expected: list[bool]
) -> None:
    faults = script(Fault("hang", minutes=minutes))
    calls = [START + timedelta(minutes=n + 1, seconds=5) for n in range(4)]
    assert [befallen(faults, target(), call) is not None for call in calls] == expected


def test_times_counts_the_requests_for_one_path_and_query_in_one_minute() -> None:
    faults = script(Fault("http_503_json", times=2))
    first = [befallen(faults, target(), START) for _ in range(3)]
    assert first == ["http_503_json", "http_503_json", None]
    assert befallen(faults, target() + "?colo_name=AMS", START) == "http_503_json"
    assert befallen(faults, target(OTHER), START) == "http_503_json"
    assert befallen(faults, target(), START + timedelta(minutes=1)) == "http_503_json"


def test_of_several_faults_the_first_that_still_applies_disturbs_alone() -> None:
    faults = script(Fault("http_502_text", times=1), Fault("http_408", times=1), Fault("cut_json"))
    kinds = [befallen(faults, target(), START) for _ in range(4)]
    assert kinds == ["http_502_text", "http_408", "cut_json", "cut_json"]


def test_what_a_probability_befalls_depends_on_the_seed_and_not_on_the_order_of_threads() -> None:
    paths = [target(zone.id) for zone in WORLD.zones] * 5

    def disturbed(seed: int, threads: int) -> Counter[tuple[str, str | None]]:
        faults = script(Fault("http_408", probability=0.3), seed=seed)
        with ThreadPoolExecutor(threads) as pool:
            return Counter(pool.map(lambda path: (path, befallen(faults, path, START)), paths))

    alone = disturbed(seed=1, threads=1)
    assert disturbed(seed=1, threads=12) == alone
    assert disturbed(seed=2, threads=1) != alone
    hits = sum(count for (_, kind), count in alone.items() if kind)
    assert 30 < hits < 90


def test_a_fault_that_spoils_rows_leaves_other_calls_and_refusals_alone() -> None:
    faults = script(Fault("nan"), Fault("cut_json"))
    assert befallen(faults, target(call=Call.ZONE), START) == "cut_json"
    assert befallen(faults, target("0" * 32), START) is None


def test_an_emptied_script_disturbs_nothing_and_counts_afresh() -> None:
    faults = script(Fault("http_408", times=1))
    assert befallen(faults, target(), START) == "http_408"
    faults.clear()
    assert befallen(faults, target(), START) is None
    faults.add(Fault("http_408", times=1))
    assert befallen(faults, target(), START) == "http_408"


def test_a_kind_that_there_is_not_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(ValueError, match=r"no fault is called 'http_430'; there are: .*http_429"):
        script(Fault("http_430"))


def test_every_kind_says_what_it_does_and_where_it_is_known_from() -> None:
    assert all(kind.says and kind.source[:3] in ("[D]", "[T]", "[G]") for kind in KINDS.values())


def test_two_kinds_cannot_have_one_name() -> None:
    kind = KINDS["hang"]
    assert catalogue([kind]) == {"hang": kind}
    with pytest.raises(ValueError, match="one name: hang"):
        catalogue([kind], [Kind("hang", "again", "[G]", kind.change)])
