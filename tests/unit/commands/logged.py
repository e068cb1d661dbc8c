"""What runs that could not save their rows leave in the log."""

import json
from collections.abc import Iterable, Sequence

from collector.rows import Poll
from collector.store import unsaved_parts
from commands.restore import Part, RowReassembler
from tests.unit.examples import application, failed_poll, lines, logger, poll, zone

KEY = "raw/dt=2026-11-23/1000-main.json.gz"
LARGE = poll(zone(1), [application(f"{number:032x}", app_name="ü" * 40) for number in range(2_000)])
ROWS = (LARGE, failed_poll(zone(2)), failed_poll(zone(3), error_message="\u2028 {\n"))


def logged(run: str, rows: Sequence[Poll] = ROWS, key: str = KEY) -> list[str]:
    """The messages of this run, as the collector's logger writes them."""
    made, written = logger()
    for part in unsaved_parts(key, run, rows):
        made.error("row not saved", unsaved=part)
    return [json.dumps(line) for line in lines(written)]


def rescue_of(messages: Iterable[str]) -> RowReassembler:
    """What can be made of these lines."""
    rescue = RowReassembler()
    for message in messages:
        part = Part.of(message)
        assert part is not None
        rescue.add(part)
    return rescue
