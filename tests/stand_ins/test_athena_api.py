"""The sandbox's Athena over HTTP, as boto3 sees it."""

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from contract.lake import DATABASE, WORKGROUP
from tests.sandbox.athena.handmade_lake import HandmadeLake
from tests.sandbox.aws import AwsDouble
from tests.unit.commands.queried import QUERIES

NUMBERS = "SELECT n, nullif(n, 2) AS m FROM UNNEST(sequence(1, 3)) AS numbers (n) ORDER BY n"


@pytest.fixture(scope="module")
def athena() -> Iterator[Any]:
    with AwsDouble() as aws:
        HandmadeLake(aws)
        yield aws.client("athena")


def start(athena: Any, sql: str = NUMBERS, **others: Any) -> str:
    context = {"Database": DATABASE}
    answer = athena.start_query_execution(
        QueryString=sql, **{"WorkGroup": WORKGROUP, "QueryExecutionContext": context, **others}
    )
    identifier: str = answer["QueryExecutionId"]
    return identifier


def look(athena: Any, identifier: str) -> Any:
    return athena.get_query_execution(QueryExecutionId=identifier)["QueryExecution"]


def finish(athena: Any, identifier: str) -> Any:
    look(athena, identifier)
    return look(athena, identifier)


def test_a_query_runs_and_then_has_succeeded(athena: Any) -> None:
    identifier = start(athena)
    assert look(athena, identifier)["Status"]["State"] == "RUNNING"
    done = look(athena, identifier)
    assert done["Status"]["State"] == "SUCCEEDED"
    assert done["Status"]["CompletionDateTime"] >= done["Status"]["SubmissionDateTime"]
    assert done["Statistics"]["DataScannedInBytes"] == 0
    assert (done["Query"], done["WorkGroup"], done["StatementType"]) == (NUMBERS, WORKGROUP, "DML")


def test_a_result_begins_with_the_names_and_a_null_has_no_value(athena: Any) -> None:
    identifier = start(athena)
    finish(athena, identifier)
    found = athena.get_query_results(QueryExecutionId=identifier)["ResultSet"]
    assert [column["Type"] for column in found["ResultSetMetadata"]["ColumnInfo"]] == ["bigint", "bigint"]
    assert [[cell.get("VarCharValue") for cell in row["Data"]] for row in found["Rows"]] == [
        ["n", "m"],
        ["1", "1"],
        ["2", None],
        ["3", "3"],
    ]
    assert found["Rows"][2]["Data"][1] == {}


def test_a_result_comes_in_pages(athena: Any) -> None:
    identifier = start(athena)
    finish(athena, identifier)
    pages = athena.get_paginator("get_query_results").paginate(
        QueryExecutionId=identifier, PaginationConfig={"PageSize": 3}
    )
    assert [len(page["ResultSet"]["Rows"]) for page in pages] == [3, 1]


def test_a_failed_query_has_a_reason_and_no_result(athena: Any) -> None:
    identifier = start(athena, "SELECT nope FROM polls")
    status = finish(athena, identifier)["Status"]
    assert status["State"] == "FAILED"
    assert "nope" in status["StateChangeReason"]
    with pytest.raises(ClientError, match=r"did not finish successfully. Final query state: FAILED"):
        athena.get_query_results(QueryExecutionId=identifier)


def test_a_result_is_not_there_before_the_end(athena: Any) -> None:
    identifier = start(athena)
    with pytest.raises(ClientError, match=r"has not yet finished. Current query state: QUEUED"):
        athena.get_query_results(QueryExecutionId=identifier)


def test_a_stopped_query_is_cancelled_and_a_finished_one_stays_what_it_is(athena: Any) -> None:
    stopped, finished = start(athena), start(athena)
    finish(athena, finished)
    for identifier in (stopped, finished):
        athena.stop_query_execution(QueryExecutionId=identifier)
    states = [finish(athena, identifier)["Status"]["State"] for identifier in (stopped, finished)]
    assert states == ["CANCELLED", "SUCCEEDED"]


def test_parameters_are_taken_and_told(athena: Any) -> None:
    sql = "SELECT n FROM UNNEST(sequence(1, 3)) AS numbers (n) WHERE n > ?"
    identifier = start(athena, sql, ExecutionParameters=["2"])
    assert finish(athena, identifier)["ExecutionParameters"] == ["2"]
    assert len(athena.get_query_results(QueryExecutionId=identifier)["ResultSet"]["Rows"]) == 2


@pytest.mark.parametrize(
    ("sql", "group", "words"),
    [
        ("SELECT 1", "nope", "WorkGroup nope is not found."),
        ("SELEC 1", WORKGROUP, "line 1:"),
        ("SELECT ?", WORKGROUP, "WHERE"),
    ],
)
def test_what_cannot_start_is_refused(athena: Any, sql: str, group: str, words: str) -> None:
    with pytest.raises(ClientError, match=words) as refused:
        start(athena, sql, WorkGroup=group)
    assert refused.value.response["Error"]["Code"] == "InvalidRequestException"


@pytest.mark.parametrize("operation", ["get_query_execution", "get_query_results", "stop_query_execution"])
def test_an_unknown_execution_is_refused(athena: Any, operation: str) -> None:
    with pytest.raises(ClientError, match="QueryExecution nope was not found"):
        getattr(athena, operation)(QueryExecutionId="nope")


def test_named_queries_are_listed_by_workgroup_and_read_in_batches(athena: Any) -> None:
    pages = athena.get_paginator("list_named_queries").paginate(WorkGroup=WORKGROUP, PaginationConfig={"PageSize": 3})
    ids = [identifier for page in pages for identifier in page["NamedQueryIds"]]
    answer = athena.batch_get_named_query(NamedQueryIds=[*ids, "nope"])
    found = {query["Name"]: query["QueryString"] for query in answer["NamedQueries"]}
    assert found == QUERIES
    assert [each["NamedQueryId"] for each in answer["UnprocessedNamedQueryIds"]] == ["nope"]
    assert athena.list_named_queries(WorkGroup="primary")["NamedQueryIds"] == []
    with pytest.raises(ClientError, match="WorkGroup nope is not found"):
        athena.list_named_queries(WorkGroup="nope")
