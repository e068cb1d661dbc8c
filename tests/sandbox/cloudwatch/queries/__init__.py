"""CloudWatch's queries over the sandbox's metrics: statistics, SEARCH, metric math and Metrics Insights.

Written from the CloudWatch User Guide, whose page stands in each module, and from nothing of this project.

    lines = evaluate(queries, aws.metrics, start=start, end=end)

`stored` holds what was put, `statistics` adds it up by period. `search` (its text read by `terms`, by the `tokens` of
names) and `insights` (by `select`) find series, `formula` reads an expression. `arithmetic`, `functions`, `arrays`,
`gathering`, `conditions` and `filling` compute with `series`. `evaluation` brings the queries of a request together,
`labels` names the lines.
"""

from tests.sandbox.cloudwatch.queries.errors import QueryError, RefusedQuery, UnsupportedQuery
from tests.sandbox.cloudwatch.queries.evaluation import evaluate
from tests.sandbox.cloudwatch.queries.line import Line

__all__ = ["Line", "QueryError", "RefusedQuery", "UnsupportedQuery", "evaluate"]
