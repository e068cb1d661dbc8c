"""Three of the deployed named queries, asked through Athena's API as anybody would ask them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from contract.lake import DATABASE, WORKGROUP
from tests.demo.night import Night
from tests.sandbox.sandbox import Sandbox

ASKED: Final = {
    "traffic_by_application_and_hour": ("hour", "application", "bytes_ingress", "bytes_egress", "minutes_known"),
    "connection_duration": ("zone", "application", "duration_avg_ms", "connection_minutes"),
    "missing_minutes": ("first_minute", "minutes", "zone", "reason"),
}
"""The queries, and those of their columns that are shown."""

VOLUME: Final = "SELECT count(*), sum(bytes_ingress), sum(bytes_egress), sum(connections) FROM usage WHERE reported"


@dataclass(frozen=True, slots=True)
class Answer:
    """What Athena answered."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str | None, ...], ...]
    scanned_bytes: int

    def of(self, columns: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
        """These columns of every row."""
        places = [self.columns.index(column) for column in columns]
        return (tuple(row[place] or "" for place in places) for row in self.rows)


def answers(sandbox: Sandbox, night: Night) -> Mapping[str, Answer]:
    """Ask the named queries about the days of the night."""
    athena = sandbox.aws.client("athena")
    ids = athena.list_named_queries(WorkGroup=WORKGROUP)["NamedQueryIds"]
    named = {each["Name"]: each for each in athena.batch_get_named_query(NamedQueryIds=ids)["NamedQueries"]}
    days = [f"'{night.begin:%Y-%m-%d}'", f"'{night.midnight:%Y-%m-%d}'"]
    return {name: _ask(athena, named[name]["QueryString"], days) for name in ASKED}


def volume(sandbox: Sandbox, night: Night) -> tuple[float, ...]:
    """Rows, bytes in and out, and connections that the view `usage` gives of both days, where something was served."""
    days = f"dt BETWEEN '{night.begin:%Y-%m-%d}' AND '{night.midnight:%Y-%m-%d}'"
    (row,) = _ask(sandbox.aws.client("athena"), f"{VOLUME} AND {days}", []).rows
    return tuple(float(value or 0) for value in row)


def _ask(athena: Any, sql: str, parameters: list[str]) -> Answer:
    arguments = {"ExecutionParameters": parameters} if parameters else {}
    execution = athena.start_query_execution(
        QueryString=sql, WorkGroup=WORKGROUP, QueryExecutionContext={"Database": DATABASE}, **arguments
    )["QueryExecutionId"]
    state = "QUEUED"
    while state in ("QUEUED", "RUNNING"):
        found = athena.get_query_execution(QueryExecutionId=execution)["QueryExecution"]
        state = found["Status"]["State"]
    if state != "SUCCEEDED":
        raise RuntimeError(f"the query did not succeed: {found['Status'].get('StateChangeReason')}\n{sql}")
    pages = athena.get_paginator("get_query_results").paginate(QueryExecutionId=execution)
    head, *rows = (
        tuple(value.get("VarCharValue") for value in row["Data"]) for page in pages for row in page["ResultSet"]["Rows"]
    )
    return Answer(tuple(name or "" for name in head), tuple(rows), found["Statistics"]["DataScannedInBytes"])
