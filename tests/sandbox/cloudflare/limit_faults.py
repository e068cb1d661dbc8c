"""Faults in the headers that tell of limits. Both are lists: several items, in one line or in several, in any order.

https://www.ietf.org/archive/id/draft-ietf-httpapi-ratelimit-headers-09.html; lists and quoted names as in
https://www.rfc-editor.org/rfc/rfc9651#section-3.1.
"""

from collections.abc import Callable
from dataclasses import replace

from .answers import Answer, refusing
from .calls import Exchange
from .envelope_faults import succeeded
from .faults import Fault, Kind
from .refusals import RATE_LIMITED, Problem, Refusal

_POLICY = '"default";q=1200;w=300, "burst";q=200;w=1'
_MUCH, _NONE = '"default";r=1199;t=1', '"burst";r=0;t=300'
_FAILED = Refusal(503, (Problem(10002, "internal error"),))


def _with(*limits: str, policy: str = _POLICY) -> Callable[[Answer, Fault, Exchange], Answer]:
    """The answer with these header lines in place of its own."""

    def change(answer: Answer, _fault: Fault, _exchange: Exchange) -> Answer:
        kept = tuple(header for header in answer.headers if not header[0].startswith("Ratelimit"))
        lines = (("Ratelimit-Policy", policy), *(("Ratelimit", line) for line in limits))
        return replace(answer, headers=(*kept, *lines))

    return change


def _back_in(refusal: Refusal, seconds: str) -> Callable[[Answer, Fault, Exchange], Answer]:
    def change(_answer: Answer, fault: Fault, exchange: Exchange) -> Answer:
        del exchange
        return refusing(refusal).with_headers([("Retry-After", str(fault.retry_after or seconds))])

    return change


def _kind(name: str, says: str, change: Callable[[Answer, Fault, Exchange], Answer], source: str = "[D]") -> Kind:
    return Kind(name, says, source, change, succeeded, truthful=True)


KINDS = (
    _kind("used_up_first", "of two limits the first is used up", _with(f"{_NONE}, {_MUCH}")),
    _kind("used_up_last", "of two limits the last is used up", _with(f"{_MUCH}, {_NONE}")),
    _kind("used_up_first_line", "of two header lines the first one's limit is used up", _with(_NONE, _MUCH)),
    _kind("used_up_last_line", "of two header lines the last one's limit is used up", _with(_MUCH, _NONE)),
    _kind(
        "used_up_in_another_order",
        "a limit is used up, its parameters in another order and with blanks",
        _with(f'{_MUCH} ,\t"burst"; t=300; r=0', policy='"burst";w=1;q=200,"default";w=300;q=1200'),
    ),
    _kind(
        "limits_several", "three limits, none of them used up", _with(f'{_MUCH}, "burst";r=199;t=1', '"day";r=9;t=9')
    ),
    _kind("limits_quoted", "a limit whose name looks like one that is used up", _with('"x\\";r=0;t=300, y";r=9;t=1')),
    _kind("limits_unreadable", "a header that is no list", _with("1199 of 1200", policy="?"), "[G]"),
    Kind("rate_limited_fraction", "429 and `Retry-After: 4.3`", "[T]", _back_in(RATE_LIMITED, "4.3")),
    Kind("retry_after_fraction", "503 and `Retry-After: 0.3`", "[T]", _back_in(_FAILED, "0.3")),
)
