"""What an answer of Cloudflare says, for those kinds of disturbance that still say numbers.

docs/data.md, "Odd answers": an absent, null or empty `result` names no application; a fraction of a byte is rounded; an
application that no list names is taken as it comes.
"""

from collections.abc import Collection, Mapping
from typing import Final

from tests.sandbox.cloudflare import Reading
from tests.sandbox.cloudflare.row_faults import stranger
from tests.soak.happened import Numbers

NO_APPLICATION: Final = frozenset({"result_absent", "result_empty", "result_null"})
FRACTION: Final = "fraction"
"""Its first row says 1234.5 bytes."""
STRANGER: Final = "unknown_app_id"
"""Its first row comes again under an id that is in no list."""
FOREIGN: Final = "foreign_app_id"
"""Its first row comes under the id of another zone's application."""


def said(
    true: Mapping[str, Reading], fault: str | None, chosen: Collection[str] = (), neighbours_app_id: str | None = None
) -> dict[str, Numbers] | None:
    """The numbers that are to be had of an answer that reports these readings, disturbed by this kind.

    Null when it has none. Of what comes beside the `chosen` applications, where some were asked for, nothing is to be
    had (docs/data.md).
    """
    rows = {app_id: numbers(reading) for app_id, reading in true.items()}
    if fault is None:
        return rows
    if fault in NO_APPLICATION:
        return {}
    if fault == FRACTION:
        first = next(iter(rows))
        return {**rows, first: (1234, *rows[first][1:])}
    if fault == STRANGER:
        first = next(iter(rows))
        return rows if chosen else {**rows, stranger(first): rows[first]}
    if fault == FOREIGN and neighbours_app_id:
        first, *others = rows
        own = {app_id: rows[app_id] for app_id in others}
        return own if chosen else {neighbours_app_id: rows[first], **own}
    return None


def numbers(reading: Reading) -> Numbers:
    """A reading as a row has it: no duration where there was no connection."""
    duration = reading.duration_avg_ms if reading.connections else None
    return reading.bytes_ingress, reading.bytes_egress, float(reading.connections), duration
