"""Faults in the envelope around a result: its shape, its flags, its errors and messages. All under HTTP 200."""

from collections.abc import Callable

from .answers import Answer, Document
from .calls import Exchange
from .faults import Fault, Kind

_FAILURE: Document = {"code": 10002, "message": "internal error"}
_ODD: Document = {"code": "E-1000", "message": "no such thing"}
_EXAMPLE: Document = {
    "code": 1000,
    "message": "message",
    "documentation_url": "documentation_url",
    "source": {"pointer": "pointer"},
}


def succeeded(answer: Answer, _exchange: Exchange) -> bool:
    """Befalls requests that would have been answered well."""
    return answer.status == 200 and answer.document is not None


def _put(**values: object) -> Callable[[Answer, Fault, Exchange], Answer]:
    def change(answer: Answer, _fault: Fault, _exchange: Exchange) -> Answer:
        return answer.saying((answer.document or {}) | values)

    return change


def _drop(name: str) -> Callable[[Answer, Fault, Exchange], Answer]:
    def change(answer: Answer, _fault: Fault, _exchange: Exchange) -> Answer:
        return answer.saying({key: value for key, value in (answer.document or {}).items() if key != name})

    return change


def _all(document: object) -> Callable[[Answer, Fault, Exchange], Answer]:
    def change(answer: Answer, _fault: Fault, _exchange: Exchange) -> Answer:
        return answer.saying(document)

    return change


def _failure(answer: Answer, fault: Fault, _exchange: Exchange) -> Answer:
    error = _FAILURE | ({"code": fault.code} if fault.code else {})
    return answer.saying({"success": False, "errors": [error], "messages": [], "result": None})


def _bad(name: str, says: str, change: Callable[[Answer, Fault, Exchange], Answer], source: str = "[G]") -> Kind:
    return Kind(name, says, source, change, succeeded)


def _good(name: str, says: str, change: Callable[[Answer, Fault, Exchange], Answer], source: str) -> Kind:
    return Kind(name, says, source, change, succeeded, truthful=True)


KINDS = (
    _bad("result_null", "`result` is null", _put(result=None), "[T]"),
    _bad("result_absent", "there is no `result`, which the schema allows", _drop("result"), "[D]"),
    _bad("result_empty", "`result` is []", _put(result=[]), "[D]"),
    _bad("result_object", "`result` is {}", _put(result={})),
    _bad("result_text", "`result` is a string", _put(result="none")),
    _bad("success_false", "`success` is false under 200; set `code`, 10002 if not", _failure, "[T]"),
    _bad("success_false_with_result", "`success` is false, and yet there is a result", _put(success=False)),
    _bad("success_missing", "there is no `success`", _drop("success")),
    _bad("success_null", "`success` is null", _put(success=None)),
    _bad("success_text", '`success` is "true"', _put(success="true")),
    _good("errors_null", "`errors` is null beside a good result", _put(errors=None), "[G]"),
    _good("errors_absent", "there are no `errors` beside a good result", _drop("errors"), "[G]"),
    _good("messages_null", "`messages` is null", _put(messages=None), "[T]"),
    _good("messages_absent", "there are no `messages`", _drop("messages"), "[T]"),
    _good("message_code", "`messages` holds a code, which is no error", _put(messages=[_EXAMPLE]), "[D]"),
    _good("message_text", "`messages` holds a string", _put(messages=["hello"]), "[G]"),
    _good(
        "errors_with_success",
        "`errors` and `messages` hold an item each beside `success: true`, as in the documented example",
        _put(errors=[_EXAMPLE], messages=[_EXAMPLE]),
        "[D]",
    ),
    _good("unknown_envelope_field", "the envelope has one more field", _put(trace_id="0a1b"), "[G]"),
    _bad("failure_bare", "`success` is false, no more than `errors`", _all({"success": False, "errors": [_FAILURE]})),
    _bad("failure_without_errors", "`success` is false, `errors` is []", _put(success=False, errors=[], result=None)),
    _bad("failure_with_null_errors", "`success` is false, `errors` is null", _all({"success": False, "errors": None})),
    _bad("failure_with_text_errors", "`errors` is a string", _all({"success": False, "errors": "internal error"})),
    _bad("failure_with_text_items", "`errors` holds a string", _all({"success": False, "errors": ["no"]})),
    _bad("failure_with_odd_code", "an error's code is no number", _all({"success": False, "errors": [_ODD]})),
    _bad(
        "failure_with_text_code",
        "an error's code is a string",
        _all({"success": False, "errors": [_FAILURE | {"code": "10002"}]}),
    ),
    _bad("top_level_list", "the whole body is a list", _all([])),
    _bad("top_level_number", "the whole body is a number", _all(0)),
    _bad("top_level_null", "the whole body is null", _all(None)),
    _bad("top_level_text", "the whole body is a string", _all("ok")),
    _bad("top_level_empty", "the whole body is {}", _all({})),
)
