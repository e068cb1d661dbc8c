"""The rows of a raw object: from a poll's result to a line of JSON, and back."""

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NoReturn

from cloudflare_api.response import Usage
from collector.app_names import Catalog, ZoneNames
from collector.event import LIVE, Trigger
from collector.poller import PollResult
from contract.raw import MINUTE_FORMAT, Outcome, Reason
from contract.sources import Request, Source

FRESH: Final = timedelta(hours=24)
"""Application lists older than this no longer say that a missing application has no traffic."""


@dataclass(frozen=True, slots=True)
class Application:
    """One application's row within a poll. The columns are contract.raw.APPLICATION_COLUMNS."""

    app_id: str
    app_name: str | None
    protocol: str | None
    bytes_ingress: int
    bytes_egress: int
    connections: float
    duration_avg_ms: float | None
    reported: bool


@dataclass(frozen=True, slots=True)
class Poll:
    """One line of a raw object. The columns are contract.raw.POLL_COLUMNS."""

    minute: datetime
    observed_at: datetime
    source: str
    zone_id: str
    zone_name: str | None
    colo: str | None
    outcome: Outcome
    reason: Reason | None
    http_status: int | None
    error_code: int | None
    error_message: str | None
    attempts: int
    latency_ms: int | None
    rate_limit_remaining: int | None
    apps: tuple[Application, ...]

    def to_line(self) -> str:
        """The poll as one line of JSON, without the line break."""
        line: dict[str, Any] = {name: getattr(self, name) for name in _OF_POLL}
        line["minute"] = self.minute.strftime(MINUTE_FORMAT)
        line["observed_at"] = self.observed_at.strftime(f"{MINUTE_FORMAT}.%f")[:-3]
        # Not `asdict`, which copies every value deeply: that would be most of what saving takes.
        line["apps"] = [{name: getattr(application, name) for name in _OF_APPLICATION} for application in self.apps]
        return json.dumps(line, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


_OF_POLL: Final = tuple(field.name for field in fields(Poll))
_OF_APPLICATION: Final = tuple(field.name for field in fields(Application))


def polls_of_round(
    asked: Iterable[PollResult], source: Source, minute: datetime, catalog: Catalog, now: datetime
) -> tuple[Poll, ...]:
    """Turn the outcomes of a round into rows. Known applications that an answer left out become zeros."""
    return tuple(_poll(outcome, source, minute, catalog.zones.get(outcome.request.zone.id), now) for outcome in asked)


def polls_of_late_event(source: Source, trigger: Trigger, catalog: Catalog, now: datetime) -> tuple[Poll, ...]:
    """Write a minute down as skipped, because its event came too late to ask for it."""
    message = (
        f"not sent: the event came {trigger.delay_ms / 1000:.0f} s after its minute; after {LIVE.total_seconds():.0f} s"
        " Cloudflare would describe another one"
    )
    asked = [PollResult(request, 0, None, Reason.LATE_EVENT, message) for request in source.requests]
    return polls_of_round(asked, source, trigger.minute, catalog, now)


def application_ids(polls: Iterable[Poll]) -> dict[str, frozenset[str]]:
    """The application ids that the answers named, by zone id, for the zones that answered."""
    answered: dict[str, frozenset[str]] = {}
    for poll in polls:
        if poll.outcome is Outcome.COLLECTED:
            named = {app.app_id for app in poll.apps if app.reported}
            answered[poll.zone_id] = answered.get(poll.zone_id, frozenset()) | named
    return answered


def _poll(asked: PollResult, source: Source, minute: datetime, names: ZoneNames | None, now: datetime) -> Poll:
    zone, last = asked.request.zone, asked.last
    outcome = Outcome.COLLECTED
    if asked.reason is not None:
        outcome = Outcome.FAILED if asked.attempts else Outcome.SKIPPED
    return Poll(
        minute=minute,
        observed_at=last.observed_at if last else now,
        source=source.name,
        zone_id=zone.id,
        zone_name=zone.name or (names.name if names else None),
        colo=asked.request.colo,
        outcome=outcome,
        reason=asked.reason,
        http_status=last.http_status if last else None,
        error_code=last.error_code if last else None,
        error_message=asked.message,
        attempts=asked.attempts,
        latency_ms=last.latency_ms if last else None,
        rate_limit_remaining=last.rate_limit.remaining if last and last.rate_limit else None,
        apps=_applications(last.usage, asked.request, names, now) if last and asked.reason is None else (),
    )


def _applications(
    usage: Iterable[Usage], request: Request, names: ZoneNames | None, now: datetime
) -> tuple[Application, ...]:
    known = names.apps if names else {}
    rows = {
        row.app_id: Application(
            app_id=row.app_id,
            app_name=known[row.app_id].name if row.app_id in known else None,
            protocol=known[row.app_id].protocol if row.app_id in known else None,
            bytes_ingress=row.bytes_ingress,
            bytes_egress=row.bytes_egress,
            connections=row.connections,
            duration_avg_ms=row.duration_avg_ms,
            reported=True,
        )
        for row in usage
    }
    if names and names.listed_at and now - names.listed_at <= FRESH:
        wanted = request.zone.app_ids
        for app_id, app in known.items():
            if app_id not in rows and (not wanted or app_id in wanted):
                rows[app_id] = Application(app_id, app.name, app.protocol, 0, 0, 0.0, None, reported=False)
    return tuple(rows[app_id] for app_id in sorted(rows))


def poll_of_line(line: str) -> Poll:
    """Read what `Poll.to_line` wrote. Raises ValueError when it is anything else.

    A field that this version does not know is passed over; one that may be null may be absent.
    """
    try:
        columns = json.loads(line, parse_constant=_no_number)
        return _poll_of_columns(columns)
    except (KeyError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise ValueError(f"not a row: {type(error).__name__} {error}") from error


def _poll_of_columns(columns: Mapping[str, Any]) -> Poll:
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
        apps=tuple(_application_of_columns(app) for app in columns["apps"]),
    )


def _application_of_columns(columns: Mapping[str, Any]) -> Application:
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
