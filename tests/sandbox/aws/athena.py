"""Athena's operations where moto has none, or an empty answer.

What is behind them, DuckDB and a translator, takes a while to load: it is loaded with the first call.
"""

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from moto.athena.responses import AthenaResponse

if TYPE_CHECKING:
    from tests.sandbox.athena.engine import Engine

_OPERATIONS: Final = (
    "start_query_execution",
    "get_query_execution",
    "get_query_results",
    "stop_query_execution",
    "list_named_queries",
    "batch_get_named_query",
)


@cache
def install() -> None:
    """Puts these operations in the place of moto's, for this process."""
    for operation in _OPERATIONS:
        setattr(AthenaResponse, operation, _late(operation))


def engine() -> "Engine":
    """The engine behind the API, until moto is reset."""
    from tests.sandbox.athena import api

    return api.engine()


def _late(operation: str) -> Callable[[AthenaResponse], Any]:
    def answer(response: AthenaResponse) -> Any:
        from tests.sandbox.athena import api

        return getattr(api, operation)(response)

    return answer
