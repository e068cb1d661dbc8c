"""Who is calling: from the request's headers to a credential of this world, or to a refusal."""

import re
from datetime import datetime
from hashlib import blake2b

from .refusals import (
    MALFORMED_EMAIL,
    MALFORMED_KEY,
    MALFORMED_TOKEN,
    NO_CREDENTIALS,
    NOT_PERMITTED,
    UNKNOWN_KEY,
    Refusal,
)
from .world import Credential, GlobalKey, World

_KEY = re.compile("[0-9a-f]{37}|cfk_[A-Za-z0-9_-]+")
_BEARER = re.compile("Bearer (?P<secret>[A-Za-z0-9_-]+)")
_EMAIL = re.compile("[^@ ]+@[^@ ]+")


def authenticate(headers: dict[str, str], world: World, now: datetime, unknown_token: Refusal) -> Credential | Refusal:
    """The caller's credential, or how it is refused; `unknown_token` is what Cloudflare says to one it does not know.

    A bearer token wins over X-Auth-Key where both are sent [G]. A global API key sent as a token counts as malformed,
    as it does there: https://github.com/kissgyorgy/cloudflare-dyndns/issues/40 [T].
    """
    if "authorization" in headers:
        return _by_token(headers["authorization"], world, now, unknown_token)
    if "x-auth-key" in headers and "x-auth-email" in headers:
        return _by_key(headers["x-auth-email"], headers["x-auth-key"], world)
    return NO_CREDENTIALS


def fingerprint(headers: dict[str, str]) -> str | None:
    """Eight characters that tell one credential from another and give neither away; None when there is none."""
    sent = headers.get("authorization") or headers.get("x-auth-key")
    return sent and fingerprint_of(sent.removeprefix("Bearer "))


def fingerprint_of(secret: str) -> str:
    """The fingerprint of this token or key, to find it in the record."""
    return blake2b(secret.encode(), digest_size=4).hexdigest()


def _by_token(header: str, world: World, now: datetime, unknown_token: Refusal) -> Credential | Refusal:
    match = _BEARER.fullmatch(header)
    if not match or _KEY.fullmatch(match["secret"]):
        return MALFORMED_TOKEN
    token = world.token(match["secret"])
    if token is None or not token.valid(now):
        return unknown_token
    if token.settled_from is not None and now < token.settled_from:
        return NOT_PERMITTED
    return token


def _by_key(email: str, key: str, world: World) -> GlobalKey | Refusal:
    if not _EMAIL.fullmatch(email):
        return MALFORMED_EMAIL
    if not _KEY.fullmatch(key):
        return MALFORMED_KEY
    known = (credential for credential in world.keys if (credential.email, credential.key) == (email, key))
    return next(known, UNKNOWN_KEY)
