"""The tokens by which SEARCH finds a name without quotes.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/search-expression-syntax.html, sections "Tokenization",
"Partial matches" and "Non-alphanumeric characters".
"""

import re
from functools import lru_cache
from typing import Final

_PART: Final = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|[0-9]+")
_DELIMITERS: Final = re.compile(r"[^A-Za-z0-9]+")


@lru_cache(maxsize=10_000)
def tokens(text: str) -> frozenset[str]:
    """The tokens of a name, in lower case: its parts, and all of it without delimiters.

    `Project2-trial333` has `project2trial333`, `project`, `2`, `trial`, `333`.
    """
    whole = _DELIMITERS.sub("", text).lower()
    return frozenset((whole, *(part.lower() for part in _parts(text)))) - {""}


def matches(term: str, text: str) -> bool:
    """Whether a term without quotes finds this name.

    A term of one part matches a token, in any case. One of several, such as `CustomCount`, matches parts that follow
    each other in the name, in their own case (`count1` does not find `CustomCount1`), except where delimiters and not
    capitals make the parts: `network-errors` finds `NetworkErrors2`.
    """
    wanted = _parts(term)
    if len(wanted) < 2:
        return bool(wanted) and wanted[0].lower() in tokens(text)
    found = _parts(text)
    if _DELIMITERS.search(term):
        wanted = tuple(part.lower() for part in wanted)
        found = tuple(part.lower() for part in found)
    return any(found[at : at + len(wanted)] == wanted for at in range(len(found) - len(wanted) + 1))


@lru_cache(maxsize=10_000)
def _parts(text: str) -> tuple[str, ...]:
    return tuple(_PART.findall(text))
