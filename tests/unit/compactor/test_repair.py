"""An object that is not faultless, line by line."""

import json
import tempfile
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from compactor.bucket import RawObject
from compactor.compact import DUCKDB_TYPES, LONGEST_BYTES, Repaired, repair
from contract.raw import APPLICATION_COLUMNS, POLL_COLUMNS
from tests.unit.compactor.lake import START, lines_of
from tests.unit.examples import application, failed_poll, poll, zone

OBJECT = RawObject("raw/dt=2026-11-22/0000-main.json.gz", START, "main", '"e"', 1, START)


def repaired(*lines: str | bytes) -> Repaired:
    return repair((line if isinstance(line, bytes) else line.encode() for line in lines), OBJECT)


def row(**changes: Any) -> dict[str, Any]:
    (line,) = lines_of(poll(apps=[application()]))
    return {**json.loads(line), **changes}


def app(**changes: Any) -> dict[str, Any]:
    changed: dict[str, Any] = {**row()["apps"][0], **changes}
    return changed


def reason(*lines: str | bytes) -> str:
    (fault,) = repaired(*lines).lines
    return fault.reason


def kept(result: Repaired) -> list[dict[str, Any]]:
    return [json.loads(line) for line in result.rows]


def test_a_faultless_row_is_kept_as_it_is() -> None:
    assert kept(repaired(json.dumps(row()))) == [row()]


def test_blank_lines_are_not_lines() -> None:
    result = repaired("", json.dumps(row()) + "\r", " \t", "\r")
    assert (result.read, result.lines) == (1, ())


def test_an_unknown_field_is_left_out_and_a_missing_one_is_null() -> None:
    old = row(apps=[{**app(), "new": 1}], newer={"deep": [1]})
    del old["rate_limit_remaining"]
    (found,) = kept(repaired(json.dumps(old)))
    assert set(found) == {column.name for column in POLL_COLUMNS}
    assert set(found["apps"][0]) == {column.name for column in APPLICATION_COLUMNS}
    assert found["rate_limit_remaining"] is None


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("{", "not JSON"),
        (json.dumps(row())[:-5], "not JSON"),
        (json.dumps(row()) * 2, "not JSON"),
        ("[" * 100_000, "not JSON"),
        ('{"bytes": ' + "9" * 5000 + "}", "not JSON"),
        (b"\xef\xbb\xbf{}", "not JSON"),
        (b'{"source": "\xff"}', "not UTF-8"),
        ("null", "not an object"),
        ("[]", "not an object"),
        ('"text"', "not an object"),
        ('{"a": 1, "a": 2}', "a key twice in one object"),
        ('{"latency_ms": NaN}', "NaN is not JSON"),
        ('{"latency_ms": -Infinity}', "-Infinity is not JSON"),
        ("{}", "minute is missing"),
        (json.dumps(row(zone_id=None)), "zone_id is missing"),
        (json.dumps(row(outcome=None)), "outcome is missing"),
        (json.dumps(row(source=None)), "source is missing"),
        (json.dumps(row(minute="2026-11-22 00:01:00")), "its minute is not that of the object's name"),
        (json.dumps(row(source="other")), "its source is not that of the object's name"),
        (json.dumps(row(minute=1795305600)), "minute is not a timestamp"),
        (json.dumps(row(minute="2026-11-22T00:00:00Z")), "minute is not a timestamp"),
        (json.dumps(row(observed_at="yesterday")), "observed_at is not a timestamp"),
        (json.dumps(row(zone_id=5)), "zone_id is not a string"),
        (json.dumps(row(http_status="200")), "http_status is not a int"),
        (json.dumps(row(http_status=2**31)), "http_status is not a int"),
        (json.dumps(row(attempts=True)), "attempts is not a int"),
        (json.dumps(row(latency_ms=2**63)), "latency_ms is not a bigint"),
        (json.dumps(row(latency_ms=1.5)), "latency_ms is not a bigint"),
        (json.dumps(row(apps={})), "apps is not a list of objects"),
        (json.dumps(row(apps=[None])), "apps is not a list of objects"),
        (json.dumps(row(apps=[app(app_id=None)])), "an application without app_id"),
        (json.dumps(row(apps=[{}])), "an application without app_id"),
        (json.dumps(row(apps=[app(bytes_ingress="1")])), "bytes_ingress is not a bigint"),
        (json.dumps(row(apps=[app(connections="many")])), "connections is not a double"),
        (json.dumps(row(apps=[app(connections="x")])).replace('"x"', "1e999"), "connections is not a double"),
        (json.dumps(row(apps=[app(connections=10**400)])), "connections is not a double"),
        (json.dumps(row(apps=[app(reported=1)])), "reported is not a boolean"),
        (json.dumps(row(zone_name="x")).replace('"x"', '"\\ud800"'), "half a surrogate pair"),
        ('{"a": "' + "x" * LONGEST_BYTES + '"}', f"longer than {LONGEST_BYTES} bytes"),
    ],
)
def test_a_line_that_is_not_a_row_is_named_with_its_reason(line: str | bytes, why: str) -> None:
    result = repaired(json.dumps(row()), line)
    assert [(fault.line, fault.reason) for fault in result.lines] == [(2, why)]
    assert kept(result) == [row()]


def test_no_reason_tells_what_the_line_held() -> None:
    assert "hunter2" not in reason(json.dumps(row(http_status="hunter2")))


@pytest.mark.parametrize("swapped", [False, True])
def test_of_two_rows_for_one_zone_the_collected_one_is_kept(swapped: bool) -> None:
    lines = lines_of(failed_poll(), poll(apps=[application()]))
    result = repaired(*reversed(lines) if swapped else lines)
    assert [each["outcome"] for each in kept(result)] == ["collected"]
    kept_line = 1 if swapped else 2
    assert [(fault.line, fault.reason) for fault in result.lines] == [
        (3 - kept_line, f"there twice: line {kept_line} has the same zone and colo")
    ]


@pytest.mark.parametrize("swapped", [False, True])
def test_of_two_collected_rows_the_earlier_is_kept(swapped: bool) -> None:
    early, late = (row(observed_at=f"2026-11-22 00:01:0{second}") for second in (1, 2))
    lines = [json.dumps(each) for each in ((late, early) if swapped else (early, late))]
    assert kept(repaired(*lines)) == [early]
    assert kept(repaired(json.dumps(row(observed_at=None)), json.dumps(late))) == [late]


def test_rows_of_different_zones_or_colos_stand_beside_each_other() -> None:
    lines = lines_of(poll(zone(1)), poll(zone(2)), poll(zone(1), colo="LHR"), poll(zone(1), colo="AMS"))
    assert len(repaired(*lines).rows) == 4


def test_an_application_that_is_there_twice_is_kept_once_and_as_reported() -> None:
    idle, busy = app(reported=False, bytes_ingress=0), app(bytes_ingress=7)
    result = repaired(json.dumps(row(apps=[idle, busy, idle, app(app_id="other")])))
    assert [each["bytes_ingress"] for each in kept(result)[0]["apps"]] == [7, 100]
    assert [fault.line for fault in result.applications] == [1, 1]
    assert result.lines == ()


SCALARS: st.SearchStrategy[object] = (
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5)
    | st.sampled_from(["2026-11-22 00:00:00", "2026-11-22 00:00:03.5", "main"])
)
APPS = st.lists(
    st.fixed_dictionaries({}, optional={column.name: SCALARS for column in APPLICATION_COLUMNS}), max_size=3
)


@given(
    st.dictionaries(st.sampled_from([column.name for column in POLL_COLUMNS if column.name != "apps"]), SCALARS),
    st.none() | APPS | SCALARS,
)
def test_duckdb_reads_every_row_that_is_kept_and_reads_it_as_it_was(changes: dict[str, object], apps: object) -> None:
    result = repaired(json.dumps({**row(), **changes, "apps": apps}))
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "rows.ndjson"
        file.write_bytes(b"".join(line + b"\n" for line in result.rows))
        found = duckdb.execute(
            "SELECT * FROM read_json($file, format='newline_delimited', columns=$columns)",
            {"file": str(file), "columns": dict(DUCKDB_TYPES)},
        ).fetchall()
    expected = [{**each} for each in kept(result)]
    for each in expected:
        for name in ("minute", "observed_at"):
            text = each[name]
            each[name] = datetime.fromisoformat(text) if text else None
    assert [dict(zip(DUCKDB_TYPES, values, strict=True)) for values in found] == expected
