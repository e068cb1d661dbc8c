"""The calls that the simulated API knows, and how a request's path names one."""

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from urllib.parse import parse_qsl

from .minutes import MINUTE, minute_of

BASE_PATH = "/client/v4"


class Call(StrEnum):
    """A call, by its path in openapi.json."""

    USAGE = "/zones/{zone_id}/spectrum/analytics/aggregate/current"
    APPLICATIONS = "/zones/{zone_id}/spectrum/apps"
    ZONE = "/zones/{zone_id}"
    ZONES = "/zones"
    VERIFY = "/user/tokens/verify"


_PATTERNS = {call: re.compile(BASE_PATH + call.replace("{zone_id}", "(?P<zone_id>[^/]+)")) for call in Call}
_ZONE_ID = re.compile("[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Request:
    """One request as it came: header names in lower case, the address of the caller."""

    method: str
    target: str
    headers: dict[str, str]
    address: str = "127.0.0.1"

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]

    @property
    def query(self) -> dict[str, str]:
        """The query; of a repeated name, the last value."""
        return dict(parse_qsl(self.target.partition("?")[2], keep_blank_values=True))

    @property
    def accepts_gzip(self) -> bool:
        return "gzip" in self.headers.get("accept-encoding", "")

    @property
    def closes(self) -> bool:
        """Whether the caller wants the connection closed behind the answer."""
        return self.headers.get("connection", "").lower() == "close"


def recognise(path: str) -> tuple[Call, str | None] | None:
    """The call that a path means, and its zone id; None when there is no such route."""
    for call, pattern in _PATTERNS.items():
        match = pattern.fullmatch(path)
        if match:
            return call, match.groupdict().get("zone_id")
    return None


def is_zone_id(text: str) -> bool:
    """Whether this can be an id at all: 32 lower-case hexadecimal characters."""
    return _ZONE_ID.fullmatch(text) is not None


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request in its circumstances: when it came, which minute it is about, what it asks for."""

    request: Request
    now: datetime
    minute: datetime
    """The minute before the call, which is what "current" analytics describe."""
    call: Call | None
    zone_id: str | None


def circumstances(request: Request, now: datetime) -> Exchange:
    """What a request is about that comes at this time."""
    call, zone_id = recognise(request.path) or (None, None)
    return Exchange(request, now, minute_of(now) - MINUTE, call, zone_id)
