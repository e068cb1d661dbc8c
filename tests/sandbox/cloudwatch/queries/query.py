"""A query of a request, and what every request must heed.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDataQuery.html
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from tests.sandbox.cloudwatch.queries.errors import RefusedQuery

_ID: Final = re.compile(r"[a-z][A-Za-z0-9_]*")
_SELECT: Final = re.compile(r"\s*SELECT\b", re.IGNORECASE)

Query = Mapping[str, Any]
"""A MetricDataQuery, as boto3 takes it."""


def is_insights(query: Query) -> bool:
    """Whether it is a Metrics Insights query: those are no expressions of metric math."""
    return _SELECT.match(str(query.get("Expression", ""))) is not None


def check(queries: Sequence[Query]) -> None:
    """Raise RefusedQuery for queries that cannot be one request."""
    ids = [str(query["Id"]) for query in queries]
    for id in ids:
        if not _ID.fullmatch(id):
            raise RefusedQuery(f"{id!r} is no Id: letters, digits and underscores, the first a lowercase letter")
        if ids.count(id) > 1:
            raise RefusedQuery(f"two queries have the Id {id}")
    for query in queries:
        if ("MetricStat" in query) == ("Expression" in query):
            raise RefusedQuery(f"{query['Id']}: a query has either a MetricStat or an Expression")
    selecting = [query["Id"] for query in queries if is_insights(query)]
    if len(selecting) > 1:
        # cloudwatch-metrics-insights-limits: "Each GetMetricData operation can have only one query".
        raise RefusedQuery(f"{', '.join(selecting)}: a request can have one Metrics Insights query")
