"""Keeps a sandbox's lake in a folder, so that it can be asked when the sandbox is gone.

save(sandbox, Path("build/demo/lake"))
with AwsDouble() as aws:
    load(Path("build/demo/lake"), aws)
"""

import json
import shutil
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from contract.lake import DATABASE, HISTORY_PREFIX, WORKGROUP
from contract.raw import RAW_PREFIX
from tests.sandbox.athena.objects import list_objects, read_object, write_object
from tests.sandbox.aws import AwsDouble
from tests.sandbox.kept import Kept

CATALOG: Final = "catalog.json"
_OBJECTS: Final = "objects"


def save(sandbox: Kept, folder: Path) -> None:
    """Write raw objects, history, Glue's tables and views, workgroup and named queries, in place of what is there."""
    being_written = folder.with_name(folder.name + ".new")
    shutil.rmtree(being_written, ignore_errors=True)
    for prefix in (RAW_PREFIX, HISTORY_PREFIX):
        for stored in list_objects(sandbox.bucket, prefix):
            file = _file(being_written, stored.key)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(read_object(sandbox.bucket, stored.key))
    being_written.mkdir(parents=True, exist_ok=True)
    (being_written / CATALOG).write_text(json.dumps(_catalog(sandbox), indent=1), encoding="utf-8")
    shutil.rmtree(folder, ignore_errors=True)
    being_written.rename(folder)


def load(folder: Path, aws: AwsDouble) -> None:
    """Put a kept lake into an empty AWS, and its Athena's clock to the moment at which it was kept.

    For the views, the day before was an open day then, and has no history. Raises FileNotFoundError without a lake.
    """
    catalog = json.loads((folder / CATALOG).read_text(encoding="utf-8"))
    s3, glue, athena = (aws.client(service) for service in ("s3", "glue", "athena"))
    s3.create_bucket(Bucket=catalog["bucket"])
    root = folder / _OBJECTS
    for file in sorted(path for path in root.rglob("*") if path.is_file()):
        write_object(catalog["bucket"], file.relative_to(root).as_posix(), file.read_bytes())
    glue.create_database(DatabaseInput={"Name": DATABASE})
    for table in catalog["tables"]:
        glue.create_table(DatabaseName=DATABASE, TableInput=table)
    athena.create_work_group(Name=WORKGROUP, Configuration=catalog["workgroup"])
    for query in catalog["queries"]:
        athena.create_named_query(WorkGroup=WORKGROUP, **query)
    now = datetime.fromisoformat(catalog["now"])
    aws.athena.clock = lambda: now


def days_of(folder: Path) -> list[str]:
    """The days of which a kept lake has raw objects or history, in order: `2026-11-22`."""
    found = {part.removeprefix("dt=") for path in (folder / _OBJECTS).rglob("dt=*") for part in [path.name]}
    return sorted(found)


def _file(folder: Path, key: str) -> Path:
    if ".." in key.split("/") or key.startswith("/"):
        raise ValueError(f"an object whose key is no path cannot be kept: {key}")
    return folder / _OBJECTS / key


def _catalog(sandbox: Kept) -> dict[str, Any]:
    athena = sandbox.aws.client("athena")
    group = athena.get_work_group(WorkGroup=WORKGROUP)["WorkGroup"]
    return {
        "now": sandbox.aws.athena.clock().isoformat(),
        "bucket": sandbox.bucket,
        "tables": list(_tables(sandbox.aws.client("glue"))),
        "workgroup": _described(athena, "WorkGroupConfiguration", group["Configuration"]),
        "queries": list(_queries(athena)),
    }


def _tables(glue: Any) -> Iterator[dict[str, Any]]:
    for page in glue.get_paginator("get_tables").paginate(DatabaseName=DATABASE):
        for table in page["TableList"]:
            yield _described(glue, "TableInput", table)


def _queries(athena: Any) -> Iterator[dict[str, Any]]:
    for page in athena.get_paginator("list_named_queries").paginate(WorkGroup=WORKGROUP):
        for query in athena.batch_get_named_query(NamedQueryIds=page["NamedQueryIds"])["NamedQueries"]:
            yield _described(athena, "CreateNamedQueryInput", {**query, "WorkGroup": None})


def _described(client: Any, shape: str, description: dict[str, Any]) -> dict[str, Any]:
    """What AWS says of a thing, without all that one cannot say when making it."""
    members = client.meta.service_model.shape_for(shape).members
    return {name: value for name, value in description.items() if name in members and value is not None}
