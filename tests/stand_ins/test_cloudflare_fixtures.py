"""The answers in tests/fixtures/cloudflare: what Cloudflare's schema says of them, and that the stand-in speaks so."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.sandbox.cloudflare import Call
from tests.sandbox.cloudflare import refusals as said
from tests.sandbox.cloudflare.schema import objections

FIXTURES = Path(__file__).parents[1] / "fixtures" / "cloudflare"
OUTSIDE_THE_SCHEMA = {"usage_null", "rate_limited_971"}
CALLS = {"applications_page": Call.APPLICATIONS, "zone": Call.ZONE, "verify_success": Call.VERIFY}


def read(name: str) -> Any:
    return json.loads((FIXTURES / f"{name}.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", sorted(path.stem for path in FIXTURES.glob("*.json")))
def test_the_schema_allows_an_answer_unless_it_is_listed_as_outside(name: str) -> None:
    document = read(name)
    found = objections(CALLS.get(name, Call.USAGE), 200 if document["success"] else 403, document)
    assert bool(found) == (name in OUTSIDE_THE_SCHEMA), found


@pytest.mark.parametrize(
    ("name", "refusal"),
    [
        ("refused_9106", said.NO_CREDENTIALS),
        ("refused_6003_token", said.MALFORMED_TOKEN),
        ("refused_6003_key", said.MALFORMED_KEY),
        ("refused_9103", said.UNKNOWN_KEY),
        ("refused_1000", said.INVALID_TOKEN),
        ("refused_10000", said.NOT_PERMITTED),
        ("refused_9109", said.UNAUTHORIZED_RESOURCE),
        ("locked_out_10502", said.LOCKED_OUT),
        ("rate_limited_10429", said.RATE_LIMITED),
        ("zone_not_found_7003", said.UNKNOWN_ZONE.at("/client/v4/zones/myZone.xxx")),
    ],
)
def test_the_stand_in_refuses_in_the_words_that_others_saw(name: str, refusal: said.Refusal) -> None:
    assert refusal.document() == read(name)


def test_every_file_is_explained() -> None:
    readme = (FIXTURES / "README.md").read_text(encoding="utf-8")
    unexplained = [path.name for path in FIXTURES.iterdir() if path.name != "README.md" and path.name not in readme]
    assert unexplained == []


@pytest.mark.parametrize(
    ("change", "objection"),
    [
        ({"success": "true"}, "$.success"),
        ({"messages": None}, "$.messages"),
        ({"result": [{"appID": "a"}]}, "$.result[0]"),
        ({"result": None}, "$.result"),
        ({"errors": [{"code": 971, "message": "x"}]}, "$.errors[0].code"),
    ],
)
def test_the_schema_objects_to_what_cloudflare_does_not_describe(change: dict[str, Any], objection: str) -> None:
    found = objections(Call.USAGE, 200, read("usage_success") | change)
    assert any(line.startswith(objection) for line in found), found
