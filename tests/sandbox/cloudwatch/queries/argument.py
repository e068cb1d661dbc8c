"""What a function of metric math takes and gives."""

from collections.abc import Callable

from tests.sandbox.cloudwatch.queries.formula import Keyword
from tests.sandbox.cloudwatch.queries.series import Span, Value

Argument = Value | Keyword
Function = Callable[[list[Argument], Span], Value]
"""Raises RefusedQuery for arguments that it does not take."""
