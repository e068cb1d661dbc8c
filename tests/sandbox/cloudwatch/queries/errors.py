"""Why a query has no answer.

QueryError
    RefusedQuery      CloudWatch would refuse it: its documentation says so
    UnsupportedQuery  CloudWatch may answer it, the sandbox cannot
"""

from typing import Self


class QueryError(ValueError):
    """A query without an answer. The message names what is wrong with it."""

    id = ""
    """Of the query, once it is known."""

    def of(self, id: str) -> Self:
        """The same error, saying of which query; one that says so already stays as it is."""
        if self.id:
            return self
        error = type(self)(f"{id}: {self}")
        error.id = id
        return error


class RefusedQuery(QueryError):
    """CloudWatch's documentation does not allow this."""


class UnsupportedQuery(QueryError):
    """The sandbox does not know how CloudWatch answers this."""


class EmptySeries(Exception):
    """A scalar of no points, or a series of no series: the query that needs it has no points either."""
