"""An object that is not faultless, line by line: what can be kept is written anew, the rest is named with its reason.

Slow, and so only for the few objects that DuckDB refuses or that do not add up.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NoReturn

from compactor.columns import fits, moment_of
from compactor.listing import RawObject
from contract.lake import NESTED
from contract.raw import APPLICATION_COLUMNS, POLL_COLUMNS, Column, Outcome

LONGEST_BYTES: Final = 16 * 2**20
"""Of a line. The collector's longest is a zone's answer, of which it takes 4 MiB."""

_REQUIRED: Final = ("minute", "source", "zone_id", "outcome")
_TWICE: Final = "an application is there twice: the first that is reported is kept"


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a line."""

    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class Repaired:
    """What an object holds once the faults are out."""

    rows: tuple[bytes, ...]
    """Lines of JSON without their breaks, of the contract's columns only."""
    lines: tuple[Fault, ...]
    """Lines that are left out."""
    applications: tuple[Fault, ...]
    """Applications that are left out of a line that is kept."""

    @property
    def read(self) -> int:
        """Lines that the object holds, blank ones apart."""
        return len(self.rows) + len(self.lines)


@dataclass(frozen=True, slots=True)
class _Row:
    line: int
    identity: tuple[str, str | None]
    """Zone and colo: within an object, minute and source are the same in all rows."""
    rank: tuple[bool, bool, str, bytes]
    """Of two rows with one identity the lower is kept: the collected one, then the earlier, then the lesser text."""
    text: bytes
    applications_twice: int


class _NotARow(Exception):
    """Why."""


def repair(lines: Iterable[bytes], of: RawObject) -> Repaired:
    """Sort an object's lines into rows and faults. Blank lines are neither."""
    rows: dict[tuple[str, str | None], _Row] = {}
    faults: list[Fault] = []
    for number, line in enumerate(lines, 1):
        if not line.strip(b" \t\r\n"):
            continue
        try:
            row = _row(number, line, of)
        except _NotARow as why:
            faults.append(Fault(number, str(why)))
            continue
        standing = rows.setdefault(row.identity, row)
        if standing is not row:
            kept, other = sorted((standing, row), key=lambda each: each.rank)
            rows[row.identity] = kept
            faults.append(Fault(other.line, f"there twice: line {kept.line} has the same zone and colo"))
    kept_rows = sorted(rows.values(), key=lambda each: each.line)
    return Repaired(
        tuple(row.text for row in kept_rows),
        tuple(sorted(faults, key=lambda each: each.line)),
        tuple(Fault(row.line, _TWICE) for row in kept_rows for _ in range(row.applications_twice)),
    )


def _row(number: int, line: bytes, of: RawObject) -> _Row:
    if len(line) > LONGEST_BYTES:
        raise _NotARow(f"longer than {LONGEST_BYTES} bytes")
    row = _columns(_object(line), POLL_COLUMNS)
    for name in _REQUIRED:
        if row[name] is None:
            raise _NotARow(f"{name} is missing")
    if moment_of(row["minute"]) != of.minute.replace(tzinfo=None):
        raise _NotARow("its minute is not that of the object's name")
    if row["source"] != of.source:
        raise _NotARow("its source is not that of the object's name")
    apps = _applications(row[NESTED])
    row[NESTED] = _once_each(apps)
    try:
        text = json.dumps(row, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
    except UnicodeEncodeError:
        raise _NotARow("half a surrogate pair") from None
    rank = (row["outcome"] != Outcome.COLLECTED, row["observed_at"] is None, row["observed_at"] or "", text)
    return _Row(number, (row["zone_id"], row["colo"]), rank, text, len(apps) - len(row[NESTED]))


def _applications(apps: object) -> list[dict[str, Any]]:
    if apps is None:
        return []
    if not isinstance(apps, list) or not all(isinstance(app, dict) for app in apps):
        raise _NotARow(f"{NESTED} is not a list of objects")
    typed = [_columns(app, APPLICATION_COLUMNS) for app in apps]
    if any(app["app_id"] is None for app in typed):
        raise _NotARow("an application without app_id")
    return typed


def _once_each(apps: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    kept: dict[str, dict[str, Any]] = {}
    for app in sorted(apps, key=lambda each: each["reported"] is not True):
        kept.setdefault(app["app_id"], app)
    return list(kept.values())


def _columns(row: Mapping[str, object], columns: Sequence[Column]) -> dict[str, Any]:
    for column in columns:
        if column.name != NESTED and not fits(row.get(column.name), column.type):
            raise _NotARow(f"{column.name} is not a {column.type}")
    return {column.name: row.get(column.name) for column in columns}


def _object(line: bytes) -> dict[str, object]:
    try:
        value = json.loads(line.decode(), object_pairs_hook=_once, parse_constant=_refuse)
    except UnicodeDecodeError:
        raise _NotARow("not UTF-8") from None
    except (ValueError, RecursionError):
        raise _NotARow("not JSON") from None
    if not isinstance(value, dict):
        raise _NotARow("not an object")
    return value


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    value = dict(pairs)
    if len(value) < len(pairs):
        raise _NotARow("a key twice in one object")
    return value


def _refuse(constant: str) -> NoReturn:
    raise _NotARow(f"{constant} is not JSON")
