"""The forms of EventBridge Scheduler's cron expression that a stack of this project uses.

https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html#cron-based
Minutes and hours may be `*`, a number, a list, a range, or a step (`*/15`, `7/15`); days, months and years only `*` and
`?`. Anything else is refused, so that no schedule is run here otherwise than AWS would run it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Self

_EVERY_DAY = ("* * ? *", "? * * *")


@dataclass(frozen=True, slots=True)
class Cron:
    """The minutes of the day at which a schedule fires, UTC."""

    minutes: frozenset[int]
    hours: frozenset[int]

    @classmethod
    def parse(cls, expression: str) -> Self:
        """Read `cron(* * * * ? *)`. Raises ValueError for a form that is not one of the above."""
        fields = re.fullmatch(r"cron\((\S+) (\S+) (\S+ \S+ \S+ \S+)\)", expression)
        if fields is None or fields[3] not in _EVERY_DAY:
            raise ValueError(
                f"schedule expression {expression!r}: the sandbox runs cron(MINUTES HOURS * * ? *) only; teach "
                "tests/sandbox/schedule/cron.py this form"
            )
        return cls(_values(fields[1], 60, expression), _values(fields[2], 24, expression))

    def occurrences(self, start: datetime, end: datetime) -> Iterator[datetime]:
        """The times from `start` (included) to `end` (not included) at which it fires."""
        minute = start.astimezone(UTC).replace(second=0, microsecond=0)
        if minute < start:
            minute += timedelta(minutes=1)
        while minute < end:
            if minute.minute in self.minutes and minute.hour in self.hours:
                yield minute
            minute += timedelta(minutes=1)


def _values(field: str, size: int, expression: str) -> frozenset[int]:
    values: set[int] = set()
    for part in field.split(","):
        match = re.fullmatch(r"(?:\*|(\d+)(?:-(\d+))?)(?:/(\d+))?", part)
        if match is None or match[3] == "0":
            raise ValueError(f"schedule expression {expression!r}: cannot read {part!r}")
        first, last, step = (None if group is None else int(group) for group in match.groups())
        if last is None:
            # `7/15` starts at 7 and goes on to the end; `7` is 7 alone.
            last = size - 1 if first is None or step is not None else first
        values.update(range(first or 0, last + 1, step or 1))
    if not values or max(values) >= size:
        raise ValueError(f"schedule expression {expression!r}: {field!r} is not within 0 to {size - 1}")
    return frozenset(values)
