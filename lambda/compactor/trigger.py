"""What an event asks for: the hour's work, or one day by hand."""

from datetime import date

from compactor.calendar import date_of
from compactor.errors import RejectedEvent


def day_of(event: object) -> date | None:
    """The day of `{"day": "2026-11-22"}`; None for the scheduler's `{"scheduled_time": …}` and for `{}`.

    Raises RejectedEvent for anything else: a mistyped key must not pass for the hour's work.
    """
    if isinstance(event, dict):
        if set(event) <= {"scheduled_time"}:
            return None
        text = event.get("day")
        day = date_of(text) if isinstance(text, str) else None
        if day is not None and set(event) == {"day"}:
            return day
    raise RejectedEvent('the event must be {"scheduled_time": …}, {} or {"day": "2026-11-22"}')
