"""Faults in a document: its envelope, its rows, its pages, each as its kind says."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.sandbox.cloudflare import Cloudflare, Fault, envelope_faults, row_faults, sample_world
from tests.sandbox.cloudflare.caller import ask, hear
from tests.sandbox.cloudflare.row_faults import stranger

WORLD = sample_world(zones=2, applications=2)
FIRST = WORLD.zones[0].applications[0].id
NOW = datetime(2026, 11, 23, 10, 1, 7, tzinfo=UTC)


@pytest.fixture
def cloudflare() -> Iterator[Cloudflare]:
    with Cloudflare(WORLD, clock=lambda: NOW) as running:
        yield running


FAILURE = {"code": 10002, "message": "internal error"}

ENVELOPES: dict[str, Callable[[Any], bool]] = {
    "result_null": lambda body: body["success"] is True and body["result"] is None,
    "result_absent": lambda body: set(body) == {"success", "errors", "messages"},
    "result_empty": lambda body: body["result"] == [],
    "result_object": lambda body: body["result"] == {},
    "result_text": lambda body: isinstance(body["result"], str),
    "success_false": lambda body: body["success"] is False and body["errors"] == [FAILURE] and body["result"] is None,
    "success_false_with_result": lambda body: body["success"] is False and len(body["result"]) == 2,
    "success_missing": lambda body: "success" not in body and len(body["result"]) == 2,
    "success_null": lambda body: body["success"] is None,
    "success_text": lambda body: body["success"] == "true",
    "errors_null": lambda body: body["success"] is True and body["errors"] is None,
    "errors_absent": lambda body: body["success"] is True and "errors" not in body,
    "messages_null": lambda body: body["messages"] is None,
    "messages_absent": lambda body: "messages" not in body,
    "message_code": lambda body: body["success"] is True and body["messages"][0]["code"] == 1000 and not body["errors"],
    "message_text": lambda body: body["messages"] == ["hello"],
    "errors_with_success": lambda body: body["success"] is True and body["errors"][0]["code"] == 1000,
    "unknown_envelope_field": lambda body: set(body) == {"success", "errors", "messages", "result", "trace_id"},
    "failure_bare": lambda body: body == {"success": False, "errors": [FAILURE]},
    "failure_without_errors": lambda body: body["success"] is False and body["errors"] == [],
    "failure_with_null_errors": lambda body: body == {"success": False, "errors": None},
    "failure_with_text_errors": lambda body: isinstance(body["errors"], str),
    "failure_with_text_items": lambda body: body["errors"] == ["no"],
    "failure_with_odd_code": lambda body: body["errors"][0]["code"] == "E-1000",
    "failure_with_text_code": lambda body: body["errors"][0]["code"] == "10002",
    "top_level_list": lambda body: body == [],
    "top_level_number": lambda body: body == 0,
    "top_level_null": lambda body: body is None,
    "top_level_text": lambda body: body == "ok",
    "top_level_empty": lambda body: body == {},
}


@pytest.mark.parametrize("kind", sorted(kind.name for kind in envelope_faults.KINDS))
def test_an_envelope_is_as_its_kind_says(cloudflare: Cloudflare, kind: str) -> None:
    heard = hear(cloudflare, Fault(kind))
    assert heard.status == 200
    assert ENVELOPES[kind](heard.document), heard.document


def test_a_failure_under_200_can_have_any_code(cloudflare: Cloudflare) -> None:
    assert hear(cloudflare, Fault("success_false", code=10000)).document["errors"][0]["code"] == 10000


NEIGHBOURS = WORLD.zones[1].applications[0].id
ROWS: dict[str, Callable[[str, Any], bool]] = {
    "nan": lambda text, _: '"bytesIngress":NaN,' in text,
    "infinity": lambda text, _: '"bytesIngress":Infinity,' in text,
    "minus_infinity": lambda text, _: '"bytesIngress":-Infinity,' in text,
    "overflow": lambda text, _: '"bytesIngress":1e999,' in text,
    "negative": lambda _, rows: rows[0]["bytesIngress"] == -1,
    "huge_number": lambda _, rows: rows[0]["bytesIngress"] == 2**64,
    "endless_number": lambda text, _: "9" * 10_000 in text,
    "string_number": lambda _, rows: isinstance(rows[0]["bytesIngress"], str) and int(rows[0]["bytesIngress"]) > 0,
    "boolean_number": lambda _, rows: rows[0]["bytesIngress"] is True,
    "null_number": lambda _, rows: rows[0]["bytesIngress"] is None,
    "list_number": lambda _, rows: rows[0]["bytesIngress"] == [1],
    "missing_field": lambda _, rows: set(rows[1]) - set(rows[0]) == {"bytesIngress"},
    "app_id_number": lambda _, rows: rows[0]["appID"] == 7,
    "app_id_empty": lambda _, rows: rows[0]["appID"] == "",
    "row_null": lambda _, rows: rows[0] is None,
    "row_text": lambda _, rows: rows[0] == "row",
    "duplicate_app_id": lambda _, rows: [row["appID"] for row in rows].count(FIRST) == 2 and rows[0] != rows[2],
    "duplicate_key": lambda text, _: '"bytesIngress":1,"bytesIngress":2,' in text,
    "unknown_app_id": lambda _, rows: rows[2]["appID"] == stranger(rows[0]["appID"]),
    "foreign_app_id": lambda _, rows: [row["appID"] == NEIGHBOURS for row in rows] == [True, False],
    "fraction": lambda _, rows: rows[0]["bytesIngress"] == 1234.5,
    "extra_fields": lambda _, rows: all(row["coloName"] == "AMS" for row in rows),
    "whole_floats": lambda text, rows: (
        text.count(".0,") >= 6 and all(isinstance(r["connections"], float) for r in rows)
    ),
    "endless_pages": lambda _, rows: len(rows) == 1,
    "no_result_info": lambda text, rows: len(rows) == 1 and "result_info" not in text,
    "app_without_dns": lambda _, rows: "dns" not in rows[0],
    "app_without_id": lambda _, rows: "id" not in rows[0],
    "app_with_null_name": lambda _, rows: rows[0]["dns"]["name"] is None,
}


@pytest.mark.parametrize("kind", sorted(kind.name for kind in row_faults.KINDS))
def test_a_row_is_as_its_kind_says(cloudflare: Cloudflare, kind: str) -> None:
    text = hear(cloudflare, Fault(kind)).body.decode()
    rows = [] if kind == "endless_number" else json.loads(text)["result"]
    assert ROWS[kind](text, rows), text


@pytest.mark.parametrize("field", ["bytesEgress", "connections", "durationAvg", "appID"])
def test_any_field_can_be_the_spoilt_one(cloudflare: Cloudflare, field: str) -> None:
    row, other = hear(cloudflare, Fault("null_number", field=field)).document["result"]
    assert [name for name, value in row.items() if value is None] == [field]
    assert None not in other.values()


def test_endless_pages_go_on(cloudflare: Cloudflare) -> None:
    cloudflare.faults.add(Fault("endless_pages"))
    page = ask(f"{cloudflare.base_url}/zones/{WORLD.zones[0].id}/spectrum/apps?page=1&per_page=100").document
    assert len(page["result"]) == 100
    assert page["result_info"]["total_count"] == 10**6


def test_every_kind_has_its_test() -> None:
    assert set(ENVELOPES) == {kind.name for kind in envelope_faults.KINDS}
    assert set(ROWS) == {kind.name for kind in row_faults.KINDS}
