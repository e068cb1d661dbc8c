"""What is deployed of the lake: the named queries, and the views, made readable for Trino."""

import base64
import json
from typing import Any, Final

from contract.lake import DATABASE, WORKGROUP
from tests.sandbox.aws import AwsDouble

_MARKS: Final = ("/* Presto View: ", " */")
_DEFINITION: Final = {"originalSql", "catalog", "schema", "columns"}
_KEPT: Final = (
    "Name",
    "TableType",
    "Parameters",
    "PartitionKeys",
    "StorageDescriptor",
    "ViewOriginalText",
    "ViewExpandedText",
)


def named_queries(aws: AwsDouble) -> dict[str, str]:
    """The SQL of every named query of the workgroup, by name."""
    athena = aws.client("athena")
    pages = athena.get_paginator("list_named_queries").paginate(WorkGroup=WORKGROUP)
    ids = [identifier for page in pages for identifier in page["NamedQueryIds"]]
    queries = athena.batch_get_named_query(NamedQueryIds=ids)["NamedQueries"]
    return {query["Name"]: query["QueryString"] for query in queries}


def let_trino_read_views(aws: AwsDouble) -> list[str]:
    """Adds `"runAsInvoker": true` to the definition of every deployed view, and nothing else; returns their names.

    Trino wants to know in whose name a view reads; Athena's own views do not say it, and whether Athena would mind is
    not known, so that the deployed ones do not say it either. Raises ValueError for a view that is not as Athena
    leaves them.
    """
    glue = aws.client("glue")
    views = [table for table in _tables(glue) if table["TableType"] == "VIRTUAL_VIEW"]
    for view in views:
        glue.update_table(DatabaseName=DATABASE, TableInput={**_input(view), "ViewOriginalText": _readable(view)})
    return [view["Name"] for view in views]


def _tables(glue: Any) -> list[dict[str, Any]]:
    pages = glue.get_paginator("get_tables").paginate(DatabaseName=DATABASE)
    return [table for page in pages for table in page["TableList"]]


def _input(table: dict[str, Any]) -> dict[str, Any]:
    """A table as it was given to Glue, without what Glue tells of it."""
    return {name: table[name] for name in _KEPT if name in table}


def _readable(view: dict[str, Any]) -> str:
    begin, end = _MARKS
    text: str = view["ViewOriginalText"]
    if not (text.startswith(begin) and text.endswith(end)):
        raise ValueError(f"{view['Name']}: ViewOriginalText is not {begin}<base64>{end}")
    definition = json.loads(base64.b64decode(text[len(begin) : -len(end)], validate=True))
    if "SerdeInfo" not in view["StorageDescriptor"]:
        # Trino ends in a NullPointerException; Athena was seen to say "Table storage descriptor is missing SerDe info":
        # https://github.com/hashicorp/terraform-provider-aws/issues/28517
        raise ValueError(f"{view['Name']}: StorageDescriptor lacks SerdeInfo, which Athena leaves empty, but there")
    if set(definition) != _DEFINITION:
        raise ValueError(f"{view['Name']}: the definition has {sorted(definition)}, not {sorted(_DEFINITION)}")
    packed = base64.b64encode(json.dumps({**definition, "runAsInvoker": True}).encode()).decode()
    return f"{begin}{packed}{end}"
