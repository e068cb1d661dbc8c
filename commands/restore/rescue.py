"""Logged rows put together to the objects that they were to be: each of one run, whole, and checked."""

from dataclasses import dataclass, field

from collector.saving.raw_object import body_of_lines
from collector.saving.reading import poll_of_line
from commands.restore.unsaved import Part, minute_and_source


@dataclass(frozen=True, slots=True)
class Rescued:
    """An object that can be written."""

    key: str
    run: str
    lines: int
    body: bytes


@dataclass(slots=True)
class _Run:
    """What has been read of one run's rows: line -> part -> text."""

    lines: int
    texts: dict[int, dict[int, str]] = field(default_factory=dict)
    parts: dict[int, int] = field(default_factory=dict)

    @property
    def whole(self) -> int:
        """How many lines are there in all their parts."""
        return sum(len(self.texts[line]) == parts for line, parts in self.parts.items())

    def add(self, part: Part) -> None:
        texts = self.texts.setdefault(part.line, {})
        agrees = self.lines == part.lines and self.parts.setdefault(part.line, part.parts) == part.parts
        if not agrees or texts.setdefault(part.part, part.text) != part.text:
            raise ValueError("the log holds it twice, and not alike")

    def joined(self) -> list[str]:
        rows = (self.texts[line] for line in range(self.lines))
        return ["".join(texts[part] for part in range(len(texts))) for texts in rows]


@dataclass(slots=True)
class Rescue:
    """Takes parts in the order of the log. Of a minute that several runs could not save, the first whole one stands."""

    rescued: dict[str, Rescued] = field(default_factory=dict)
    _open: dict[str, dict[str, _Run]] = field(default_factory=dict)
    _broken: dict[str, dict[str, str]] = field(default_factory=dict)

    def add(self, part: Part) -> None:
        """Take a part. As soon as a run is whole it is packed: a day's rows would else not fit into memory."""
        if part.key in self.rescued or part.run in self._broken.get(part.key, {}):
            return
        runs = self._open.setdefault(part.key, {})
        run = runs.setdefault(part.run, _Run(part.lines))
        try:
            run.add(part)
            if run.whole < run.lines:
                return
            self.rescued[part.key] = _packed(part.key, part.run, run.joined())
            del self._open[part.key]
        except ValueError as error:
            self._broken.setdefault(part.key, {})[part.run] = str(error)
            del runs[part.run]

    @property
    def sources(self) -> set[str]:
        """The sources of all rows that were read."""
        return {minute_and_source(key)[1] for key in (*self.rescued, *self._open, *self._broken)}

    @property
    def lost(self) -> dict[str, str]:
        """Why each of the other keys cannot be made from what was read."""
        keys = (set(self._open) | set(self._broken)) - set(self.rescued)
        return {key: self._why(key) for key in sorted(keys)}

    def _why(self, key: str) -> str:
        runs = [
            f"run {name} has {run.whole} of {run.lines} lines whole" for name, run in self._open.get(key, {}).items()
        ]
        return "; ".join([*runs, *(f"run {name}: {why}" for name, why in self._broken.get(key, {}).items())])


def _packed(key: str, run: str, lines: list[str]) -> Rescued:
    """Check that these lines are this object's. Raises ValueError."""
    for number, line in enumerate(lines):
        poll = poll_of_line(line)
        if (poll.minute, poll.source) != minute_and_source(key):
            raise ValueError(f"line {number} is a row of {poll.minute:%Y-%m-%dT%H:%M}, source {poll.source}")
    return Rescued(key, run, len(lines), body_of_lines(lines))
