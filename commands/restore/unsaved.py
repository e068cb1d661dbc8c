"""One log line of a row that is not in S3: what `collector.saving.raw_object.unsaved_parts` had logged."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Self

from contract.raw import raw_object_of

MARK: Final = "unsaved"
"""The field that such a line has."""


@dataclass(frozen=True, slots=True)
class Part:
    """A row's text, or a part of it."""

    key: str
    run: str
    line: int
    lines: int
    part: int
    parts: int
    text: str

    @classmethod
    def of(cls, message: str) -> Self | None:
        """Read a log line; None when it holds no row. Raises ValueError when it does, and cannot be understood."""
        start = message.find("{")
        if start < 0 or f'"{MARK}"' not in message:
            return None
        try:
            logged = json.loads(message[start:])
            fields = logged.get(MARK) if isinstance(logged, dict) else None
            return None if fields is None else cls._of_fields(fields)
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise ValueError(f"{type(error).__name__}: {error}, in a log line that begins {message[:80]!r}") from error

    @classmethod
    def _of_fields(cls, fields: dict[str, Any]) -> Self:
        part = cls(
            key=fields["key"],
            run=fields["run"],
            line=fields["line"],
            lines=fields["lines"],
            part=fields["part"],
            parts=fields["parts"],
            text=fields["text"],
        )
        if not all(isinstance(text, str) for text in (part.key, part.run, part.text)) or not part.run:
            raise ValueError("key, run and text must be texts")
        if not 0 <= part.line < part.lines or not 0 <= part.part < part.parts:
            raise ValueError(f"line {part.line} of {part.lines}, part {part.part} of {part.parts}")
        minute_and_source(part.key)
        return part


def minute_and_source(key: str) -> tuple[datetime, str]:
    """Of which minute (UTC) and source a raw object is. Raises ValueError for another key."""
    found = raw_object_of(key)
    if found is None:
        raise ValueError(f"{key} is not the key of a raw object")
    return found
