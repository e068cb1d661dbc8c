"""Many minutes, said in few words."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

SAID: Final = 50
"""Spans that one message names."""

_MINUTE: Final = timedelta(minutes=1)


def spans(minutes: Iterable[datetime], most: int = SAID) -> list[str]:
    """`2026-11-22 10:00 to 10:05`, `2026-11-22 10:09`, …: the oldest `most` spans, and how many more there are."""
    found: list[list[datetime]] = []
    for minute in sorted(set(minutes)):
        if found and minute - found[-1][1] == _MINUTE and minute.date() == found[-1][0].date():
            found[-1][1] = minute
        else:
            found.append([minute, minute])
    said = [f"{first:%Y-%m-%d %H:%M}" + (f" to {last:%H:%M}" if last > first else "") for first, last in found[:most]]
    return said + ([f"and {len(found) - most} spans more"] if len(found) > most else [])


def spans_by_source(minutes: Iterable[tuple[datetime, str]]) -> dict[str, list[str]]:
    """The spans of each source."""
    by_source: dict[str, list[datetime]] = {}
    for minute, source in minutes:
        by_source.setdefault(source, []).append(minute)
    return {source: spans(of) for source, of in sorted(by_source.items())}
