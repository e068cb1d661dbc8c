"""What Cloudflare's answer says, and every way in which it can be wrong."""

import contextlib
import json
import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudflare_api.response import BadAnswer, Usage, as_shown, read_envelope, read_usage
from tests.unit.examples import FIXTURES

ROW = {"appID": "app1", "bytesIngress": 1, "bytesEgress": 2, "connections": 3, "durationAvg": 4}
BIG = 2**63 - 1
_NO_CODES: list[Any] = [None, True, -1, 2**31, 1.5, "", "x", "-1", "1.0", " 1", "٣", "9" * 5000, [], {}]

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(["app1", "success"]),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(list(ROW)) | st.text(), inner),
    max_leaves=12,
)


def read(body: bytes) -> tuple[Usage, ...]:
    return read_usage(read_envelope(body).result)


def answer(*rows: Any) -> bytes:
    return json.dumps({"success": True, "errors": [], "messages": [], "result": list(rows)}).encode()


def answer_with(field: str, text: str) -> bytes:
    """An answer whose row has this JSON text, legal or not, in this field."""
    return answer({**ROW, field: "@"}).replace(b'"@"', text.encode())


@given(st.binary())
def test_any_bytes_are_read_or_refused_as_a_bad_answer(body: bytes) -> None:
    with contextlib.suppress(BadAnswer):
        assert len(read(body)) <= len(body)


@given(st.fixed_dictionaries({"success": st.just(True), "result": json_values, "errors": json_values}))
def test_any_json_is_read_or_refused_as_a_bad_answer(document: dict[str, Any]) -> None:
    try:
        rows = read(json.dumps(document).encode())
    except BadAnswer:
        return
    assert all(0 <= row.bytes_ingress <= BIG and 0 <= row.bytes_egress <= BIG for row in rows)


@given(
    st.dictionaries(
        st.from_regex(r"[0-9a-f]{1,32}", fullmatch=True),
        st.tuples(st.integers(0, BIG), st.integers(0, BIG), st.integers(1, 10**6), st.floats(0, 1e9)),
    )
)
def test_legal_rows_come_out_as_they_went_in_ordered_by_application(
    rows: dict[str, tuple[int, int, int, float]],
) -> None:
    fields = ("bytesIngress", "bytesEgress", "connections", "durationAvg")
    body = answer(*({"appID": app_id, **dict(zip(fields, row, strict=True))} for app_id, row in rows.items()))
    assert read(body) == tuple(Usage(app_id, *rows[app_id]) for app_id in sorted(rows))


@pytest.mark.parametrize("field", ["bytesIngress", "bytesEgress", "connections", "durationAvg"])
@pytest.mark.parametrize(
    "value",
    ["NaN", "Infinity", "-Infinity", "-1", "-0.5", '"7"', "true", "[]", "{}", "1e400", f"{2**63}", "1e30", "9" * 5000],
)
def test_a_field_that_is_no_count_spoils_its_zone(field: str, value: str) -> None:
    with pytest.raises(BadAnswer):
        read(answer_with(field, value))


@pytest.mark.parametrize("field", ["bytesIngress", "bytesEgress", "connections", "appID"])
@pytest.mark.parametrize("row", [{}, {"null": None}])
def test_a_field_that_is_missing_or_null_spoils_its_zone(field: str, row: dict[str, None]) -> None:
    broken: dict[str, Any] = {key: value for key, value in ROW.items() if key != field}
    with pytest.raises(BadAnswer, match=field):
        read(answer({**broken, **({field: None} if row else {})}))


@pytest.mark.parametrize(("text", "count"), [("12.0", 12), ("12.4", 12), ("12.6", 13), ("1e3", 1000), (f"{BIG}", BIG)])
def test_a_count_of_bytes_may_be_written_with_a_fraction(text: str, count: int) -> None:
    assert read(answer_with("bytesIngress", text))[0].bytes_ingress == count


def test_connections_keep_their_fraction() -> None:
    assert read(answer_with("connections", "12.5"))[0].connections == 12.5


@pytest.mark.parametrize(
    ("changes", "duration"),
    [
        ({"durationAvg": None}, None),
        ({"connections": 0, "durationAvg": 0}, None),
        ({"connections": 0, "durationAvg": 17.5}, None),
        ({"durationAvg": 0}, 0.0),
        ({"durationAvg": 17.5}, 17.5),
    ],
)
def test_no_connection_has_no_duration(changes: dict[str, Any], duration: float | None) -> None:
    assert read(answer({**ROW, **changes}))[0].duration_avg_ms == duration


def test_a_missing_duration_is_an_error_only_when_there_were_connections() -> None:
    row = {key: value for key, value in ROW.items() if key != "durationAvg"}
    assert read(answer({**row, "connections": 0}))[0].duration_avg_ms is None
    with pytest.raises(BadAnswer, match="durationAvg is missing"):
        read(answer(row))


@pytest.mark.parametrize("result", ["[]", "null", None])
def test_no_result_means_no_applications(result: str | None) -> None:
    assert read(b'{"success": true}' if result is None else b'{"success": true, "result": %s}' % result.encode()) == ()


@pytest.mark.parametrize("result", ["{}", "0", '""', "false", "[[]]", "[null]", '["app1"]'])
def test_a_result_that_is_no_list_of_objects_is_refused(result: str) -> None:
    with pytest.raises(BadAnswer, match="result"):
        read(b'{"success": true, "result": %s}' % result.encode())


@pytest.mark.parametrize("app_id", ["", " ", "é", "a b", "a\n", 5, ["a"], "x" * 65])
def test_an_application_needs_an_id_that_can_stand_in_rows_and_labels(app_id: object) -> None:
    with pytest.raises(BadAnswer, match="appID"):
        read(answer({**ROW, "appID": app_id}))


def test_an_application_that_stands_there_twice_is_refused() -> None:
    with pytest.raises(BadAnswer, match="app1 stands in the answer twice"):
        read(answer(ROW, ROW))


def test_unknown_fields_are_legal() -> None:
    assert read(answer({**ROW, "latency": {"p50": [1]}}))[0].bytes_egress == 2


@pytest.mark.parametrize("once", [b'"bytesEgress": 2', b'"success": true', b'"result": ['])
def test_a_key_that_stands_there_twice_is_refused_as_nobody_knows_which_is_right(once: bytes) -> None:
    twice = {b'"result": [': b'"result": [], "result": ['}.get(once, once + b", " + once)
    with pytest.raises(BadAnswer):
        read(answer(ROW).replace(once, twice))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"error code: 502",
        b"<html></html>",
        b'{"success": true, "result": [',
        b'{"success": true}\xff',
        b'{"success": "true"}',
        b'{"success": 1}',
        b'{"result": []}',
        b"null",
        b"[]",
        b"[" * 200_000,
        b'{"a":' * 200_000,
        b'{"success": true} {}',
    ],
)
def test_a_body_without_a_boolean_success_is_refused(body: bytes) -> None:
    with pytest.raises(BadAnswer, match=r"the body"):
        read_envelope(body)


@pytest.mark.parametrize(
    ("item", "read"),
    [
        ({"code": 10000, "message": "m"}, (10000, "m")),
        ({"code": "10000", "message": "m"}, (10000, "m")),
        ({"code": "971"}, (971, "")),
        *(({"code": code, "message": "m"}, (None, "m")) for code in _NO_CODES),
        ({"message": "m"}, (None, "m")),
        ({"code": 1, "message": None}, (1, "")),
        ({"message": {"en": "m"}}, (None, "{'en': 'm'}")),
        ("m", (None, "m")),
    ],
)
def test_an_error_keeps_its_message_whatever_its_code(item: object, read: tuple[int | None, str]) -> None:
    for errors in ([item], [None, item, {}, {"code": "x"}, 7], item):
        found = read_envelope(json.dumps({"success": False, "errors": errors}).encode()).errors
        assert [(error.code, error.message) for error in found] == [read]


@pytest.mark.parametrize("items", [None, {}, "", 7, [[]], [7, None, {}, {"code": True}]])
def test_errors_may_be_anything_without_hiding_the_answer(items: object) -> None:
    assert read_envelope(json.dumps({"success": False, "errors": items}).encode()).errors == ()


def test_half_a_surrogate_pair_in_a_message_can_still_be_written_down() -> None:
    (error,) = read_envelope(rb'{"success": false, "errors": [{"code": 1, "message": "a\ud800b"}]}').errors
    assert error.message.encode() == b"a?b"


@pytest.mark.parametrize("command", ["\x1b[2J", "\x9b31m", "\r", "\n", "\x00", "\x7f", "\u2028", "\u202e", "\u2066"])
def test_a_message_commands_no_terminal_and_begins_no_line(command: str) -> None:
    body = json.dumps({"success": False, "errors": [{"code": 1, "message": f"a{command}b"}]})
    (error,) = read_envelope(body.encode()).errors
    assert error.message == f"a\ufffd{command[1:]}b"


@given(st.text(st.characters()))
def test_text_of_any_kind_becomes_utf8_and_proper_text_stays(text: str) -> None:
    assert as_shown(text).encode().decode() == as_shown(as_shown(text))
    assert not {unicodedata.category(character) for character in as_shown(text)} & {"Cc", "Cs", "Zl", "Zp"}
    assert as_shown("dønér 🥙") == "dønér 🥙"


@pytest.mark.parametrize(
    ("fixture", "applications"),
    [
        ("usage_success", 2),
        ("usage_empty", 0),
        ("usage_null", 0),
        ("usage_absent", 0),
        ("usage_fractions", None),
        ("usage_documented_example", 1),
    ],
)
def test_the_recorded_answers_are_read(fixture: str, applications: int | None) -> None:
    rows = read((FIXTURES / f"{fixture}.json").read_bytes())
    assert applications is None or len(rows) == applications
