"""Faults in which the API itself says no: too much, not you, not now. All under Cloudflare's envelope."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from email.utils import format_datetime

from .answers import Answer, refusing
from .calls import Exchange
from .faults import Fault, Kind
from .refusals import (
    AUTHENTICATION_ERROR,
    INVALID_ACCESS_TOKEN,
    INVALID_TOKEN,
    LOCKED_OUT,
    MALFORMED_KEY,
    MALFORMED_TOKEN,
    NO_CREDENTIALS,
    NO_ROUTE,
    NOT_PERMITTED,
    UNAUTHORIZED_RESOURCE,
    UNKNOWN_KEY,
    UNKNOWN_ZONE,
    UNKNOWN_ZONE_2017,
    WRONG_LOCATION,
    Problem,
    Refusal,
)

_RATE_LIMITS = {
    971: ("Please wait and consider throttling your request speed", "[T] the commonest; below the schema's minimum"),
    10429: ("Rate limited. Please wait and consider throttling your request speed", "[T]"),
    10100: ("Rate limit exceeded", "[T] the code; [G] the text"),
    10500: ("Rate limit exceeded", "[T] the code; [G] the text"),
}


def retry_after(fault: Fault, exchange: Exchange) -> tuple[tuple[str, str], ...]:
    """The Retry-After header that a fault asks for."""
    if fault.retry_after is None:
        return ()
    if isinstance(fault.retry_after, timedelta):
        return (("Retry-After", format_datetime(exchange.now + fault.retry_after, usegmt=True)),)
    return (("Retry-After", fault.retry_after),)


def _saying(refusal: Refusal) -> Callable[[Answer, Fault, Exchange], Answer]:
    def change(answer: Answer, fault: Fault, exchange: Exchange) -> Answer:
        first, *rest = refusal.at(exchange.request.path).problems
        spoken = replace(
            refusal,
            status=fault.status or refusal.status,
            problems=(replace(first, code=fault.code or first.code), *rest),
        )
        return refusing(spoken).with_headers((*_limits(answer, spoken), *retry_after(fault, exchange)))

    return change


def _limits(answer: Answer, refusal: Refusal) -> tuple[tuple[str, str], ...]:
    """The Ratelimit headers of the answer that is replaced; when it says "too many", nothing is left."""
    if refusal.status == 429:
        return (("Ratelimit", '"default";r=0;t=300'), ("Ratelimit-Policy", '"default";q=1200;w=300'))
    return tuple(header for header in answer.headers if header[0].startswith("Ratelimit"))


def _kind(name: str, refusal: Refusal, says: str, source: str = "[T]") -> Kind:
    return Kind(name, f"{refusal.status} {refusal.problems[0].code}: {says}", source, _saying(refusal))


def _rate_limits() -> list[Kind]:
    kinds = []
    for code, (text, source) in _RATE_LIMITS.items():
        limited = Refusal(429, (Problem(code, text),))
        kinds.append(_kind(f"rate_limited_{code}", limited, "rate limited", source))
        kinds.append(_kind(f"rate_limited_{code}_in_200", replace(limited, status=200), "rate limited", source))
    return kinds


def _text_codes() -> list[Kind]:
    """The same refusals, the code written as text."""
    refusals = {
        "forbidden_10000": NOT_PERMITTED,
        "unauthorized_1000": INVALID_TOKEN,
        "zone_not_found_7003": UNKNOWN_ZONE,
        "rate_limited_971": Refusal(200, (Problem(971, _RATE_LIMITS[971][0]),)),
        "locked_out_10502": LOCKED_OUT,
    }
    return [
        _kind(f"{name}_as_text", replace(refusal, problems=_as_text(refusal)), "the code as text", "[G]")
        for name, refusal in refusals.items()
    ]


def _as_text(refusal: Refusal) -> tuple[Problem, ...]:
    return tuple(replace(problem, code=str(problem.code)) for problem in refusal.problems)


_INTERNAL = Refusal(403, (Problem(10001, "internal error"),))
_METHOD = Refusal(403, (Problem(10001, "method not allowed for token"),))

KINDS = (
    Kind(
        "http_429",
        "429, rate limited; set `retry_after` (text, or a timedelta for an HTTP date) and `code`, 971 if not",
        "[D] the status and the header",
        _saying(Refusal(429, (Problem(971, _RATE_LIMITS[971][0]),))),
    ),
    *_rate_limits(),
    _kind("unauthorized_1000", INVALID_TOKEN, "no such token"),
    _kind("unauthorized_10000", replace(AUTHENTICATION_ERROR, status=401), "not authenticated"),
    _kind("malformed_6003_token", MALFORMED_TOKEN, "this is no token"),
    _kind("malformed_6003_key", MALFORMED_KEY, "this is no key"),
    _kind("unknown_key_9103", UNKNOWN_KEY, "no such key"),
    _kind("missing_credentials_9106", NO_CREDENTIALS, "no credential was sent"),
    _kind("locked_out_10502", LOCKED_OUT, "locked out after failures", "[T] code and text; [G] under which status"),
    _kind("locked_out_10502_in_429", replace(LOCKED_OUT, status=429), "locked out after failures", "[T]"),
    _kind("forbidden_10000", NOT_PERMITTED, "a bad token, or a good one without the permission"),
    _kind("forbidden_10000_in_400", replace(NOT_PERMITTED, status=400), "the same under 400"),
    _kind("forbidden_9109_resource", UNAUTHORIZED_RESOURCE, "a good token, the wrong zone"),
    _kind("forbidden_9109_token", INVALID_ACCESS_TOKEN, "a bad token"),
    _kind("forbidden_9109_location", WRONG_LOCATION, "the token's address filter"),
    _kind("forbidden_10001_method", _METHOD, "not for this kind of token"),
    _kind("forbidden_10001_internal", _INTERNAL, "a passing failure, dressed as 403"),
    _kind("internal_10001_in_500", replace(_INTERNAL, status=500), "a passing failure", "[G]"),
    *_text_codes(),
    _kind("zone_not_found_7003", UNKNOWN_ZONE, "no such zone"),
    _kind("zone_not_found_7003_7000_in_400", UNKNOWN_ZONE_2017, "no such zone, as years ago"),
    _kind("no_route_7000", NO_ROUTE, "no such path"),
)
