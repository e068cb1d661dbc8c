"""What was set aside: named, counted, and why. The words never hold a row's content."""

from dataclasses import dataclass, field
from typing import Any, Final

LISTED: Final = 1000
"""Findings that are named one by one. The counts are always exact."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not in history."""

    key: str
    reason: str
    line: int | None = None
    """Its number in the object, from 1; None: the whole object."""


@dataclass(slots=True)
class Findings:
    """What a day's compaction set aside."""

    aliens: int = 0
    """Objects whose keys the collector does not write."""
    objects: int = 0
    """Raw objects that could not be read."""
    lines: int = 0
    """Lines of other raw objects."""
    applications: int = 0
    """Applications that their line holds twice."""
    listed: list[Finding] = field(default_factory=list)

    @property
    def set_aside(self) -> int:
        """How much of the day's raw objects is not in history."""
        return self.objects + self.lines + self.applications

    def alien(self, key: str, reason: str) -> None:
        """Note an object that does not belong there."""
        self.aliens += 1
        self._list(Finding(key, reason))

    def object(self, key: str, reason: str) -> None:
        """Note a raw object that is set aside whole."""
        self.objects += 1
        self._list(Finding(key, reason))

    def line(self, key: str, line: int, reason: str) -> None:
        """Note a line."""
        self.lines += 1
        self._list(Finding(key, reason, line))

    def application(self, key: str, line: int, reason: str) -> None:
        """Note an application of a line that is kept otherwise."""
        self.applications += 1
        self._list(Finding(key, reason, line))

    def as_json(self) -> dict[str, Any]:
        """For the report."""
        return {
            "alien_objects": self.aliens,
            "objects": self.objects,
            "lines": self.lines,
            "applications": self.applications,
            "listed": [
                {"key": each.key, **({} if each.line is None else {"line": each.line}), "reason": each.reason}
                for each in self.listed
            ],
        }

    def _list(self, finding: Finding) -> None:
        if len(self.listed) < LISTED:
            self.listed.append(finding)
