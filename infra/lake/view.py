"""A view of the lake as Athena keeps its own: a Glue table that holds the SQL, in base64, and no data."""

import json
from base64 import b64encode
from pathlib import Path
from typing import Final

from aws_cdk import aws_glue as glue

from contract.lake import DATABASE, PARTITION, RAW, History
from infra.lake.table import glue_columns

VIEWS: Final = Path(__file__).resolve().parent.parent / "sql" / "views"
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
