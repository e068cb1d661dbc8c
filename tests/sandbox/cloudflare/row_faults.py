"""Faults in the rows of the analytics answer, and in the pages of the application list. All under HTTP 200."""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from typing import Any, cast

from .answers import Answer, Document, encoded
from .calls import Call, Exchange
from .faults import Fault, Kind

_MARK = "\ue000"
"""Stands where a literal goes that `json` would not write; no answer holds this private character otherwise."""

Row = dict[str, Any]


def has_rows(answer: Answer, exchange: Exchange) -> bool:
    """Befalls analytics answers that have a row."""
    return exchange.call is Call.USAGE and answer.status == 200 and bool(_rows(answer.document or {}))


def is_page(answer: Answer, exchange: Exchange) -> bool:
    """Befalls answers with a list of applications in it."""
    return exchange.call is Call.APPLICATIONS and answer.status == 200 and bool(_rows(answer.document or {}))


def _rows(document: Document) -> list[Row]:
    return cast("list[Row]", document.get("result"))


def _literal(text: str) -> Callable[[Answer, Fault, Exchange], Answer]:
    """A field's value becomes this JSON text, whether or not it is JSON."""

    def change(answer: Answer, fault: Fault, _exchange: Exchange) -> Answer:
        document = deepcopy(answer.document or {})
        _rows(document)[0][fault.field or "bytesIngress"] = _MARK
        return replace(answer, body=encoded(document).replace(f'"{_MARK}"'.encode(), text.encode()))

    return change


def _edit(edit: Callable[[list[Row], Fault], None]) -> Callable[[Answer, Fault, Exchange], Answer]:
    """The rows become what `edit` makes of them, in place."""

    def change(answer: Answer, fault: Fault, _exchange: Exchange) -> Answer:
        document = deepcopy(answer.document or {})
        edit(_rows(document), fault)
        return answer.saying(document)

    return change


def _missing(rows: list[Row], fault: Fault) -> None:
    del rows[0][fault.field or "bytesIngress"]


def _text_numbers(rows: list[Row], fault: Fault) -> None:
    field = fault.field or "bytesIngress"
    rows[0][field] = str(rows[0][field])


def _extra(rows: list[Row], _fault: Fault) -> None:
    for row in rows:
        row.update(coloName="AMS", bytesTotal=1, details={"p99": [1.5]})


def _whole_floats(rows: list[Row], _fault: Fault) -> None:
    for row in rows:
        row.update({name: float(value) for name, value in row.items() if name != "appID"})


def _twice(rows: list[Row], _fault: Fault) -> None:
    rows.append(rows[0] | {"bytesIngress": rows[0]["bytesIngress"] + 1})


def stranger(app_id: str) -> str:
    """An id that is in no list, and unlike that of another zone's stranger: each digit turned over."""
    return app_id.translate(str.maketrans("0123456789abcdef", "fedcba9876543210"))


def _unknown_app(rows: list[Row], _fault: Fault) -> None:
    rows.append(rows[0] | {"appID": stranger(rows[0]["appID"])})


def _foreign(answer: Answer, _fault: Fault, _exchange: Exchange) -> Answer:
    document = deepcopy(answer.document or {})
    _rows(document)[0].update(appID=answer.neighbours_app_id)
    return answer.saying(document)


def _has_neighbour(answer: Answer, exchange: Exchange) -> bool:
    return has_rows(answer, exchange) and answer.neighbours_app_id is not None


def _endless(answer: Answer, _fault: Fault, exchange: Exchange) -> Answer:
    """Each page is the first again, full, and says that there are more."""
    size = int(exchange.request.query.get("per_page", "20"))
    rows = _rows(answer.document or {})
    info = {"page": int(exchange.request.query.get("page", "1")), "per_page": size, "count": size, "total_count": 10**6}
    return answer.saying((answer.document or {}) | {"result": (rows * size)[:size], "result_info": info})


def _no_info(answer: Answer, _fault: Fault, _exchange: Exchange) -> Answer:
    return answer.saying({name: value for name, value in (answer.document or {}).items() if name != "result_info"})


def _bad(name: str, says: str, change: Callable[[Answer, Fault, Exchange], Answer], source: str = "[G]") -> Kind:
    return Kind(name, f"in the first row: {says}", source, change, has_rows)


KINDS = (
    _bad("nan", "a number is NaN, which is no JSON", _literal("NaN")),
    _bad("infinity", "a number is Infinity, which is no JSON", _literal("Infinity")),
    _bad("minus_infinity", "a number is -Infinity, which is no JSON", _literal("-Infinity")),
    _bad("overflow", "a number is 1e999, which most readers take for infinity", _literal("1e999")),
    _bad("negative", "a number is -1, which the schema does not forbid", _literal("-1")),
    _bad("huge_number", "a number is 2^64, more than a bigint", _literal("18446744073709551616")),
    _bad("endless_number", "a number has 10,000 digits", _literal("9" * 10_000)),
    _bad("string_number", "a number is a string", _edit(_text_numbers)),
    _bad("boolean_number", "a number is true", _literal("true")),
    _bad("null_number", "a number is null", _literal("null")),
    _bad("list_number", "a number is a list", _literal("[1]")),
    _bad("missing_field", "a field is missing", _edit(_missing)),
    _bad("app_id_number", "appID is a number", _edit(lambda rows, _: rows[0].update(appID=7))),
    _bad("app_id_empty", "appID is empty", _edit(lambda rows, _: rows[0].update(appID=""))),
    _bad("row_null", "it is null", _edit(lambda rows, _: cast("list[Any]", rows).__setitem__(0, None))),
    _bad("row_text", "it is a string", _edit(lambda rows, _: cast("list[Any]", rows).__setitem__(0, "row"))),
    _bad("duplicate_app_id", "its application comes again, with other numbers", _edit(_twice)),
    _bad("duplicate_key", "a key comes twice, with different values", _literal('1,"bytesIngress":2')),
    _bad("unknown_app_id", "its numbers come again for an application that is in no list", _edit(_unknown_app)),
    Kind("foreign_app_id", "the first row is another zone's application", "[G]", _foreign, _has_neighbour),
    _bad("fraction", "a whole number has a fraction, which the schema allows", _literal("1234.5"), "[D]"),
    Kind("extra_fields", "each row has fields that nobody knows", "[G]", _edit(_extra), has_rows, truthful=True),
    Kind("whole_floats", "12 is written 12.0", "[D]", _edit(_whole_floats), has_rows, truthful=True),
    Kind("endless_pages", "there is always one more page of applications", "[G]", _endless, is_page),
    Kind("no_result_info", "a page of applications without `result_info`", "[G]", _no_info, is_page),
    Kind("app_without_dns", "an application without `dns`", "[G]", _edit(lambda rows, _: rows[0].pop("dns")), is_page),
    Kind("app_without_id", "an application without `id`", "[G]", _edit(lambda rows, _: rows[0].pop("id")), is_page),
    Kind(
        "app_with_null_name",
        "an application whose DNS name is null",
        "[G]",
        _edit(lambda rows, _: rows[0]["dns"].update(name=None)),
        is_page,
    ),
)
