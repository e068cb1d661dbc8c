"""The lake as Athena sees it: Glue tables and views over the bucket, a workgroup, and named queries."""

import json
from base64 import b64encode
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import aws_cdk as cdk
from aws_cdk import aws_athena as athena
from aws_cdk import aws_glue as glue
from aws_cdk import aws_s3 as s3
from constructs import Construct

from contract.lake import DATABASE, FIRST_DAY, HISTORIES, PARTITION, RAW, TABLES, WORKGROUP, Format, History, Table
from contract.raw import Column
from infra.configuration import Configuration

VIEWS: Final = Path(__file__).resolve().parent / "sql" / "views"
_OPEN_DAYS: Final = "{open_days}"

_TRINO_TYPES: Final = {
    "string": "varchar",
    "bigint": "bigint",
    "int": "integer",
    "double": "double",
    "boolean": "boolean",
    "timestamp": "timestamp(3)",
}
"""Glue knows a view's columns by Hive's names, the view itself by Trino's; what raw nests is in no view."""


def view_input(history: History, *, open_days: int) -> glue.CfnTable.TableInputProperty:
    """Describe the view that reads this history and, for the days that are still open, raw.

    AWS has no resource for a view and documents no form; this is the one in which Athena's own views stand in Glue,
    and in which Trino reads them (https://github.com/aws/aws-cdk/pull/13721).
    """
    columns = (*history.columns, PARTITION)
    view = {
        "originalSql": (VIEWS / f"{history.name}.sql").read_text(encoding="utf-8").replace(_OPEN_DAYS, str(open_days)),
        "catalog": "awsdatacatalog",
        "schema": DATABASE,
        "columns": [{"name": column.name, "type": _TRINO_TYPES[column.type]} for column in columns],
    }
    encoded = b64encode(json.dumps(view).encode()).decode()
    return glue.CfnTable.TableInputProperty(
        name=history.name,
        description=f"{history.name}: closed days from {history.table.name}, open ones from {RAW.name}",
        table_type="VIRTUAL_VIEW",
        parameters={"presto_view": "true", "comment": "Presto View"},
        partition_keys=[],
        storage_descriptor=glue.CfnTable.StorageDescriptorProperty(
            columns=glue_columns(columns),
            # Empty, but there: without it Athena says "Table storage descriptor is missing SerDe info".
            # https://github.com/hashicorp/terraform-provider-aws/issues/28517
            serde_info=glue.CfnTable.SerdeInfoProperty(),
        ),
        view_original_text=f"/* Presto View: {encoded} */",
        view_expanded_text="/* Presto View */",
    )


@dataclass(frozen=True, slots=True)
class _Reading:
    """The Java classes by which Athena reads a format."""

    classification: str
    serde: str
    input_format: str
    output_format: str


_READINGS: Final = {
    # Hive's, not OpenX's, whose "number of results and their values can be non-deterministic":
    # https://docs.aws.amazon.com/athena/latest/ug/openx-json-serde.html
    Format.JSON_LINES: _Reading(
        classification="json",
        serde="org.apache.hive.hcatalog.data.JsonSerDe",
        input_format="org.apache.hadoop.mapred.TextInputFormat",
        output_format="org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
    ),
    # https://docs.aws.amazon.com/athena/latest/ug/parquet-serde.html
    Format.PARQUET: _Reading(
        classification="parquet",
        serde="org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe",
        input_format="org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
        output_format="org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
    ),
}

# Raw days whose history could not be verified stay longer than the retention; so many more of them can be asked for.
_RAW_DAYS_BEYOND_RETENTION: Final = 10


def table_input(table: Table, *, bucket: str, raw_retention_days: int) -> glue.CfnTable.TableInputProperty:
    """Describe a table over this bucket's objects.

    Its days are computed, not registered: a new day needs no call, and a day without objects is empty.
    https://docs.aws.amazon.com/athena/latest/ug/partition-projection-supported-types.html
    """
    reading = _READINGS[table.format]
    location = f"s3://{bucket}/{table.prefix}"
    first = FIRST_DAY
    if table.format is Format.JSON_LINES:
        first = f"NOW-{raw_retention_days + _RAW_DAYS_BEYOND_RETENTION}DAYS"
    return glue.CfnTable.TableInputProperty(
        name=table.name,
        description=table.meaning,
        table_type="EXTERNAL_TABLE",
        partition_keys=glue_columns((PARTITION,)),
        storage_descriptor=glue.CfnTable.StorageDescriptorProperty(
            columns=glue_columns(table.columns),
            location=location,
            input_format=reading.input_format,
            output_format=reading.output_format,
            serde_info=glue.CfnTable.SerdeInfoProperty(
                serialization_library=reading.serde, parameters={"serialization.format": "1"}
            ),
        ),
        parameters={
            "EXTERNAL": "TRUE",
            "classification": reading.classification,
            "projection.enabled": "true",
            f"projection.{PARTITION.name}.type": "date",
            f"projection.{PARTITION.name}.format": "yyyy-MM-dd",
            f"projection.{PARTITION.name}.interval": "1",
            f"projection.{PARTITION.name}.interval.unit": "DAYS",
            f"projection.{PARTITION.name}.range": f"{first},NOW+1DAYS",
            "storage.location.template": f"{location}{PARTITION.name}=${{{PARTITION.name}}}/",
        },
    )


def glue_columns(columns: tuple[Column, ...]) -> list[glue.CfnTable.ColumnProperty]:
    """Name, Hive type and meaning of each."""
    return [
        glue.CfnTable.ColumnProperty(name=column.name, type=column.type, comment=column.meaning) for column in columns
    ]


QUERIES: Final = Path(__file__).resolve().parent / "sql" / "queries"
BYTES_PER_GB: Final = 1_000_000_000


class Queries(Construct):
    """The Athena workgroup and its named queries, one for each file in `infra/sql/queries`."""

    def __init__(self, scope: Construct, construct_id: str, *, database: glue.CfnDatabase, scan_limit_gb: int) -> None:
        """Create the workgroup, whose settings nobody overrides: a query that reads more than the limit is ended."""
        super().__init__(scope, construct_id)
        self.workgroup = athena.CfnWorkGroup(
            self,
            "Workgroup",
            name=WORKGROUP,
            description="Questions to Spectrum Meter's lake",
            # Its queries' history goes with it; without this a workgroup that was used could not be deleted.
            recursive_delete_option=True,
            work_group_configuration=athena.CfnWorkGroup.WorkGroupConfigurationProperty(
                enforce_work_group_configuration=True,
                engine_version=athena.CfnWorkGroup.EngineVersionProperty(
                    selected_engine_version="Athena engine version 3"
                ),
                bytes_scanned_cutoff_per_query=scan_limit_gb * BYTES_PER_GB,
                publish_cloud_watch_metrics_enabled=True,
                # Athena keeps results itself, encrypted, for 24 hours, at no cost: no bucket to own and to clean.
                # https://docs.aws.amazon.com/athena/latest/ug/managed-results.html
                managed_query_results_configuration=athena.CfnWorkGroup.ManagedQueryResultsConfigurationProperty(
                    enabled=True
                ),
            ),
        )
        for file in sorted(QUERIES.glob("*.sql")):
            text = file.read_text(encoding="utf-8")
            athena.CfnNamedQuery(
                self,
                file.stem,
                name=file.stem,
                description=_question(text),
                database=database.ref,
                query_string=text,
                work_group=self.workgroup.ref,
            )


def _question(text: str) -> str:
    """The first line of a query file is the question that it answers, as a comment."""
    return text.partition("\n")[0].removeprefix("--").strip()


class Catalog(Construct):
    """The Glue database with its tables and views. They hold no data: deleting them deletes nothing in the bucket."""

    def __init__(
        self, scope: Construct, construct_id: str, *, bucket: s3.IBucket, configuration: Configuration
    ) -> None:
        """Create them over this bucket."""
        super().__init__(scope, construct_id)
        self._account = cdk.Stack.of(self).account
        self.database = glue.CfnDatabase(
            self,
            "Database",
            catalog_id=self._account,
            database_input=glue.CfnDatabase.DatabaseInputProperty(
                name=DATABASE, description="Cloudflare Spectrum usage, minute by minute"
            ),
        )
        name, days = bucket.bucket_name, configuration.raw_retention_days
        tables = [
            self._create(table.name, table_input(table, bucket=name, raw_retention_days=days)) for table in TABLES
        ]
        for history in HISTORIES:
            view = self._create(history.name, view_input(history, open_days=configuration.open_days))
            for table in tables:
                view.add_resource_dependency(table)

    def _create(self, name: str, table: glue.CfnTable.TableInputProperty) -> glue.CfnTable:
        return glue.CfnTable(self, name, catalog_id=self._account, database_name=self.database.ref, table_input=table)
