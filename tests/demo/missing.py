"""Which minutes are not known, and why: the lines of S3 that hold no numbers, put together to runs of minutes."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from textwrap import shorten

from tests.demo.books import Line
from tests.demo.night import MINUTE, ZONE_IDS

_LONGEST = 110


@dataclass(frozen=True, slots=True)
class Gap:
    """A run of minutes that is missing for one reason, in these zones."""

    minutes: tuple[datetime, ...]
    zones: tuple[str, ...]
    reason: str
    said: str
    """What Cloudflare answered, or why it was not asked."""

    @property
    def where(self) -> str:
        """The zones, in a word if it is all of them."""
        return "all" if len(self.zones) == len(ZONE_IDS) else ", ".join(self.zones)


def gaps(unknown: Iterable[Line]) -> tuple[Gap, ...]:
    """Put neighbouring minutes of a zone together, and zones that miss the same minutes."""
    by_cause: defaultdict[tuple[str, str], list[Line]] = defaultdict(list)
    for line in unknown:
        by_cause[line.zone, line.row["reason"]].append(line)
    together: defaultdict[tuple[tuple[datetime, ...], str], list[Line]] = defaultdict(list)
    for (_, reason), lines in by_cause.items():
        for run in _runs(sorted(lines, key=lambda line: line.minute)):
            together[tuple(line.minute for line in run), reason] += run
    found = [
        Gap(minutes, tuple(dict.fromkeys(line.zone for line in lines)), reason, _said(lines))
        for (minutes, reason), lines in together.items()
    ]
    return tuple(sorted(found, key=lambda gap: gap.minutes))


def span(minutes: Sequence[datetime]) -> str:
    """`23:18 - 23:19`, or one time for one minute."""
    first, last = (f"{minute:%H:%M}" for minute in (minutes[0], minutes[-1]))
    return first if first == last else f"{first} - {last}"


def _runs(lines: Sequence[Line]) -> Iterator[list[Line]]:
    run: list[Line] = []
    for line in lines:
        if run and line.minute - run[-1].minute > MINUTE:
            yield run
            run = []
        run.append(line)
    if run:
        yield run


def _said(lines: Iterable[Line]) -> str:
    """What was answered, without the advice before it; where nobody asked, why."""
    in_order = sorted(lines, key=lambda line: (line.row["http_status"] is None, line.minute))
    message = str(in_order[0].row["error_message"])
    _, bracket, answer = message.partition("(HTTP ")
    text = f"HTTP {answer.removesuffix(')')}" if bracket else message
    return shorten(text.replace("\\n", " "), _LONGEST, placeholder=" ...")
