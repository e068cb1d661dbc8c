"""Cloudflare tokens and keys that somebody pasted into cdk.json: taken out before anything reads or repeats them.

Their forms: https://developers.cloudflare.com/fundamentals/api/get-started/token-formats/
"""

import re
from collections.abc import Mapping
from typing import Final

from infra.configuration.problems import ConfigurationError, Problem
from infra.configuration.section import join

_TOKEN: Final = re.compile(
    r"""
      ^\W*cf(?:ut|at|k)_                              # a token or key of today's form, or the beginning of one
    | cf(?:ut|at|k)_[A-Za-z0-9_-]{20}                 # the same inside another text
    | (?<![A-Za-z0-9])[0-9A-Fa-f]{37}(?![A-Za-z0-9])  # an older global key
    | (?<![A-Za-z0-9_-])                              # an older token: 40 characters, small and capital letters
      (?=[a-z0-9_-]*[A-Z])(?=[A-Z0-9_-]*[a-z])[A-Za-z0-9_-]{40}
      (?![A-Za-z0-9_-])
    | \b[Bb]earer\s+\S{8}                             # a header
    | "(?:token|key)"\s*:                             # the text of a secret
    """,
    re.VERBOSE,
)
_OLDER_TOKEN: Final = re.compile(r"\s*[A-Za-z0-9_-]{40}\s*")
"""In `secret` nobody can tell a name of this form from a token, be it without a capital letter."""
_PLACEHOLDER: Final = "[token]"
_DEEPEST: Final = 8
"""No key of the configuration lies deeper, and of what lies there nothing is read or repeated."""
_ROLL: Final = (
    "\nTake it out, and roll the token or key at Cloudflare: one that stood in a file is no secret any more."
    "\nThe new one goes into Secrets Manager, once the stack is deployed: docs/operations.md#put-or-rotate-the-token."
)


def without_tokens(value: object, problems: list[Problem], *, path: str = "", depth: int = 0) -> object:
    """Copy the configuration with a placeholder for each token or key, and report where it stood, never what it is."""
    if isinstance(value, str):
        in_secret = path.endswith(".secret")
        if not _TOKEN.search(value) and not (in_secret and _OLDER_TOKEN.fullmatch(value)):
            return value
        problems.append(Problem(path, _message(value, in_secret=in_secret)))
        return _PLACEHOLDER
    if depth >= _DEEPEST:
        return value
    if isinstance(value, Mapping):
        entries: dict[str, object] = {}
        for key, entry in value.items():
            name = str(key)
            if _TOKEN.search(name):
                problems.append(Problem(join(path, _PLACEHOLDER), _message(name, in_secret=False)))
                name = _PLACEHOLDER
            entries[name] = without_tokens(entry, problems, path=join(path, name), depth=depth + 1)
        return entries
    if isinstance(value, list | tuple):
        return [
            without_tokens(item, problems, path=f"{path}[{index}]", depth=depth + 1) for index, item in enumerate(value)
        ]
    return value


def refuse_tokens(value: object) -> None:
    """Raise ConfigurationError when the configuration holds a token or key, for who repeats it without `parse`."""
    problems: list[Problem] = []
    without_tokens(value, problems)
    if problems:
        raise ConfigurationError(problems)


def _message(text: str, *, in_secret: bool) -> str:
    if not in_secret:
        return f"holds what looks like a Cloudflare token or key; no credential belongs into cdk.json.{_ROLL}"
    or_a_name = (
        "" if _TOKEN.search(text) else "\nIf it is a name all the same: 40 characters without a slash are not possible."
    )
    return (
        "holds what looks like a Cloudflare token or key. Here belongs the NAME of the secret in Secrets Manager "
        f'("cloudflare-spectrum/main").{_ROLL}{or_a_name}'
    )
