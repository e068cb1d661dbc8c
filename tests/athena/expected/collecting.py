"""What became of the requests: minutes that are missing, outcomes, and the rate limit."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from tests.athena.days import MINUTE
from tests.athena.expected.asked import AnyOf, Asked, Row, grouped, in_order, latest, naive, share
from tests.athena.line import Line

_ON_THEIR_WAY: Final = 5 * MINUTE
_LIMIT: Final = 1200
_NO_ROW: Final = (None, "no_row")


def missing_minutes(asked: Asked) -> list[Row]:
    """Which minutes of which zone are not known, and why."""
    rows = [
        row
        for (zone_id, colo), lines in grouped(asked.lines, lambda line: (line.zone_id, line.colo))
        for row in _missing(asked, zone_id, colo, lines)
    ]
    return sorted(rows, key=lambda row: in_order((row["first_minute"], row["zone_id"], row["colo"])))


def _missing(asked: Asked, zone_id: str, colo: str | None, lines: list[Line]) -> Iterator[Row]:
    by_minute = {line.minute: line for line in lines}
    until = min(asked.end, asked.now.replace(second=0, microsecond=0) - _ON_THEIR_WAY)
    runs: list[list[datetime]] = []
    minute = asked.begin
    while minute < until:
        if runs and _state(by_minute.get(minute)) == _state(by_minute.get(runs[-1][-1])):
            runs[-1].append(minute)
        else:
            runs.append([minute])
        minute += MINUTE
    for number, run in enumerate(runs):
        outcome, reason = _state(by_minute.get(run[0]))
        if outcome == "collected":
            continue
        # Of a gap, the names of what follows, or else of what came before.
        told_by = run if outcome else runs[number + 1] if number + 1 < len(runs) else runs[number - 1]
        told = [by_minute[minute] for minute in told_by]
        yield {
            "first_minute": naive(run[0]),
            "last_minute": naive(run[-1]),
            "minutes": len(run),
            "zone_id": zone_id,
            "zone": latest(line.zone_name for line in told) or zone_id,
            "colo": colo,
            "source": told[-1].source,
            "outcome": outcome,
            "reason": reason,
            "error_message": asked.message(told[-1]) if outcome else None,
        }


def _state(line: Line | None) -> tuple[str | None, str | None]:
    return (line.outcome, line.reason) if line else _NO_ROW


def outcome_by_reason(asked: Asked) -> list[Row]:
    """How many requests were answered, and why the others were not."""
    rows = []
    for source, lines in grouped(asked.lines, lambda line: line.source):
        for what, same in grouped(lines, lambda line: (line.outcome, line.reason, line.http_status, line.error_code)):
            outcome, reason, http_status, error_code = what
            rows.append(
                {
                    "source": source,
                    "outcome": outcome,
                    "reason": reason,
                    "http_status": http_status,
                    "error_code": error_code,
                    "requests": len(same),
                    "share_of_requests": share(len(same), len(lines)),
                    "zones": len({line.zone_id for line in same}),
                    "first_minute": naive(min(line.minute for line in same)),
                    "last_minute": naive(max(line.minute for line in same)),
                    "error_message": AnyOf(frozenset(asked.message(line) for line in same)),
                }
            )
    return sorted(rows, key=_most_first)


def _most_first(row: Row) -> tuple[object, ...]:
    words = in_order((row["outcome"], row["reason"], row["http_status"], row["error_code"]))
    return (row["source"], -row["requests"], *words)


def rate_limit_headroom(asked: Asked) -> list[Row]:
    """How close each source came to the rate limit."""
    rows = []
    for (hour, source), lines in grouped(asked.lines, lambda line: (line.minute.replace(minute=0), line.source)):
        told = [(line.rate_limit_remaining, line.minute) for line in lines if line.rate_limit_remaining is not None]
        lowest, when = min(told, default=(None, None))
        rows.append(
            {
                "hour": naive(hour),
                "source": source,
                "lowest_remaining": lowest,
                "lowest_minute": naive(when),
                "share_used": None if lowest is None else (_LIMIT - lowest) / _LIMIT,
                "requests": sum(line.attempts for line in lines),
                "zone_minutes_limited": sum(line.reason == "rate_limited" for line in lines),
                "lines_with_header": len(told),
            }
        )
    return rows
