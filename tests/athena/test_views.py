"""The views hold every line that Cloudflare's answers made, once, in the declared types."""

from datetime import UTC, datetime
from typing import Any, Final

import pytest

from contract.lake import HISTORIES, PARTITION, POLLS, RAW, USAGE, History
from tests.athena.differences import differences
from tests.athena.expected.asked import in_order, naive
from tests.athena.lake import Lake
from tests.athena.line import App, Line

pytestmark = pytest.mark.athena

Record = dict[str, Any]

_TYPES: Final = {"string": "varchar", "int": "integer", "timestamp": "timestamp(3)"}
_MEASURED: Final = ("observed_at", "error_message", "latency_ms")
"""What the product alone can tell, and Cloudflare cannot: of these, the raw lines must be told faithfully."""
_WHICH: Final = ("minute", "zone_id", "colo", "app_id")


def test_a_view_has_the_declared_columns_and_the_day_at_the_end(lake: Lake) -> None:
    for history in HISTORIES:
        described = lake.trino.query(f"DESCRIBE {history.name}").rows
        declared = [(column.name, _TYPES.get(column.type, column.type)) for column in (*history.columns, PARTITION)]
        assert [(name, kind) for name, kind, *_ in described] == declared


def test_polls_has_one_line_for_every_request_of_every_run(lake: Lake) -> None:
    expected = _in_order([{**_poll(line), **_measured(lake, line)} for line in lake.books.lines])
    assert differences(_records(lake, POLLS.name), expected) == []


def test_usage_has_one_line_for_every_application_of_every_answer(lake: Lake) -> None:
    wanted = [column.name for column in (*USAGE.columns, PARTITION)]
    expected = [
        {**_poll(line), **_measured(lake, line), **_application(app)} for line in lake.books.lines for app in line.apps
    ]
    expected = _in_order([{name: row[name] for name in wanted} for row in expected])
    assert differences(_records(lake, USAGE.name), expected) == []


def test_observed_at_is_when_the_answer_came(lake: Lake) -> None:
    for record in _records(lake, POLLS.name):
        minute, source = record["minute"], record["source"]
        late_s = 90 if (source, minute.replace(tzinfo=UTC)) in lake.script.late else 1
        assert 0 <= (record["observed_at"] - minute).total_seconds() - 60 - late_s < 55, record
        assert record["observed_at"].microsecond % 1000 == 0
    assert any(record["observed_at"].microsecond for record in _records(lake, POLLS.name))


def test_the_sums_are_those_of_what_was_served(lake: Lake) -> None:
    served = lake.sandbox.cloudflare.served
    first = lake.script.days.day(3)
    sql = f"SELECT sum(bytes_ingress), sum(bytes_egress), sum(connections), count(*) FROM usage WHERE dt >= '{first}'"
    ((ingress, egress, connections, rows),) = lake.trino.query(sql).rows
    assert ingress == sum(reading.bytes_ingress for reading in served.values())
    assert egress == sum(reading.bytes_egress for reading in served.values())
    assert connections == sum(reading.connections for reading in served.values())
    left_out = sum(not app.reported for line in lake.books.lines for app in line.apps)
    assert left_out > 0
    assert rows == len(served) + left_out


@pytest.mark.parametrize("history", HISTORIES, ids=lambda history: history.name)
def test_the_history_of_a_day_is_its_raw_lines_in_the_declared_types(lake: Lake, history: History) -> None:
    day = lake.script.days.day(3)
    names = ", ".join(column.name for column in history.columns)
    compacted = lake.trino.query(f"SELECT {names} FROM {history.table.name} WHERE dt = '{day}'")
    assert list(compacted.types) == [_TYPES.get(column.type, column.type) for column in history.columns]
    if history is USAGE:
        nested = ", ".join(f"app.{column.name}" for column in _application_columns())
        outer = ", ".join(column.name for column in history.columns if column not in _application_columns())
        declared = ", ".join(column.name for column in _application_columns())
        source = f"{RAW.name} CROSS JOIN UNNEST(apps) AS app ({declared})"
        names = f"{outer}, {nested}"
    else:
        source = RAW.name
    raw = lake.trino.query(f"SELECT {names} FROM {source} WHERE dt = '{day}'")
    assert raw.columns == compacted.columns
    assert sorted(compacted.rows, key=in_order) == sorted(raw.rows, key=in_order)
    assert any(value is None for row in compacted.rows for value in row)


def _application_columns() -> list[Any]:
    return [column for column in USAGE.columns if column not in POLLS.columns]


def _records(lake: Lake, view: str) -> list[Record]:
    """Everything in the view."""
    return _in_order(lake.trino.query(f"SELECT * FROM {view} WHERE dt >= '{lake.script.days.day(3)}'").records)


def _in_order(records: list[Record]) -> list[Record]:
    return sorted(records, key=lambda record: in_order(tuple(record.get(name) for name in _WHICH)))


def _poll(line: Line) -> Record:
    """A line as `polls` has it, without what only the product can tell."""
    return {
        "minute": naive(line.minute),
        "observed_at": None,
        "source": line.source,
        "zone_id": line.zone_id,
        "zone_name": line.zone_name,
        "colo": line.colo,
        "outcome": line.outcome,
        "reason": line.reason,
        "http_status": line.http_status,
        "error_code": line.error_code,
        "error_message": None,
        "attempts": line.attempts,
        "latency_ms": None,
        "rate_limit_remaining": line.rate_limit_remaining,
        "dt": f"{line.minute:%Y-%m-%d}",
    }


def _measured(lake: Lake, line: Line) -> Record:
    """What only the product can tell, from the raw line; a timestamp to the millisecond."""
    told = {name: lake.told(line)[name] for name in _MEASURED}
    return {**told, "observed_at": datetime.fromisoformat(told["observed_at"])}


def _application(app: App) -> Record:
    return {
        "app_id": app.app_id,
        "app_name": app.name,
        "protocol": app.protocol,
        "bytes_ingress": app.bytes_ingress,
        "bytes_egress": app.bytes_egress,
        "connections": app.connections,
        "duration_avg_ms": app.duration_avg_ms,
        "reported": app.reported,
    }
