"""Where queries run, what they may read, and that every shipped file is one of them."""

from pathlib import Path

import aws_cdk as cdk
import pytest
from aws_cdk import aws_glue as glue

import infra.lake as queries
from contract.lake import WORKGROUP
from infra.bundle import PROJECT
from infra.lake import Queries
from tests.infra.template import Template

FILES = sorted((PROJECT / "infra" / "sql" / "queries").glob("*"))
# https://docs.aws.amazon.com/athena/latest/APIReference/API_CreateNamedQuery.html
LONGEST_DESCRIPTION = 1024
LONGEST_QUERY_BYTES = 262_144


def test_nobody_overrides_the_workgroups_settings(template: Template) -> None:
    group = template.only("AWS::Athena::WorkGroup")
    assert group["Name"] == WORKGROUP == "cloudflare-spectrum"
    assert group["WorkGroupConfiguration"]["EnforceWorkGroupConfiguration"] is True
    assert group.get("State", "ENABLED") == "ENABLED"


def test_queries_run_on_engine_three_and_end_at_the_scan_limit(template: Template) -> None:
    settings = template.only("AWS::Athena::WorkGroup")["WorkGroupConfiguration"]
    assert settings["EngineVersion"] == {"SelectedEngineVersion": "Athena engine version 3"}
    assert settings["BytesScannedCutoffPerQuery"] == 100 * 10**9
    assert settings["PublishCloudWatchMetricsEnabled"] is True


def test_athena_keeps_the_results_itself(template: Template) -> None:
    settings = template.only("AWS::Athena::WorkGroup")["WorkGroupConfiguration"]
    assert settings["ManagedQueryResultsConfiguration"] == {"Enabled": True}
    # "A workgroup cannot have the OutputLocation parameter when you set this field to true."
    # https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-athena-workgroup-managedqueryresultsconfiguration.html
    assert "ResultConfiguration" not in settings


def test_a_workgroup_that_was_used_goes_with_the_stack(template: Template) -> None:
    assert template.only("AWS::Athena::WorkGroup")["RecursiveDeleteOption"] is True


def test_every_file_is_a_named_query(template: Template) -> None:
    assert FILES
    found = {query["Name"]: query for query in template.properties("AWS::Athena::NamedQuery")}
    assert found.keys() == {file.stem for file in FILES}
    for file in FILES:
        text = file.read_text(encoding="utf-8")
        assert found[file.stem] == {
            "Name": file.stem,
            "Description": text.splitlines()[0].removeprefix("-- "),
            "QueryString": text,
            "Database": "<Catalog/Database>",
            "WorkGroup": "<Queries/Workgroup>",
        }


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.stem))
def test_a_file_is_sql_that_opens_with_its_question_and_fits_into_athena(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    question = text.splitlines()[0]
    assert file.suffix == ".sql"
    assert question.startswith("-- ")
    assert len(question) <= LONGEST_DESCRIPTION
    assert len(text.encode()) <= LONGEST_QUERY_BYTES


def test_without_files_there_is_a_workgroup_all_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "QUERIES", tmp_path / "none")
    stack = cdk.Stack(cdk.App(analytics_reporting=False, outdir=str(tmp_path / "out")), "S")
    database = glue.CfnDatabase(
        stack, "D", catalog_id="1", database_input=glue.CfnDatabase.DatabaseInputProperty(name="d")
    )
    Queries(stack, "Queries", database=database, scan_limit_gb=1)
    template = Template(cdk.App.of(stack).synth().get_stack_artifact("S").template)  # type: ignore[union-attr]
    assert template.only("AWS::Athena::WorkGroup")["WorkGroupConfiguration"]["BytesScannedCutoffPerQuery"] == 10**9
    assert template.all("AWS::Athena::NamedQuery") == []
