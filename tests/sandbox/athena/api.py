"""Athena's API where moto has none, or an empty answer: queries that run, and the lists that lead to them.

Operations and errors: https://docs.aws.amazon.com/athena/latest/APIReference/API_Operations.html.
"""

import json
import uuid
from typing import Any, Final

from moto.athena.models import AthenaBackend, athena_backends
from moto.athena.responses import AthenaResponse

from tests.sandbox.athena.engine import Engine
from tests.sandbox.athena.execution import Execution
from tests.sandbox.athena.failures import QueryMalformed
from tests.sandbox.athena.translation import checked
from tests.sandbox.aws.backstage import ACCOUNT, REGION

Reply = str | tuple[str, dict[str, int]]

_LARGEST_PAGE: Final = 1000
_MOST_IDS: Final = 50
_ENGINE: Final = "_sandbox_engine"
"""Where a backend keeps its engine: both end when moto is reset."""


def engine() -> Engine:
    """The engine of the one AWS in this process; it ends when moto is reset."""
    backend = athena_backends[ACCOUNT][REGION]
    if _ENGINE not in backend.__dict__:
        backend.__dict__[_ENGINE] = Engine()
    found: Engine = backend.__dict__[_ENGINE]
    return found


def start_query_execution(self: AthenaResponse) -> Reply:
    """Takes a query; it runs when it is asked about."""
    refusal = _without_workgroup(self)
    if refusal is not None:
        return refusal
    sql, parameters = self._get_param("QueryString"), self._get_param("ExecutionParameters") or []
    try:
        checked(sql)
    except QueryMalformed as error:
        return _refused(str(error))
    group = _backend(self).work_groups[_workgroup(self)]
    execution = Execution(
        id=str(uuid.uuid4()),
        sql=sql,
        parameters=parameters,
        database=(self._get_param("QueryExecutionContext") or {}).get("Database", "default"),
        workgroup=group.name,
        limit=group.configuration.get("BytesScannedCutoffPerQuery"),
    )
    _backend(self).executions[execution.id] = execution  # type: ignore[assignment]
    return json.dumps({"QueryExecutionId": execution.id})


def get_query_execution(self: AthenaResponse) -> Reply:
    """How far it is; it goes on with each look."""
    execution = _execution(self)
    if execution is None:
        return _unknown_execution(self)
    execution.advance(engine())
    return json.dumps({"QueryExecution": execution.described()})


def get_query_results(self: AthenaResponse) -> Reply:
    """A page of the answer."""
    execution = _execution(self)
    if execution is None:
        return _unknown_execution(self)
    if execution.state != "SUCCEEDED":
        verb = "did not finish successfully. Final" if execution.completed else "has not yet finished. Current"
        return _refused(f"Query {verb} query state: {execution.state}")
    count = int(self._get_param("MaxResults") or _LARGEST_PAGE)
    if not 1 <= count <= _LARGEST_PAGE:
        return _refused(f"MaxResults is more than maximum allowed length {_LARGEST_PAGE}.")
    page, following = execution.results(int(self._get_param("NextToken") or 0), count)
    answer: dict[str, Any] = {"ResultSet": page, "UpdateCount": 0}
    if following is not None:
        answer["NextToken"] = str(following)
    return json.dumps(answer)


def stop_query_execution(self: AthenaResponse) -> Reply:
    """Cancels it."""
    execution = _execution(self)
    if execution is None:
        return _unknown_execution(self)
    execution.stop()
    return "{}"


def list_named_queries(self: AthenaResponse) -> Reply:
    """The ids of a workgroup's named queries, a page of them."""
    refusal = _without_workgroup(self)
    if refusal is not None:
        return refusal
    ids = [each.id for each in _backend(self).named_queries.values() if each.workgroup.name == _workgroup(self)]
    start, count = int(self._get_param("NextToken") or 0), int(self._get_param("MaxResults") or _MOST_IDS)
    answer: dict[str, Any] = {"NamedQueryIds": ids[start : start + count]}
    if start + count < len(ids):
        answer["NextToken"] = str(start + count)
    return json.dumps(answer)


def batch_get_named_query(self: AthenaResponse) -> Reply:
    """Up to fifty named queries."""
    ids = self._get_param("NamedQueryIds")
    if len(ids) > _MOST_IDS:
        return _refused(f"at most {_MOST_IDS} NamedQueryIds are taken, not {len(ids)}")
    known = _backend(self).named_queries
    found = [
        {
            "NamedQueryId": query.id,
            "Name": query.name,
            "Description": query.description,
            "Database": query.database,
            "QueryString": query.query_string,
            "WorkGroup": query.workgroup.name,
        }
        for query in (known[identifier] for identifier in ids if identifier in known)
    ]
    missing = [{"NamedQueryId": identifier} for identifier in ids if identifier not in known]
    return json.dumps({"NamedQueries": found, "UnprocessedNamedQueryIds": missing})


def _backend(response: AthenaResponse) -> AthenaBackend:
    return response.athena_backend


def _workgroup(response: AthenaResponse) -> str:
    name: str = response._get_param("WorkGroup") or "primary"
    return name


def _without_workgroup(response: AthenaResponse) -> Reply | None:
    """What Athena says to a call for a workgroup that does not exist."""
    name = _workgroup(response)
    return None if name in _backend(response).work_groups else _refused(f"WorkGroup {name} is not found.")


def _execution(response: AthenaResponse) -> Execution | None:
    found = _backend(response).executions.get(response._get_param("QueryExecutionId"))
    return found if isinstance(found, Execution) else None


def _unknown_execution(response: AthenaResponse) -> Reply:
    return _refused(f"QueryExecution {response._get_param('QueryExecutionId')} was not found")


def _refused(message: str) -> Reply:
    return json.dumps({"__type": "InvalidRequestException", "message": message, "Message": message}), {"status": 400}
