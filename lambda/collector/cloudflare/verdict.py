"""What a reply says: about the zone, the credential, the rate limit, or Cloudflare itself.

Codes and their meaning: docs/design.md, "What Cloudflare answers".
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from http import HTTPStatus
from typing import Final

from collector.cloudflare.answer import ApiError, BadAnswer, Envelope, read_envelope
from collector.cloudflare.transport import Reply
from contract.raw import Reason


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
