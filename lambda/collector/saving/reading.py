"""A row read back from its line, for those who publish or restore a minute later."""

import json
import math
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NoReturn

from collector.saving.poll import Application, Poll
from contract.raw import MINUTE_FORMAT, Outcome, Reason


def poll_of_line(line: str) -> Poll:
    """Read what `Poll.to_line` wrote. Raises ValueError when it is anything else.

    A field that this version does not know is passed over; one that may be null may be absent.
    """
    try:
        columns = json.loads(line, parse_constant=_no_number)
        return _poll(columns)
    except (KeyError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise ValueError(f"not a row: {type(error).__name__} {error}") from error


def _poll(columns: Mapping[str, Any]) -> Poll:
    reason = columns.get("reason")
    return Poll(
        minute=_moment(columns["minute"], MINUTE_FORMAT),
        observed_at=_moment(columns["observed_at"], f"{MINUTE_FORMAT}.%f"),
        source=_text(columns["source"]),
        zone_id=_text(columns["zone_id"]),
        zone_name=_text_or_none(columns.get("zone_name")),
        colo=_text_or_none(columns.get("colo")),
        outcome=Outcome(columns["outcome"]),
        reason=None if reason is None else Reason(reason),
        http_status=_whole_or_none(columns.get("http_status")),
        error_code=_whole_or_none(columns.get("error_code")),
        error_message=_text_or_none(columns.get("error_message")),
        attempts=_whole(columns["attempts"]),
        latency_ms=_whole_or_none(columns.get("latency_ms")),
        rate_limit_remaining=_whole_or_none(columns.get("rate_limit_remaining")),
        apps=tuple(_application(app) for app in columns["apps"]),
    )


def _application(columns: Mapping[str, Any]) -> Application:
    duration = columns.get("duration_avg_ms")
    reported = columns["reported"]
    if not isinstance(reported, bool):
        raise TypeError(f"reported is {reported!r}")
    return Application(
        app_id=_text(columns["app_id"]),
        app_name=_text_or_none(columns.get("app_name")),
        protocol=_text_or_none(columns.get("protocol")),
        bytes_ingress=_whole(columns["bytes_ingress"]),
        bytes_egress=_whole(columns["bytes_egress"]),
        connections=_number(columns["connections"]),
        duration_avg_ms=None if duration is None else _number(duration),
        reported=reported,
    )


def _moment(value: object, written: str) -> datetime:
    return datetime.strptime(_text(value), written).replace(tzinfo=UTC)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is not a text")
    return value


def _text_or_none(value: object) -> str | None:
    return None if value is None else _text(value)


def _whole(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"{value!r} is not a whole number")
    return value


def _whole_or_none(value: object) -> int | None:
    return None if value is None else _whole(value)


def _number(value: object) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool) or not math.isfinite(value):
        raise TypeError(f"{value!r} is not a number")
    return float(value)


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is not a number")
