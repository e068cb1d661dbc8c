"""Reads one JSON object of the configuration, key by key, and reports what is wrong instead of raising.

A reader that meets a wrong value reports it and answers with something harmless, so that the rest is still read;
`parse` raises in the end, and what stood in for a wrong value is never used.
"""

import difflib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from infra.configuration.problems import Problem

_Choice = TypeVar("_Choice", str, int)

_SHOWN_CHARACTERS = 60
_UNREADABLE = re.compile(r"[A-Za-z0-9_-]{35}")
"""Longer than an id: nobody learns from it what is wrong, and it may be a mistyped token."""


@dataclass(frozen=True, slots=True)
class TextRule:
    """Which texts a key accepts."""

    pattern: re.Pattern[str]
    description: str
    """Completes "must be …"."""
    shown: bool = True
    """False: a wrong value is not repeated in the message; it may be a credential in the wrong place."""


@dataclass(frozen=True, slots=True)
class Section:
    """One JSON object: its path, its entries under known keys, and where problems go."""

    path: str
    entries: Mapping[str, object]
    problems: list[Problem]

    @classmethod
    def read(cls, value: object, path: str, problems: list[Problem], *, known: Sequence[str]) -> "Section | None":
        """Read an object, in which every key that is not known is a problem; anything else is one, and gives None."""
        if not isinstance(value, Mapping):
            problems.append(Problem(path, f"must be an object with the keys {listed(known)}, not {shown(value)}."))
            return None
        for key in value:
            if key not in known:
                near = difflib.get_close_matches(str(key), known, n=1)
                advice = f"did you mean {shown(near[0])}?" if near else f"known here: {listed(known)}."
                problems.append(Problem(join(path, str(key)), f"unknown key; {advice}"))
        return cls(path, {key: entry for key, entry in value.items() if key in known}, problems)

    def at(self, key: str, *, index: int | None = None) -> str:
        """Path of an entry, or of one item of it."""
        return join(self.path, key) + ("" if index is None else f"[{index}]")

    def report(self, key: str, message: str, *, index: int | None = None) -> None:
        """Report a problem with an entry, or with one item of it."""
        self.problems.append(Problem(self.at(key, index=index), message))

    def text(self, key: str, rule: TextRule) -> str:
        """Read a text that must be there; empty stands in for a wrong one."""
        if key not in self.entries:
            self.report(key, f"is missing; it must be {rule.description}.")
            return ""
        return self._checked(self.entries[key], self.at(key), rule)

    def optional_text(self, key: str, rule: TextRule) -> str | None:
        """Read a text that may be left out."""
        return self.text(key, rule) or None if key in self.entries else None

    def texts(self, key: str, rule: TextRule, *, most: int) -> tuple[str, ...]:
        """Read a list of different texts, at most so many; left out means none."""
        values = self.items(key)
        if len(values) > most:
            self.report(key, f"has {len(values)} entries; at most {most} are possible.")
        texts = [self._checked(value, self.at(key, index=index), rule) for index, value in enumerate(values)]
        for index, text in enumerate(texts):
            if text and text in texts[:index]:
                self.report(key, f"{shown(text)} stands here twice; remove one.", index=index)
        return tuple(texts)

    def items(self, key: str, *, if_none: str = "") -> Sequence[object]:
        """Read a list; left out means empty, and `if_none` is reported then."""
        value = self.entries.get(key, [])
        if not isinstance(value, list | tuple):
            self.report(key, f"must be a list, not {shown(value)}.")
            return []
        if not value and if_none:
            self.report(key, if_none)
        return value

    def integer(self, key: str, *, low: int, high: int, default: int) -> int:
        """Read a whole number between two bounds, both possible."""
        value = self.entries.get(key, default)
        if isinstance(value, int) and not isinstance(value, bool) and low <= value <= high:
            return value
        self.report(key, f"must be a whole number from {low:,} to {high:,}, not {shown(value)}.")
        return default

    def flag(self, key: str, *, default: bool) -> bool:
        """Read true or false."""
        value = self.entries.get(key, default)
        if isinstance(value, bool):
            return value
        self.report(key, f"must be true or false, not {shown(value)}.")
        return default

    def choice(self, key: str, choices: Sequence[_Choice], *, default: _Choice) -> _Choice:
        """Read one of a few values."""
        value = self.entries.get(key, default)
        for choice in choices:
            if value == choice and type(value) is type(choice):
                return choice
        self.report(key, f"must be one of {listed(choices)}, not {shown(value)}.")
        return default

    def choices(self, key: str, choices: Sequence[str]) -> tuple[str, ...]:
        """Read a list of at least one of these values; left out means all. Their own order is kept."""
        if key not in self.entries:
            return tuple(choices)
        none = f"is empty; name at least one of {listed(choices)}, or leave the key out for all."
        values = self.items(key, if_none=none)
        for index, value in enumerate(values):
            if value not in choices:
                self.report(key, f"must be one of {listed(choices)}, not {shown(value)}.", index=index)
        return tuple(choice for choice in choices if choice in values)

    def _checked(self, value: object, path: str, rule: TextRule) -> str:
        if isinstance(value, str) and rule.pattern.fullmatch(value):
            return value
        found = f", not {shown(value)}" if rule.shown else ""
        self.problems.append(Problem(path, f"must be {rule.description}{found}."))
        return ""


def listed(choices: Sequence[object]) -> str:
    """Write the choices as a message shows them: `"zone", "application"`."""
    return ", ".join(shown(choice) for choice in choices)


def shown(value: object) -> str:
    """Write a value as it stands in cdk.json, cut short if it is long; of a list or an object only what it is.

    So it is with a text that may hold a token which `without_tokens` does not know as one.
    """
    if isinstance(value, Mapping):
        return "an object"
    if isinstance(value, list | tuple):
        return "a list"
    if isinstance(value, str) and _UNREADABLE.search(value):
        return f"a text of {len(value)} characters"
    text = json.dumps(value)
    return text if len(text) <= _SHOWN_CHARACTERS else text[:_SHOWN_CHARACTERS] + "…"


def join(path: str, key: str) -> str:
    """Path of the entry with this key."""
    if not key.isidentifier() or _UNREADABLE.search(key):
        return f"{path}[{shown(key)}]"
    return f"{path}.{key}" if path else key
