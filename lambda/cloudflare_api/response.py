"""Reads Cloudflare's answers: the envelope, a zone's rows, and what an error means.

A zone's answer is accepted whole or not at all: a row that cannot be right makes the zone's minute unknown, because a
sum without it would look like a number. Legal, though unusual: 12.0 and 12.5, unknown extra fields, `result` absent or
null (no applications), `errors` beside `success: true` (Cloudflare's own documentation shows that).

Error codes and their meaning: docs/decisions/007-cloudflare-answers.md.
"""

import json
import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from http import HTTPStatus
from typing import Any, Final, NoReturn, TypeGuard

from cloudflare_api.client import Reply
from cloudflare_api.credential import Credential
from contract.raw import Reason

_BIGINT_MAX: Final = 2**63 - 1
_INT_MAX: Final = 2**31 - 1
_MISSING: Final = object()
_ID = re.compile(r"[0-9A-Za-z_.-]{1,64}")
_USUAL_ID = re.compile(r"[0-9a-f]{32}")
_DIGITS = re.compile(r"[0-9]{1,10}")
_TEXT_LIMIT = 4096
"""Of what is quoted. `Credential.scrub` takes out what a cut leaves of a credential."""

_COMMANDING: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]")
"""Control characters, line ends of every kind, and marks that turn the direction of writing: they command whatever
shows them (ECMA-48; Unicode Technical Report 36, 3.2), and no name of a zone or an application has any."""


class BadAnswer(ValueError):
    """The answer is not what the API promises. The message says where."""


@dataclass(frozen=True, slots=True)
class ApiError:
    """One item of an answer's `errors`."""

    code: int | None
    """None: the item has no usable one."""
    message: str


@dataclass(frozen=True, slots=True)
class Envelope:
    """Cloudflare's envelope, opened."""

    success: bool
    errors: tuple[ApiError, ...]
    result: Any
    result_info: Any


@dataclass(frozen=True, slots=True)
class Usage:
    """One application's last minute."""

    app_id: str
    bytes_ingress: int
    bytes_egress: int
    connections: float
    duration_avg_ms: float | None


def read_envelope(body: bytes) -> Envelope:
    """Open the envelope. Raises BadAnswer when the body is not JSON with a boolean `success`."""
    try:
        document = _JSON.decode(body.decode(json.detect_encoding(body), "surrogatepass"))
    except (ValueError, RecursionError) as error:
        raise BadAnswer(f"the body ({len(body)} bytes) is not JSON: {_start_of(body)}") from error
    if not isinstance(document, dict) or not isinstance(document.get("success"), bool):
        raise BadAnswer(f"the body is JSON without a boolean success: {_start_of(body)}")
    return Envelope(
        success=document["success"],
        errors=tuple(_errors(document.get("errors"))),
        result=document.get("result"),
        result_info=document.get("result_info"),
    )


def read_usage(result: object) -> tuple[Usage, ...]:
    """Read the rows of a successful answer, ordered by application id.

    Raises BadAnswer at the first row that cannot be right, and when an application stands there twice.
    """
    if result is None:
        return ()
    if not isinstance(result, list):
        raise BadAnswer(f"result is {type(result).__name__}, not a list")
    rows: dict[str, Usage] = {}
    for position, item in enumerate(result):
        row = _usage(item, position)
        if row.app_id in rows:
            raise BadAnswer(f"result[{position}]: application {row.app_id} stands in the answer twice")
        rows[row.app_id] = row
    return tuple(rows[app_id] for app_id in sorted(rows))


def is_app_id(text: object) -> TypeGuard[str]:
    """Whether this can be an application's id: it goes into rows, and into labels when there is no name."""
    return isinstance(text, str) and _ID.fullmatch(text) is not None


def quotes(credential: Credential, app_ids: Iterable[str]) -> bool:
    """Whether one of these ids holds a piece of the credential, as an id that a server made of it would.

    Ids of Cloudflare's own form are passed over: no token has it, and an older key, which is hexadecimal, too, may
    share eight digits with one by chance.
    """
    odd = " ".join(app_id for app_id in app_ids if not _USUAL_ID.fullmatch(app_id))
    return credential.scrub(odd) != odd


def as_shown(text: str) -> str:
    """A text as it can be written down and shown: without half a surrogate pair, which JSON may hold and no file takes,
    and without what would command the terminal of whoever reads it."""
    return _COMMANDING.sub("\ufffd", text.encode("utf-8", "replace").decode())


def _usage(item: object, position: int) -> Usage:
    if not isinstance(item, dict):
        raise BadAnswer(f"result[{position}] is {type(item).__name__}, not an object")
    app_id = item.get("appID")
    if not is_app_id(app_id):
        raise BadAnswer(f"result[{position}].appID is not an id: {repr(app_id)[:80]}")
    connections = _number(item, "connections", position)
    return Usage(
        app_id,
        _whole(item, "bytesIngress", position),
        _whole(item, "bytesEgress", position),
        connections,
        _duration(item, connections, position),
    )


def _duration(item: dict[str, object], connections: float, position: int) -> float | None:
    if item.get("durationAvg", _MISSING) is None or (connections == 0 and "durationAvg" not in item):
        return None
    duration = _number(item, "durationAvg", position)
    return duration if connections else None


def _whole(item: dict[str, object], field: str, position: int) -> int:
    value = item.get(field)
    if type(value) is int and 0 <= value <= _BIGINT_MAX:
        return value
    return round(_number(item, field, position))


def _number(item: dict[str, object], field: str, position: int) -> float:
    value = item.get(field, _MISSING)
    if type(value) is float or type(value) is int:
        try:
            number = float(value)
        except OverflowError:
            number = math.inf
        if 0 <= number <= _BIGINT_MAX:
            return number
        # CloudWatch takes nothing beyond 2**360, and refuses every other zone's data in the same request with it.
        raise BadAnswer(f"result[{position}].{field} is negative, or larger than any true number")
    if value is _MISSING:
        raise BadAnswer(f"result[{position}].{field} is missing")
    raise BadAnswer(f"result[{position}].{field} is {type(value).__name__}, not a number")


def _errors(items: object) -> list[ApiError]:
    """The schema says a list of objects. A lone object, or a text for an object, says as well what went wrong."""
    listed = items if isinstance(items, list) else [items]
    errors = [_error({"message": item} if isinstance(item, str) else item) for item in listed]
    return [error for error in errors if error.code is not None or error.message]


def _error(item: object) -> ApiError:
    if not isinstance(item, dict):
        return ApiError(None, "")
    message = item.get("message")
    return ApiError(_code(item.get("code")), "" if message is None else as_shown(str(message)[:_TEXT_LIMIT]))


def _code(value: object) -> int | None:
    """Schema: a number. Seen, too: its digits as text."""
    if isinstance(value, str) and _DIGITS.fullmatch(value):
        value = int(value)
    return value if type(value) is int and 0 <= value <= _INT_MAX else None


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _refuse_repetition(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Of a key that stands there twice json takes the last, and nobody knows which is right."""
    document = dict(pairs)
    if len(document) < len(pairs):
        raise ValueError("a key stands in an object twice")
    return document


_JSON: Final = json.JSONDecoder(parse_constant=_refuse_constant, object_pairs_hook=_refuse_repetition)
"""Made once: `json.loads` would make one for each answer."""


def _start_of(body: bytes) -> str:
    return repr(body[:_TEXT_LIMIT].decode(json.detect_encoding(body), "replace")) if body else "it is empty"


class Kind(StrEnum):
    """Who is concerned by a verdict, and so what happens next."""

    GOOD = "good"
    LIMITED = "limited"
    """The whole token: send nothing more in this run, every further call prolongs the block."""
    CREDENTIAL = "credential"
    """The whole credential is refused."""
    AMBIGUOUS = "ambiguous"
    """This zone is forbidden, or the credential is refused: only other zones can tell."""
    TRANSIENT = "transient"
    """Try again."""
    PERMANENT = "permanent"
    """Trying again would bring the same answer."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a reply is to be taken."""

    kind: Kind
    reason: Reason | None
    error: ApiError | None
    message: str | None
    envelope: Envelope | None = None
    said: str = ""
    """What Cloudflare said, without our advice, which is for polls: `HTTP 403: 10000 Authentication error`."""


_LIMITED_CODES: Final = frozenset({971, 10429, 10100, 10500})
_CREDENTIAL_CODES: Final = frozenset({1000, 6003, 9103, 9106, 10502})
_AMBIGUOUS_CODES: Final = frozenset({10000, 9109, 10001})
_NO_ZONE_CODES: Final = frozenset({7000, 7003})
_SERVER_CODES: Final = frozenset({10002})
_KNOWN_CODES: Final = _LIMITED_CODES | _CREDENTIAL_CODES | _AMBIGUOUS_CODES | _NO_ZONE_CODES | _SERVER_CODES
LOCKED_OUT_CODE: Final = 10502
"""Too many authentication failures: Cloudflare has stopped listening to this caller."""

_INTERCEPTED_STATUSES: Final = frozenset(
    {HTTPStatus.PROXY_AUTHENTICATION_REQUIRED, HTTPStatus.NETWORK_AUTHENTICATION_REQUIRED}
)
_OF_ACCESS: Final = re.compile(rb"auth|credential|token|^\W*(403\W+)?forbidden\W*$", re.IGNORECASE)
_FEW_WORDS: Final = 200
"""Bytes."""

_ADVICE: Final = {
    Reason.RATE_LIMITED: "Cloudflare's rate limit is used up: poll fewer zones with this user, or move some to another",
    Reason.UNAUTHORIZED: "Cloudflare refused the credential: put a valid token into the secret",
    Reason.FORBIDDEN: "the token may not read this zone: give it Analytics Read on it",
    Reason.ZONE_NOT_FOUND: "Cloudflare knows no such zone, or Spectrum is not enabled on it: check the id in cdk.json",
    Reason.SERVER_ERROR: "Cloudflare failed",
    Reason.TIMEOUT: "Cloudflare gave up on the request",
    Reason.REFUSED: "Cloudflare refused the request",
    Reason.BAD_RESPONSE: "Cloudflare's answer cannot be used",
}
_INTERCEPTED: Final = (
    "not Cloudflare's API but something in front of it answered: a proxy or portal on the way, or Cloudflare's edge, "
    "which blocks this address"
)


def judge(reply: Reply) -> Verdict:
    """Say how a complete reply is to be taken. Never raises: a body that cannot be read is a verdict, too."""
    fault = ""
    envelope: Envelope | None = None
    try:
        envelope = read_envelope(reply.body)
    except BadAnswer as error:
        fault = str(error)
    errors = envelope.errors if envelope and not envelope.success else ()
    intercepted = envelope is None and _intercepted(reply.status, reply.body)
    kind, reason = (Kind.TRANSIENT, Reason.REFUSED) if intercepted else _classify(reply.status, errors, envelope)
    if reason is None:
        return Verdict(kind, None, None, None, envelope)
    telling = min(errors, key=_rank, default=None)
    said = f"HTTP {reply.status}: {_words(telling) if telling else fault or 'no reason given'}"
    advice = _INTERCEPTED if intercepted else _ADVICE[reason]
    return Verdict(kind, reason, telling, f"{advice} ({said})", envelope, said)


def _words(error: ApiError) -> str:
    return " ".join(str(part) for part in (error.code, error.message) if part not in (None, ""))


def _rank(error: ApiError) -> int:
    """Of several errors the first that means something here goes into the row, and a lock-out before all."""
    if error.code == LOCKED_OUT_CODE:
        return 0
    return 1 if error.code in _KNOWN_CODES else 2 if error.code is not None else 3


def _intercepted(status: int, body: bytes) -> bool:
    """Whether an answer without an envelope is not the API's: a page that blocks, a proxy's, a redirect to a portal.

    It says nothing about the credential or the zone. No body, or a few words about access ("Authorization failed"), may
    be the API's.
    """
    if status in _INTERCEPTED_STATUSES or HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
        return True
    refused = HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR
    if not refused or status == HTTPStatus.TOO_MANY_REQUESTS or not (text := body.strip()):
        return False
    words = len(text) <= _FEW_WORDS and b"<" not in text and not text.startswith((b"{", b"["))
    return not (words and _OF_ACCESS.search(text))


def _classify(status: int, errors: tuple[ApiError, ...], envelope: Envelope | None) -> tuple[Kind, Reason | None]:
    codes = {error.code for error in errors}
    if LOCKED_OUT_CODE in codes:  # Its status is undocumented; third parties report 403 and 429.
        return Kind.CREDENTIAL, Reason.UNAUTHORIZED
    if status == HTTPStatus.TOO_MANY_REQUESTS or codes & _LIMITED_CODES:
        return Kind.LIMITED, Reason.RATE_LIMITED
    if status == HTTPStatus.UNAUTHORIZED or codes & _CREDENTIAL_CODES:
        return Kind.CREDENTIAL, Reason.UNAUTHORIZED
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or codes & _SERVER_CODES:
        return Kind.TRANSIENT, Reason.SERVER_ERROR
    if status == HTTPStatus.REQUEST_TIMEOUT:
        return Kind.TRANSIENT, Reason.TIMEOUT
    if any(error.code == 10001 and "internal" in error.message.lower() for error in errors):  # noqa: PLR2004
        return Kind.TRANSIENT, Reason.SERVER_ERROR
    if status == HTTPStatus.FORBIDDEN or codes & _AMBIGUOUS_CODES:
        return Kind.AMBIGUOUS, Reason.FORBIDDEN
    if status == HTTPStatus.NOT_FOUND or codes & _NO_ZONE_CODES:
        return Kind.PERMANENT, Reason.ZONE_NOT_FOUND
    if status == HTTPStatus.OK and envelope is None:
        # Cut short or garbled on the way: the next answer may be whole.
        return Kind.TRANSIENT, Reason.BAD_RESPONSE
    if status == HTTPStatus.OK and envelope and envelope.success:
        return Kind.GOOD, None
    if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
        return Kind.PERMANENT, Reason.BAD_RESPONSE
    return Kind.PERMANENT, Reason.REFUSED
