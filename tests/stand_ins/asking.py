"""The simulated API asked in this process, without a network: a small world, and what an answer says."""

import json
from datetime import UTC, datetime
from typing import Any

from tests.sandbox.cloudflare import Traffic, World, sample_world
from tests.sandbox.cloudflare.answers import Answer
from tests.sandbox.cloudflare.api import Api
from tests.sandbox.cloudflare.calls import BASE_PATH, Request, circumstances
from tests.sandbox.cloudflare.sample import TOKEN
from tests.sandbox.cloudflare.schema import objections

NOW = datetime(2026, 11, 23, 10, 1, 7, tzinfo=UTC)
WORLD = sample_world(zones=3, applications=5)
ZONE = WORLD.zones[0]
OTHER = WORLD.zones[1]
USAGE = f"/zones/{ZONE.id}/spectrum/analytics/aggregate/current"
APPLICATIONS = f"/zones/{ZONE.id}/spectrum/apps"
BEARER = {"authorization": f"Bearer {TOKEN}"}


def ask(api: Api, path: str, headers: dict[str, str] = BEARER, method: str = "GET") -> Answer:
    exchange = circumstances(Request(method, BASE_PATH + path, headers), api.clock())
    answer = api.answer(exchange)
    if exchange.call is not None:
        assert objections(exchange.call, answer.status, answer.document) == []
    return answer


def api(world: World = WORLD, **knobs: Any) -> Api:
    return Api(world, Traffic(3), lambda: NOW, **knobs)


def result(answer: Answer) -> Any:
    assert answer.status == 200
    return json.loads(answer.body)["result"]


def codes(answer: Answer) -> tuple[int, list[int]]:
    return answer.status, [error["code"] for error in json.loads(answer.body)["errors"]]
