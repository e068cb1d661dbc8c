"""Six runs of everything that an owner has fit into Cloudflare's window."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.rate_budget import Demand, overdrafts, run_requests, spare_requests, split, window_requests


def demand(name: str, polls: Sequence[int], *, owner: str = "user", budget: int = 180) -> Demand:
    return Demand(name, owner, {f"{name}.zones[{index}]": requests for index, requests in enumerate(polls)}, budget)


POLLS = st.lists(st.integers(min_value=1, max_value=12), min_size=1, max_size=40)
BUDGETS = st.integers(min_value=10, max_value=6_000)


@given(st.lists(POLLS, min_size=1, max_size=25), BUDGETS)
def test_six_runs_with_all_their_spare_requests_never_exceed_the_window(polls: list[list[int]], budget: int) -> None:
    demands = [demand(f"source-{index}", zones, budget=budget) for index, zones in enumerate(polls)]
    if list(overdrafts(demands)):
        return
    spare = spare_requests(demands)
    assert spare.keys() == {each.source for each in demands}
    assert all(requests >= 1 for requests in spare.values())
    one_run = sum(each.total for each in demands) + sum(spare.values())
    assert 6 * one_run <= window_requests(budget)


def test_the_default_budget_is_cloudflares_documented_window() -> None:
    assert window_requests(180) == 1_200
    assert run_requests(180) == 200


@pytest.mark.parametrize(
    ("zones", "spare"),
    [
        pytest.param(1, 23, id="one zone: 20 + 3"),
        pytest.param(45, 155, id="the cap meets what is left"),
        pytest.param(180, 20, id="a full budget"),
    ],
)
def test_a_lone_source_has_what_its_polls_leave_up_to_a_cap(zones: int, spare: int) -> None:
    assert spare_requests([demand("main", [1] * zones)]) == {"main": spare}


def test_sources_of_one_owner_share_the_spare_requests_by_their_polls() -> None:
    shares = spare_requests([demand("large", [1] * 120), demand("small", [1] * 60)])
    assert shares == {"large": 1 + 12, "small": 1 + 6}


def test_owners_do_not_share() -> None:
    shares = spare_requests([demand("one", [1] * 180, owner="a"), demand("two", [1] * 180, owner="b")])
    assert shares == {"one": 20, "two": 20}


def test_a_budget_may_be_full_but_not_fuller() -> None:
    assert list(overdrafts([demand("main", [1] * 180)])) == []
    ((sources, message),) = overdrafts([demand("main", [1] * 181)])
    assert [source.source for source in sources] == ["main"]
    assert "6 x 181 = 1,086" in message
    # 1,086 would fit into 1,200: what else the window is for has to be said.
    assert "So a minute may have 200, and 20 of them are kept for retries and names" in message
    assert "Or poll fewer zones or colos." in message


def test_colos_count_as_one_request_each() -> None:
    ((_, message),) = overdrafts([demand("main", [200])])
    assert "main.zones[0] alone needs 200: list at most 180 colos, or leave colos out." in message


def test_every_overdrawn_owner_is_named_and_no_other() -> None:
    demands = [demand(name, [1] * count, owner=name) for name, count in (("a", 200), ("b", 10), ("c", 300))]
    assert [sources[0].owner for sources, _ in overdrafts(demands)] == ["a", "c"]


def test_more_sources_than_spare_requests_are_refused() -> None:
    demands = [demand(f"source-{index}", [1] * 7) for index in range(25)]
    assert list(overdrafts(demands)) == []
    ((_, message),) = overdrafts([*demands, demand("one-more", [1])])
    assert message.startswith("26 sources share owner 'user', and its polls leave 24 spare requests a minute")


@given(st.lists(POLLS, min_size=1, max_size=10), st.integers(min_value=12, max_value=200))
def test_the_suggested_parts_hold_every_zone_once_and_fit_the_budget(polls: list[list[int]], budget: int) -> None:
    demands = [demand(f"source-{index}", zones, budget=budget) for index, zones in enumerate(polls)]
    parts = split(demands, budget)
    assert [zone for part in parts for zone in part.zones] == [zone for each in demands for zone in each.polls]
    assert all(part.requests <= budget for part in parts)
    assert sum(part.requests for part in parts) == sum(each.total for each in demands)
