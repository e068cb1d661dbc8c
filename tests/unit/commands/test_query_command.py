"""`make query` against an Athena that has the handmade lake: what a person sees, and what when there is no answer."""

import csv
import io
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from moto.athena.models import athena_backends

from commands.query import main
from contract.lake import WORKGROUP
from tests.sandbox.athena.handmade_lake import HandmadeLake, application, poll
from tests.sandbox.aws import AwsDouble, Fault
from tests.unit.commands.queried import NOW, QUERIES

SQL = "SELECT zone_id, connections, reported FROM usage WHERE dt = '2026-11-23'"


@pytest.fixture(scope="module")
def deployed() -> Iterator[AwsDouble]:
    with AwsDouble() as aws:
        lake = HandmadeLake(aws)
        lake.put([poll("2026-11-23 10:00", "z1", [application("a1", ingress=5, connections=2, app_name="one")])])
        aws.athena.clock = lambda: NOW
        yield aws


@pytest.fixture
def aws(deployed: AwsDouble, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> AwsDouble:
    """The same, in the environment of a person who is signed in; nothing of the machine's own is in reach."""
    deployed.clear()
    for name in ("AWS_PROFILE", "AWS_DEFAULT_REGION", "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {
        "HOME": str(tmp_path),
        "AWS_ENDPOINT_URL": deployed.endpoint_url,
        "AWS_REGION": deployed.region,
        "AWS_ACCESS_KEY_ID": "AKIAPERSON0000000000",
        "AWS_SECRET_ACCESS_KEY": "-",
        "AWS_EC2_METADATA_DISABLED": "true",
    }.items():
        monkeypatch.setenv(name, value)
    return deployed


def ask(*arguments: str) -> int:
    return main(arguments, today=NOW.date, pause=lambda _seconds: None)


def asked(aws: AwsDouble) -> list[str]:
    """The parameters of the one query that was started."""
    (call,) = aws.calls.of("StartQueryExecution")
    parameters: list[str] = call.parameters.get("ExecutionParameters", [])
    return parameters


def test_without_a_query_it_lists_the_deployed_ones_with_their_questions(
    aws: AwsDouble, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ask() == 0
    shown = capsys.readouterr().out
    assert [name for name in QUERIES if name not in shown] == []
    assert "Which 20 applications moved most bytes." in shown
    assert aws.calls.of("StartQueryExecution") == ()


def test_a_named_query_is_asked_about_the_last_seven_days(aws: AwsDouble, capsys: pytest.CaptureFixture[str]) -> None:
    assert ask("--name", "top_talkers") == 0
    assert asked(aws) == ["'2026-11-17'", "'2026-11-23'"]
    out, err = capsys.readouterr()
    assert [text for text in ("a1", "one", "1 row.", "scanned in", "$0.00005 (us-east-1") if text not in out] == []
    assert err == "Which 20 applications moved most bytes. 2026-11-17 to 2026-11-23, UTC.\n"


def test_the_volume_is_asked_of_this_month(aws: AwsDouble) -> None:
    assert ask("--name", "month_to_date_volume", "--csv") == 0
    assert asked(aws) == ["'2026-11-01'", "'2026-11-23'"]


def test_days_that_are_given_are_asked_about(aws: AwsDouble) -> None:
    assert ask("--name", "top_talkers", "--from", "2026-10-01", "--to", "2026-10-31") == 0
    assert asked(aws) == ["'2026-10-01'", "'2026-10-31'"]


def test_own_sql_has_parameters_only_if_days_are_given(aws: AwsDouble, capsys: pytest.CaptureFixture[str]) -> None:
    assert ask("--sql", SQL, "--json") == 0
    assert json.loads(capsys.readouterr().out) == [{"zone_id": "z1", "connections": 2.0, "reported": True}]
    assert asked(aws) == []
    aws.clear()
    sql = "SELECT count(*) AS lines FROM polls WHERE dt BETWEEN ? AND ?"
    assert ask("--sql", sql, "--from", "2026-11-23", "--json") == 0
    assert json.loads(capsys.readouterr().out) == [{"lines": 1}]
    assert asked(aws) == ["'2026-11-23'", "'2026-11-23'"]


@pytest.mark.usefixtures("aws")
def test_sql_may_come_from_standard_input(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(SQL))
    assert ask("--sql", "-", "--csv") == 0
    assert list(csv.reader(io.StringIO(capsys.readouterr().out))) == [
        ["zone_id", "connections", "reported"],
        ["z1", "2.0", "true"],
    ]


@pytest.mark.usefixtures("aws")
def test_a_null_is_shown_as_one_and_is_empty_in_csv(capsys: pytest.CaptureFixture[str]) -> None:
    sql = "SELECT colo, '' AS nothing FROM polls WHERE dt = '2026-11-23'"
    assert ask("--sql", sql) == 0
    assert "null" in capsys.readouterr().out
    assert ask("--sql", sql, "--csv") == 0
    assert capsys.readouterr().out == "colo,nothing\n,\n"
    assert ask("--sql", sql, "--json") == 0
    assert json.loads(capsys.readouterr().out) == [{"colo": None, "nothing": ""}]


@pytest.mark.usefixtures("aws")
def test_a_table_has_a_thousand_rows_and_csv_has_all(capsys: pytest.CaptureFixture[str]) -> None:
    sql = "SELECT n FROM UNNEST(sequence(1, 2345)) AS numbers (n) ORDER BY n"
    assert ask("--sql", sql) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[-2].strip() == "1000"
    assert lines[-1].startswith("The first 1,000 rows; --csv prints all.")
    assert ask("--sql", sql, "--csv") == 0
    out, err = capsys.readouterr()
    assert out.splitlines() == ["n", *map(str, range(1, 2346))]
    assert err.startswith("2,345 rows.")


@pytest.mark.usefixtures("aws")
def test_an_answer_without_rows_is_an_answer(capsys: pytest.CaptureFixture[str]) -> None:
    sql = "SELECT zone_id FROM usage WHERE dt = '2026-11-01'"
    assert ask("--sql", sql) == 0
    assert "0 rows." in capsys.readouterr().out
    assert ask("--sql", sql, "--json") == 0
    assert json.loads(capsys.readouterr().out) == []


@pytest.mark.usefixtures("aws")
def test_a_narrow_terminal_gets_a_paragraph_for_each_row(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TTY_COMPATIBLE", "1")
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("TERM", "dumb")
    monkeypatch.setenv("COLUMNS", "60")
    assert ask("--name", "top_talkers") == 0
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["row", "1"] in lines
    assert ["application", "one"] in lines
    assert all(sum(map(len, line)) <= 60 for line in lines[:-1])


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--name", "p95"), "There is no query p95: did you mean p95_mbits?"),
        (("--name", "top_talker"), "did you mean top_talkers?"),
        (("--name", "xyz"), "There is no query xyz: there are concurrency_peaks, connection_duration,"),
        (("--name", "top_talkers", "--workgroup", "other"), "no workgroup other in us-east-1.*make deploy"),
        (("--sql", "SELECT 1", "--workgroup", "other"), "no workgroup other in us-east-1.*make deploy"),
        (("--workgroup", "other"), "no workgroup other in us-east-1.*make deploy"),
        (("--name", "top_talkers", "--workgroup", "primary"), "The workgroup primary has no named queries"),
        (("--sql", "SELEC 1"), "Athena refuses the query: line 1:"),
        (("--sql", "SELECT nope FROM usage"), r"Query [0-9a-f-]+ failed: .*nope"),
        (("--sql", "SELECT 1 FROM polls WHERE dt > ?"), "failed: INVALID_PARAMETER_USAGE.*expected 1 but found 0"),
        (
            ("--sql", "SELECT 1", "--from", "2026-11-23", "--to", "2026-11-22"),
            "--from and --to: the first day, 2026-11-23, comes after the last, 2026-11-22",
        ),
        (("--name", "top_talkers", "--from", "2027-01-01"), "the first day, 2027-01-01, lies in the future: today is"),
    ],
)
@pytest.mark.usefixtures("aws")
def test_what_cannot_be_answered_says_why_and_what_to_do(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], words: str
) -> None:
    assert ask(*arguments) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert re.search(words, err), err


def test_a_query_that_would_read_too_much_says_how_to_read_less(
    capsys: pytest.CaptureFixture[str], aws: AwsDouble
) -> None:
    aws.client("athena").create_work_group(Name="tight")
    # Ten megabytes are the least that the API takes.
    athena_backends[aws.account][aws.region].work_groups["tight"].configuration["BytesScannedCutoffPerQuery"] = 10
    assert ask("--sql", SQL, "--workgroup", "tight") == 1
    err = capsys.readouterr().err
    assert "would read more than the workgroup tight allows (Bytes scanned limit was exceeded)" in err
    assert [knob for knob in ("--from, --to", "query_scan_limit_gb") if knob not in err] == []


@pytest.mark.parametrize(
    "operation", ["ListNamedQueries", "StartQueryExecution", "GetQueryExecution", "GetQueryResults"]
)
def test_a_missing_permission_is_named(aws: AwsDouble, capsys: pytest.CaptureFixture[str], operation: str) -> None:
    words = f"User: me is not authorized to perform: athena:{operation}"
    aws.faults.add(Fault("refuse", "athena", operation, code="AccessDeniedException", message=words))
    assert ask("--name", "top_talkers") == 1
    err = capsys.readouterr().err
    assert words in err
    assert "docs/queries.md#permissions" in err


@pytest.mark.usefixtures("aws")
def test_without_a_region_it_says_how_to_choose_one(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_REGION")
    assert ask() == 1
    assert capsys.readouterr().err.startswith("No AWS region: set AWS_REGION")


@pytest.mark.usefixtures("aws")
def test_without_credentials_it_says_how_to_sign_in(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    assert ask() == 1
    assert "aws sso login" in capsys.readouterr().err


def test_ctrl_c_stops_the_query_in_athena(aws: AwsDouble, capsys: pytest.CaptureFixture[str]) -> None:
    def interrupted(_seconds: float) -> None:
        raise KeyboardInterrupt

    assert main(["--sql", SQL], today=NOW.date, pause=interrupted) == 130
    (stop,) = aws.calls.of("StopQueryExecution")
    identifier = stop.parameters["QueryExecutionId"]
    execution = aws.client("athena").get_query_execution(QueryExecutionId=identifier)["QueryExecution"]
    assert execution["Status"]["State"] == "CANCELLED"
    assert capsys.readouterr().err == f"Query {identifier} was stopped.\nInterrupted.\n"


def test_a_query_that_could_not_be_stopped_is_named(aws: AwsDouble, capsys: pytest.CaptureFixture[str]) -> None:
    def interrupted(_seconds: float) -> None:
        raise KeyboardInterrupt

    aws.faults.add(Fault("refuse", "athena", "StopQueryExecution", code="AccessDeniedException"))
    assert main(["--sql", SQL], today=NOW.date, pause=interrupted) == 1
    assert "aws athena stop-query-execution --query-execution-id" in capsys.readouterr().err


def test_a_query_that_somebody_cancelled_is_no_answer(aws: AwsDouble, capsys: pytest.CaptureFixture[str]) -> None:
    def cancelled(_seconds: float) -> None:
        (call,) = aws.calls.of("GetQueryExecution")
        aws.client("athena").stop_query_execution(QueryExecutionId=call.parameters["QueryExecutionId"])

    assert main(["--sql", SQL], today=NOW.date, pause=cancelled) == 1
    assert "was cancelled: Query cancelled by user" in capsys.readouterr().err


def test_the_default_workgroup_is_the_deployed_one(aws: AwsDouble) -> None:
    assert ask("--sql", SQL) == 0
    (call,) = aws.calls.of("StartQueryExecution")
    assert call.parameters["WorkGroup"] == WORKGROUP


@pytest.mark.usefixtures("aws")
def test_a_day_is_written_as_one(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        ask("--name", "top_talkers", "--from", "23.11.2026")
    assert "'23.11.2026' is no day: write it as 2026-11-23" in capsys.readouterr().err
