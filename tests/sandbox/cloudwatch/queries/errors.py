"""Why a query has no answer.

QueryError
    RefusedQuery      CloudWatch would refuse it: its documentation says so
    UnsupportedQuery  CloudWatch may answer it, the sandbox cannot
"""


class QueryError(ValueError):
    """A query without an answer. The message names what is wrong with it."""


class RefusedQuery(QueryError):
    """CloudWatch's documentation does not allow this."""


class UnsupportedQuery(QueryError):
    """The sandbox does not know how CloudWatch answers this."""


class EmptySeries(Exception):
    """A scalar of no points, or a series of no series: the query that needs it has no points either."""
