"""The simulated API without faults: what is found, and that it is as Cloudflare describes it."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tests.sandbox.cloudflare import (
    Token,
    Traffic,
    World,
    sample_zone,
)
from tests.sandbox.cloudflare import refusals as said
from tests.sandbox.cloudflare.calls import BASE_PATH, Call
from tests.sandbox.cloudflare.truth import usage
from tests.stand_ins.asking import APPLICATIONS, OTHER, USAGE, WORLD, ZONE, api, ask, codes, result


def test_the_analytics_describe_the_minute_before_the_call() -> None:
    truth = usage(Traffic(3), ZONE, datetime(2026, 11, 23, 10, 0, tzinfo=UTC))
    rows = result(ask(api(), USAGE))
    assert [row["appID"] for row in rows] == [app.id for app in ZONE.applications]
    for row in rows:
        reading = truth[row["appID"]]
        assert row == {
            "appID": row["appID"],
            "bytesIngress": reading.bytes_ingress,
            "bytesEgress": reading.bytes_egress,
            "connections": reading.connections,
            "durationAvg": reading.duration_avg_ms,
        }


def test_whole_numbers_are_written_without_a_fraction() -> None:
    body = ask(api(), USAGE).body
    assert b".0," not in body
    assert b".0}" not in body


def test_appid_and_colo_name_narrow_the_answer() -> None:
    first, _, third, *_ = ZONE.applications
    assert [row["appID"] for row in result(ask(api(), f"{USAGE}?appID={third.id},{first.id},{'0' * 32}"))] == [
        first.id,
        third.id,
    ]
    (row,) = result(ask(api(), f"{USAGE}?appID={first.id}&colo_name=FRA"))
    truth = usage(Traffic(3), ZONE, datetime(2026, 11, 23, 10, 0, tzinfo=UTC), colo="FRA")
    assert row["bytesIngress"] == truth[first.id].bytes_ingress


def test_applications_come_with_result_info_only_if_a_page_is_asked_for() -> None:
    assert "result_info" not in json.loads(ask(api(), f"{APPLICATIONS}?per_page=2").body)
    page = json.loads(ask(api(), f"{APPLICATIONS}?page=3&per_page=2").body)
    assert [app["dns"]["name"] for app in page["result"]] == ["app4.zone0.example"]
    assert page["result_info"] == {"page": 3, "per_page": 2, "count": 1, "total_count": 5, "total_pages": 3}


def test_pages_hold_every_application_once() -> None:
    world = World((sample_zone(0, applications=45),), WORLD.tokens)
    seen = [app["id"] for page in (1, 2, 3, 4) for app in result(ask(api(world), f"{APPLICATIONS}?page={page}"))]
    assert len(seen) == len(set(seen)) == 45


@pytest.mark.parametrize("query", ["page=0", "page=x", "page=1&per_page=101", "page=1&per_page=0"])
def test_a_page_that_cannot_be_is_refused(query: str) -> None:
    assert ask(api(), f"{APPLICATIONS}?{query}").status == 400


def test_zones_are_listed_and_found_by_name() -> None:
    assert result(ask(api(), f"/zones/{ZONE.id}"))["name"] == "zone0.example"
    assert len(result(ask(api(), "/zones"))) == 3
    assert [zone["id"] for zone in result(ask(api(), "/zones?name=zone1.example"))] == [OTHER.id]


def test_verify_says_a_user_token_is_good_with_a_code_in_messages() -> None:
    answer = json.loads(ask(api(), "/user/tokens/verify").body)
    assert answer["result"]["status"] == "active"
    assert answer["messages"][0]["code"] == 10000


def test_verify_refuses_an_account_owned_token_that_is_good_for_the_rest() -> None:
    owned = Token("cfat_OwnedByTheAccount")
    there = api(replace(WORLD, tokens=(owned,)))
    headers = {"authorization": f"Bearer {owned.secret}"}
    assert codes(ask(there, "/user/tokens/verify", headers)) == (401, [1000])
    assert ask(there, USAGE, headers).status == 200


@pytest.mark.parametrize("zone_id", ["0" * 32, "zone0.example", ZONE.id.upper()])
def test_a_zone_that_is_not_there_has_no_route(zone_id: str) -> None:
    path = f"/zones/{zone_id}/spectrum/apps"
    answer = ask(api(), path)
    assert codes(answer) == (404, [7003])
    assert f"{BASE_PATH}{path}".encode() in answer.body
    assert codes(ask(api(unknown_zone=said.UNKNOWN_ZONE_2017), path)) == (400, [7003, 7000])


def test_other_paths_and_methods_are_refused() -> None:
    assert codes(ask(api(), "/accounts")) == (400, [7000])
    assert codes(ask(api(), USAGE, method="DELETE")) == (405, [10405])


def test_every_call_of_the_schema_is_answered() -> None:
    paths = {call: call.replace("{zone_id}", ZONE.id) for call in Call}
    assert {call: ask(api(), path).status for call, path in paths.items()} == dict.fromkeys(Call, 200)
