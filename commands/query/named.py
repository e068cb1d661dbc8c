"""The queries that were deployed with the workgroup."""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from commands.deployment import CommandFailed
from commands.query.header import Header

if TYPE_CHECKING:
    from types_boto3_athena import AthenaClient

_BATCH: Final = 50
"""BatchGetNamedQuery takes as many ids: https://docs.aws.amazon.com/athena/latest/APIReference/API_BatchGetNamedQuery.html."""


@dataclass(frozen=True, slots=True)
class NamedQuery:
    """A query with a name."""

    name: str
    database: str
    sql: str
    description: str

    @property
    def header(self) -> Header:
        """What it says about itself."""
        return Header.read(self.sql)

    @property
    def question(self) -> str:
        """What it answers."""
        return self.header.question or self.description


def named_queries(athena: "AthenaClient", workgroup: str) -> list[NamedQuery]:
    """The workgroup's named queries, by name."""
    pages = athena.get_paginator("list_named_queries").paginate(WorkGroup=workgroup)
    ids = [identifier for page in pages for identifier in page["NamedQueryIds"]]
    found = []
    for start in range(0, len(ids), _BATCH):
        answer = athena.batch_get_named_query(NamedQueryIds=ids[start : start + _BATCH])
        found += [
            NamedQuery(each["Name"], each["Database"], each["QueryString"], each.get("Description", ""))
            for each in answer["NamedQueries"]
        ]
    return sorted(found, key=lambda query: query.name)


def chosen(queries: Iterable[NamedQuery], name: str, workgroup: str) -> NamedQuery:
    """The query of this name. Raises CommandFailed, naming what comes near, when there is none."""
    known = {query.name: query for query in queries}
    if name in known:
        return known[name]
    if not known:
        raise CommandFailed(
            f"The workgroup {workgroup} has no named queries: run `make deploy`, or choose --workgroup."
        )
    near = [each for each in known if name.lower() in each] or difflib.get_close_matches(name, known, cutoff=0.5)
    hint = f"did you mean {' or '.join(near)}?" if near else f"there are {', '.join(known)}."
    raise CommandFailed(f"There is no query {name}: {hint}")
