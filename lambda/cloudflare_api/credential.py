"""The credential for Cloudflare, and how it takes itself out of texts.

A secret holds a bare API token, `{"token": "…"}`, or `{"email": "…", "key": "…"}` for the older global key.
"""

import html
import itertools
import json
import re
import string
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

_HEADER_TEXT = re.compile(r"[\x21-\x7e]+")
_FORMS = 'a bare API token, {"token": "..."} or {"email": "...", "key": "..."}'


class SecretInvalid(Exception):
    """The secret's text is empty or not one of the three accepted forms. The message never quotes it."""


@dataclass(frozen=True, slots=True, repr=False)
class Credential:
    """The headers that authenticate a request. Never shows itself in a log or a traceback."""

    headers: tuple[tuple[str, str], ...]
    secrets: tuple[str, ...]

    def __repr__(self) -> str:
        return "Credential(hidden)"

    def scrub(self, text: str) -> str:
        """Take the secret out of a text that came from outside: every 8 characters of it, in any case or escaping.

        So it may be given a text that was cut. Of an e-mail address only the whole is taken out: its end is a domain.
        """
        hidden = bytearray(len(text))
        pieces = self._pieces()
        for reading, places in _readings(text):
            for piece in pieces:
                at = reading.find(piece)
                while at >= 0:
                    start, end = places[at], places[at + len(piece)]
                    hidden[start:end] = b"\1" * (end - start)
                    at = reading.find(piece, at + 1)
        if not any(hidden):
            return text
        runs = itertools.groupby(zip(hidden, text, strict=True), key=lambda pair: pair[0])
        return "".join("[secret]" if hide else "".join(letter for _, letter in run) for hide, run in runs)

    def _pieces(self) -> set[str]:
        whole = {value for name, value in self.headers if name == _EMAIL_HEADER}
        pieces: set[str] = set()
        for secret in self.secrets:
            # What looks like an escape in the secret itself is read with the others, too.
            for reading, _ in _readings(secret):
                size = len(reading) if secret in whole else min(_PIECE, len(reading))
                pieces.update(reading[start : start + size] for start in range(len(reading) - size + 1))
        return pieces


_EMAIL_HEADER: Final = "X-Auth-Email"

_PIECE: Final = 8
"""Characters of a secret that are never shown together: a text may have been cut in the middle of it."""

_ESCAPE: Final = re.compile(
    r"\\(?:u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|[^0-9A-Za-z])|%[0-9a-fA-F]{2}"
    r"|&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|quot|amp|apos|lt|gt);"
)
"""One character as JSON, Python's repr, a URL or HTML writes it."""
_ESCAPED_WITHIN: Final = 5
"""Escapes in escapes that are read: quoted JSON in which a URL stands in HTML has four."""
_LOWER: Final = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)


def _readings(text: str) -> Iterator[tuple[str, Sequence[int]]]:
    """The text in small letters, then with its escapes read, then with those that this brings to light, and so on.

    With each reading: where in the text each of its characters begins, and where the last one ends.
    """
    places: Sequence[int] = range(len(text) + 1)
    for _ in range(_ESCAPED_WITHIN):
        yield text.translate(_LOWER), places
        parts: list[str] = []
        kept: list[int] = []
        end = 0
        for escape in _ESCAPE.finditer(text):
            parts += text[end : escape.start()], _unescaped(escape[0])
            kept += places[end : escape.start() + 1]
            end = escape.end()
        if not parts:
            return
        text, places = "".join([*parts, text[end:]]), [*kept, *places[end:]]


def _unescaped(escape: str) -> str:
    """The one character that this stands for."""
    if escape[0] == "&":
        return html.unescape(escape) or "\ufffd"
    code = escape[1:].lstrip("ux")
    return chr(int(code, 16)) if len(code) > 1 else code


def read_secret(name: str, text: object) -> Credential:
    """Turn a secret's text into a credential. Raises SecretInvalid, which never quotes the text."""
    if not isinstance(text, str) or not text.strip():
        raise SecretInvalid(f"secret {name} is empty or binary: put {_FORMS} into it")
    text = text.strip()
    if not text.startswith(("{", "[", '"')):
        return _by_token(name, text)
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        raise SecretInvalid(f"secret {name} looks like JSON and is not: put {_FORMS} into it") from None
    if isinstance(value, dict) and set(value) == {"token"}:
        return _by_token(name, value["token"])
    if isinstance(value, dict) and set(value) == {"email", "key"}:
        email, key = (_header_text(name, part, value[part]) for part in ("email", "key"))
        return Credential(headers=((_EMAIL_HEADER, email), ("X-Auth-Key", key)), secrets=(key, email))
    raise SecretInvalid(f"secret {name} is JSON with other keys than expected: put {_FORMS} into it")


def _by_token(name: str, token: object) -> Credential:
    token = _header_text(name, "token", token)
    return Credential(headers=(("Authorization", f"Bearer {token}"),), secrets=(token,))


def _header_text(name: str, part: str, value: object) -> str:
    if isinstance(value, str) and _HEADER_TEXT.fullmatch(value.strip()):
        return value.strip()
    raise SecretInvalid(
        f"secret {name}: its {part} is empty or has spaces, line breaks or non-ASCII characters: put {_FORMS} into it"
    )
