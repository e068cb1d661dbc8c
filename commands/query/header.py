"""What a query file says about itself in the comment lines that it opens with."""

import re
from dataclasses import dataclass
from typing import Final, Self

_COLUMN: Final = re.compile(r"  (?P<name>\w+)(?: \((?P<unit>[^)]+)\))?: (?P<meaning>.+)")
_PARAMETERS: Final = "Parameters: "
_DEFAULT: Final = "Default: "
_COLUMNS: Final = "Columns:"


@dataclass(frozen=True, slots=True)
class ColumnNote:
    """What a column of the answer means."""

    name: str
    unit: str
    """Empty for ids, names and the like."""
    meaning: str


@dataclass(frozen=True, slots=True)
class Header:
    """The opening comment of a query."""

    question: str
    """What the query answers, as a sentence; empty for a query without an opening comment."""
    parameters: str
    default: str
    """Which days are meant when none are given: `the last 7 days`, `this month`."""
    notes: str
    columns: tuple[ColumnNote, ...]

    @classmethod
    def read(cls, sql: str) -> Self:
        """The header of a query. Anybody's query is read: what it does not have is empty."""
        lines = []
        for line in sql.splitlines():
            if not line.startswith("--"):
                break
            lines.append(line.removeprefix("--").removeprefix(" "))
        question, *rest = lines or [""]
        above, below = (rest[: rest.index(_COLUMNS)], rest[rest.index(_COLUMNS) :]) if _COLUMNS in rest else (rest, [])
        found = [_COLUMN.fullmatch(line) for line in below]
        return cls(
            question=question,
            parameters=_after(_PARAMETERS, above),
            default=_after(_DEFAULT, above).removesuffix("."),
            notes="\n".join(line for line in above if not line.startswith((_PARAMETERS, _DEFAULT))),
            columns=tuple(ColumnNote(each["name"], each["unit"] or "", each["meaning"]) for each in found if each),
        )


def _after(mark: str, lines: list[str]) -> str:
    return next((line.removeprefix(mark) for line in lines if line.startswith(mark)), "")
