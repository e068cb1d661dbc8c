"""The tables, each by what Athena relies on: where its objects are, how they are read, which days there can be."""

from datetime import UTC, datetime
from typing import Any

import pytest

from contract.lake import DATABASE, FIRST_DAY, POLLS, TABLES, USAGE, Table
from contract.raw import raw_key
from tests.infra.template import Template

HISTORY = {
    "InputFormat": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
    "OutputFormat": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
    "SerdeInfo": {
        "SerializationLibrary": "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe",
        "Parameters": {"serialization.format": "1"},
    },
}
# https://docs.aws.amazon.com/glue/latest/webapi/API_Column.html
LONGEST_COMMENT = 255


@pytest.fixture(params=TABLES, ids=lambda table: str(table.name))
def declared(request: pytest.FixtureRequest) -> Table:
    table: Table = request.param
    return table


@pytest.fixture
def table(template: Template, declared: Table) -> dict[str, Any]:
    properties = template.at(f"Catalog/{declared.name}")
    assert properties["DatabaseName"] == "<Catalog/Database>"
    description: dict[str, Any] = properties["TableInput"]
    return description


def test_there_is_one_database_of_the_declared_name(template: Template) -> None:
    database = template.only("AWS::Glue::Database")
    assert database["CatalogId"] == "<AWS::AccountId>"
    assert database["DatabaseInput"]["Name"] == DATABASE == "cloudflare_spectrum"


def test_there_are_three_tables_and_two_views(template: Template) -> None:
    kinds = {each["TableInput"]["Name"]: each["TableInput"]["TableType"] for each in tables(template)}
    assert kinds == {
        "polls_raw": "EXTERNAL_TABLE",
        "polls_history": "EXTERNAL_TABLE",
        "usage_history": "EXTERNAL_TABLE",
        "polls": "VIRTUAL_VIEW",
        "usage": "VIRTUAL_VIEW",
    }


def tables(template: Template) -> list[dict[str, Any]]:
    return template.properties("AWS::Glue::Table")


def test_a_table_has_the_declared_columns_and_days_for_partitions(table: dict[str, Any], declared: Table) -> None:
    columns = [(column["Name"], column["Type"]) for column in table["StorageDescriptor"]["Columns"]]
    assert columns == [(column.name, column.type) for column in declared.columns]
    assert [(key["Name"], key["Type"]) for key in table["PartitionKeys"]] == [("dt", "string")]


def test_every_column_says_what_it_means_in_words_that_glue_takes(table: dict[str, Any]) -> None:
    for column in (*table["StorageDescriptor"]["Columns"], *table["PartitionKeys"]):
        assert 0 < len(column["Comment"]) <= LONGEST_COMMENT
        assert column["Comment"].isprintable()


def test_raw_is_read_by_hives_json_serde(template: Template) -> None:
    storage = template.at("Catalog/polls_raw")["TableInput"]["StorageDescriptor"]
    assert storage["Location"] == "s3://<Storage/Bucket>/raw/"
    assert storage["InputFormat"] == "org.apache.hadoop.mapred.TextInputFormat"
    assert storage["OutputFormat"] == "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat"
    assert storage["SerdeInfo"]["SerializationLibrary"] == "org.apache.hive.hcatalog.data.JsonSerDe"


@pytest.mark.parametrize("history", [POLLS, USAGE])
def test_history_is_read_as_parquet_from_a_folder_of_its_own(template: Template, history: Any) -> None:
    storage = template.at(f"Catalog/{history.name}_history")["TableInput"]["StorageDescriptor"]
    assert storage["Location"] == f"s3://<Storage/Bucket>/history/{history.name}/"
    assert {name: storage[name] for name in HISTORY} == HISTORY


def test_days_are_computed_one_by_one_from_their_name(table: dict[str, Any]) -> None:
    parameters = table["Parameters"]
    assert parameters["projection.enabled"] == "true"
    assert parameters["projection.dt.type"] == "date"
    assert parameters["projection.dt.format"] == "yyyy-MM-dd"
    assert (parameters["projection.dt.interval"], parameters["projection.dt.interval.unit"]) == ("1", "DAYS")
    assert parameters["EXTERNAL"] == "TRUE"


def test_history_begins_at_a_fixed_day_and_raw_ten_days_before_its_retention(template: Template) -> None:
    ranges = {
        each["TableInput"]["Name"]: each["TableInput"]["Parameters"].get("projection.dt.range")
        for each in tables(template)
    }
    assert ranges == {
        "polls_raw": "NOW-100DAYS,NOW+1DAYS",
        "polls_history": f"{FIRST_DAY},NOW+1DAYS",
        "usage_history": f"{FIRST_DAY},NOW+1DAYS",
        "polls": None,
        "usage": None,
    }


def test_a_days_folder_is_where_the_functions_put_its_objects(template: Template) -> None:
    minute = datetime(2026, 11, 22, 23, 59, tzinfo=UTC)
    keys = {
        "polls_raw": raw_key(minute, "main"),
        "polls_history": POLLS.key(minute.date()),
        "usage_history": USAGE.key(minute.date()),
    }
    for name, key in keys.items():
        template_of_location = template.at(f"Catalog/{name}")["TableInput"]["Parameters"]["storage.location.template"]
        folder = template_of_location.replace("${dt}", "2026-11-22")
        assert f"s3://<Storage/Bucket>/{key}".startswith(folder)
        assert "/" not in f"s3://<Storage/Bucket>/{key}".removeprefix(folder)


def test_no_table_reads_another_ones_objects(template: Template) -> None:
    locations = [
        template.at(f"Catalog/{table.name}")["TableInput"]["StorageDescriptor"]["Location"] for table in TABLES
    ]
    assert not [(one, other) for one in locations for other in locations if one != other and one.startswith(other)]
    assert len(set(locations)) == len(TABLES)
