"""The views: their SQL as it stands in the files, in the form in which Athena keeps a view."""

import json
import re
from base64 import b64decode
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest

from contract.lake import DATABASE, HISTORIES, History
from infra.bundle import PROJECT, Bundles
from infra.configuration import parse
from infra.stack import SpectrumMeter
from tests.infra.declared import CONTEXT, minimal
from tests.infra.template import Template

TRINO_TYPES = {
    "string": "varchar",
    "bigint": "bigint",
    "int": "integer",
    "double": "double",
    "boolean": "boolean",
    "timestamp": "timestamp(3)",
}


@pytest.fixture(params=HISTORIES, ids=lambda history: str(history.name))
def history(request: pytest.FixtureRequest) -> History:
    history: History = request.param
    return history


def view(template: Template, name: str) -> dict[str, Any]:
    """What the view's text holds."""
    text = template.at(f"Catalog/{name}")["TableInput"]["ViewOriginalText"]
    encoded = re.fullmatch(r"/\* Presto View: ([A-Za-z0-9+/]+=*) \*/", text)
    assert encoded is not None
    content: dict[str, Any] = json.loads(b64decode(encoded[1], validate=True))
    return content


def test_a_view_is_marked_as_athena_marks_its_own(template: Template, history: History) -> None:
    table = template.at(f"Catalog/{history.name}")["TableInput"]
    assert table["TableType"] == "VIRTUAL_VIEW"
    assert table["Parameters"]["presto_view"] == "true"
    assert table["ViewExpandedText"] == "/* Presto View */"
    assert table["PartitionKeys"] == []
    assert "Location" not in table["StorageDescriptor"]


def test_its_names_are_resolved_in_the_database(template: Template, history: History) -> None:
    content = view(template, history.name)
    assert content.keys() == {"originalSql", "catalog", "schema", "columns"}
    assert (content["catalog"], content["schema"]) == ("awsdatacatalog", DATABASE)


def test_glue_and_the_view_tell_the_same_columns_each_in_its_own_types(template: Template, history: History) -> None:
    declared = [*((column.name, column.type) for column in history.columns), ("dt", "string")]
    columns = template.at(f"Catalog/{history.name}")["TableInput"]["StorageDescriptor"]["Columns"]
    assert [(column["Name"], column["Type"]) for column in columns] == declared
    told = [(column["name"], column["type"]) for column in view(template, history.name)["columns"]]
    assert told == [(name, TRINO_TYPES[hive]) for name, hive in declared]


def test_its_sql_is_the_files_with_the_configured_days(template: Template, history: History) -> None:
    file = (PROJECT / "infra" / "sql" / "views" / f"{history.name}.sql").read_text(encoding="utf-8")
    sql = view(template, history.name)["originalSql"]
    assert "{open_days}" in file
    assert sql == file.replace("{open_days}", "1")
    assert "INTERVAL '1' DAY" in sql


def test_more_open_days_move_the_boundary(bundles: Bundles, tmp_path: Path, history: History) -> None:
    app = cdk.App(analytics_reporting=False, context=CONTEXT, outdir=str(tmp_path))
    stack = SpectrumMeter(app, "SpectrumMeter", configuration=parse(minimal() | {"open_days": 7}), bundles=bundles)
    template = Template(json.loads((Path(app.synth().directory) / stack.template_file).read_text()))
    sql = view(template, history.name)["originalSql"]
    assert "INTERVAL '7' DAY" in sql
    assert "INTERVAL '1' DAY" not in sql
    assert "{" not in sql


def test_there_is_a_file_for_every_view_and_a_view_for_every_file() -> None:
    files = {path.stem for path in (PROJECT / "infra" / "sql" / "views").glob("*")}
    assert files == {history.name for history in HISTORIES}


def test_a_view_comes_after_the_tables_that_it_reads(template: Template, history: History) -> None:
    resources = template.content["Resources"]
    names = {
        logical: each["Properties"]["TableInput"]["Name"]
        for logical, each in resources.items()
        if each["Type"] == "AWS::Glue::Table"
    }
    (this,) = (logical for logical, name in names.items() if name == history.name)
    assert {names[logical] for logical in resources[this]["DependsOn"]} == {
        "polls_raw",
        "polls_history",
        "usage_history",
    }
