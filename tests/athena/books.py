"""What the lake must hold, line by line, in plain Python: from what Cloudflare said, and from who was told to ask.

Nothing here comes from S3, nor from the product's code. The words for reasons are those of docs/data.md.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Final

from tests.athena.days import MINUTE
from tests.athena.line import App, Line
from tests.athena.overheard import Heard
from tests.athena.script import NAMES_ARE_LOST, Script
from tests.athena.world import CONFIGURED_NAMES, REQUESTS
from tests.sandbox.cloudflare import Call, Reading
from tests.sandbox.cloudflare.answers import ServedKey

_REASONS: Final = {
    (200, None): "bad_response",  # and not good: not JSON
    (204, None): "refused",
    (401, 1000): "unauthorized",
    (403, 10000): "forbidden",  # while the credential works for others
    (404, 7003): "zone_not_found",
    (418, None): "refused",
    (429, 971): "rate_limited",
    (503, None): "server_error",
}
"""Why a request failed, by status and error code of its last answer."""

_NOT_ASKED: Final = {"rate_limited": "rate_limited", "unauthorized": "auth_lockout_guard"}
"""Why a request was not sent, by why another of its run failed."""

_OLDEST_LIST: Final = timedelta(hours=24)


class Books:
    """All lines, worked out from every answer, the numbers that were served, and the script."""

    def __init__(self, script: Script, answers: list[Heard], served: Mapping[ServedKey, Reading]) -> None:
        self._script = script
        self._names = [heard for heard in answers if heard.call is not Call.USAGE]
        self._answers: defaultdict[object, list[Heard]] = defaultdict(list)
        for heard in answers:
            if heard.call is Call.USAGE:
                self._answers[heard.zone_id, heard.colo, heard.minute].append(heard)
        self._served: defaultdict[object, dict[str, Reading]] = defaultdict(dict)
        for key, reading in served.items():
            self._served[key.zone_id, key.colo, key.minute][key.app_id] = reading
        self.lines = tuple(line for minute, source in script.runs for line in self._run(minute, source))

    def _run(self, minute: datetime, source: str) -> Iterator[Line]:
        late = (source, minute) in self._script.late
        of_request = {request: self._answers[*request, minute] for request in REQUESTS[source]}
        assert not late or not any(of_request.values()), "it was too late to ask"
        reasons = {request: _reason(heard[-1]) for request, heard in of_request.items() if heard}
        for zone_id, colo in REQUESTS[source]:
            heard = of_request[zone_id, colo]
            reason = "late_event" if late else reasons.get((zone_id, colo), _NOT_ASKED.get(_stopper(reasons), ""))
            assert reason != "", f"nobody asked for {zone_id} {colo} at {minute}"
            yield Line(
                minute=minute,
                source=source,
                zone_id=zone_id,
                zone_name=self._zone_name(zone_id, minute + MINUTE),
                colo=colo,
                outcome="skipped" if not heard else "failed" if reason else "collected",
                reason=reason,
                http_status=heard[-1].status if heard else None,
                error_code=heard[-1].error_code if heard else None,
                attempts=len(heard),
                rate_limit_remaining=heard[-1].remaining if heard else None,
                apps=() if reason else tuple(self._apps(heard[-1])),
            )

    def _apps(self, heard: Heard) -> Iterator[App]:
        """Those that the answer named, and those that are known and it left out: they had no traffic."""
        zone_id, minute = str(heard.zone_id), f"{heard.minute:%Y-%m-%d %H:%M}"
        listed = self._listed(zone_id, heard.minute + MINUTE)
        named = self._served[zone_id, heard.colo, minute]
        timed = {
            row["appID"] for row in heard.document["result"] if row["connections"] and row["durationAvg"] is not None
        }
        for app_id in {**named, **listed}:
            name, protocol = listed.get(app_id, (None, None))
            reading = named.get(app_id, Reading(0, 0, 0, 0.0))
            yield App(
                app_id=app_id,
                name=name,
                protocol=protocol,
                bytes_ingress=reading.bytes_ingress,
                bytes_egress=reading.bytes_egress,
                connections=float(reading.connections),
                duration_avg_ms=reading.duration_avg_ms if app_id in timed else None,
                reported=app_id in named,
            )

    def _listed(self, zone_id: str, before: datetime) -> dict[str, tuple[str, str]]:
        """Name and protocol of each application in the last list that was read before this time."""
        last = self._last(Call.APPLICATIONS, zone_id, before)
        if last is None or before - last.at > _OLDEST_LIST:
            return {}
        return {app["id"]: (app["dns"]["name"], app["protocol"]) for app in last.document["result"]}

    def _zone_name(self, zone_id: str, before: datetime) -> str | None:
        last = self._last(Call.ZONE, zone_id, before)
        read: str | None = last.document["result"]["name"] if last else None
        return CONFIGURED_NAMES.get(zone_id, read)

    def _last(self, call: Call, zone_id: str, before: datetime) -> Heard | None:
        """The last good answer before this time, of those that nobody has forgotten."""
        forgot = self._script.forgets
        good = (
            heard
            for heard in self._names
            if (heard.call, heard.zone_id, heard.status) == (call, zone_id, 200)
            and heard.at < before
            and not (zone_id in NAMES_ARE_LOST and heard.at < forgot <= before)
        )
        return max(good, key=lambda heard: heard.at, default=None)


def _reason(heard: Heard) -> str | None:
    """Why this last answer brought nothing; None when it brought everything."""
    return None if heard.good else _REASONS[heard.status, heard.error_code]


def _stopper(reasons: Mapping[tuple[str, str | None], str | None]) -> str:
    """Why some request of this run made the run stop."""
    return next((reason for reason in reasons.values() if reason in _NOT_ASKED), "")
