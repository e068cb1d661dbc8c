"""A claim in plain words, and everything that speaks against it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Claim:
    """One claim; it holds when nothing speaks against it."""

    text: str
    figures: str
    objections: tuple[str, ...]

    @property
    def holds(self) -> bool:
        """Nothing speaks against it."""
        return not self.objections


def differences(found: Mapping[Any, object], expected: Mapping[Any, object]) -> Iterator[str]:
    """What is there and should not be, what should be and is not, and what is there otherwise."""
    for key in found.keys() | expected.keys():
        if found.get(key) != expected.get(key):
            yield f"{key}: {found.get(key)} instead of {expected.get(key)}"
