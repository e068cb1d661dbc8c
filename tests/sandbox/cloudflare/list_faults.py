"""Faults in how a list is cut into pages: fewer rows a page than were asked for, and a `result_info` that is odd.

All under HTTP 200, and the rows themselves are true: whoever reads on has the whole list.
"""

from collections.abc import Callable
from typing import Any

from .answers import Answer
from .calls import Exchange
from .faults import Fault, Kind

_ROWS = 2
"""In a page of those that are short."""


def is_of_a_list(answer: Answer, _exchange: Exchange) -> bool:
    """Befalls pages of a list that is not empty, also those behind its end."""
    return bool(answer.listed)


def _in_pages(
    edit: Callable[[dict[str, Any]], None] = lambda _info: None, *, most: int | None = None
) -> Callable[[Answer, Fault, Exchange], Answer]:
    """The list in pages of at most so many rows, and `edit` changes the `result_info` in place."""

    def change(answer: Answer, _fault: Fault, exchange: Exchange) -> Answer:
        query = exchange.request.query
        page, asked = int(query.get("page", "1")), int(query.get("per_page", "20"))
        size, total = min(asked, most or asked), len(answer.listed)
        here = answer.listed[(page - 1) * size : page * size]
        info: dict[str, Any] = {
            "page": page,
            "per_page": size,
            "count": len(here),
            "total_count": total,
            "total_pages": -(-total // size),
        }
        edit(info)
        return answer.saying((answer.document or {}) | {"result": list(here), "result_info": info})

    return change


def _without(*names: str) -> Callable[[dict[str, Any]], None]:
    def edit(info: dict[str, Any]) -> None:
        for name in names:
            del info[name]

    return edit


def _odd(info: dict[str, Any]) -> None:
    """As others have seen it: `count` is always 1, and no total."""
    info["count"] = 1
    del info["total_count"]


KINDS = (
    Kind("short_pages", "two rows a page, all of `result_info` right", "[T]", _in_pages(most=_ROWS), is_of_a_list),
    Kind(
        "short_pages_without_total_count",
        "two rows a page, and no `total_count`",
        "[T]",
        _in_pages(_without("total_count"), most=_ROWS),
        is_of_a_list,
    ),
    Kind(
        "short_pages_without_total_pages",
        "two rows a page by `per_page`, and no totals",
        "[T]",
        _in_pages(_without("total_count", "total_pages"), most=_ROWS),
        is_of_a_list,
    ),
    Kind(
        "short_pages_and_count_of_one",
        "two rows a page, `count` is always 1, only `total_pages` is right",
        "[T]",
        _in_pages(_odd, most=_ROWS),
        is_of_a_list,
    ),
    Kind(
        "count_of_one",
        "pages as asked for; `count` is always 1, no `total_count`",
        "[T]",
        _in_pages(_odd),
        is_of_a_list,
    ),
)
