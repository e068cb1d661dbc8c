"""What the model finds, and what it counts on the way."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Sort(StrEnum):
    """What is wrong."""

    WRONG = "wrong"
    """A number, a row or a datum that must not be there as it is."""
    TWICE = "twice"
    UNEXPLAINED = "unexplained"
    """Something is absent or unknown, and nothing says why: no log line, no message, no reason, no kill."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it must be."""

    sort: Sort
    source: str
    minute: datetime | None
    what: str

    def __str__(self) -> str:
        """`wrong: main 2026-12-31T23:59: …`."""
        when = f" {self.minute:%Y-%m-%dT%H:%M}" if self.minute else ""
        return f"{self.sort}: {self.source}{when}: {self.what}"


@dataclass(slots=True)
class Verdict:
    """What came of a judgement."""

    findings: list[Finding] = field(default_factory=list)
    lines: Counter[str] = field(default_factory=Counter)
    """Minutes x requests: `exact`, or why unknown."""
    published: Counter[str] = field(default_factory=Counter)
    """Saved minutes: `exact`, or why not all of it is in CloudWatch."""

    def add(self, sort: Sort, source: str, minute: datetime | None, what: str) -> None:
        """Note a finding."""
        self.findings.append(Finding(sort, source, minute, what))
