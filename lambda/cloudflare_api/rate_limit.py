"""What Cloudflare allows, what is left of it, and how fast to go.

Headers: `Ratelimit: "default";r=1199;t=1`, `Ratelimit-Policy: "default";q=1200;w=300`, `Retry-After: 30`
(developers.cloudflare.com/fundamentals/api/reference/limits). The first two are lists, an item for each limit that
applies (RFC 9651, "Structured Field Values for HTTP").
"""

import math
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

STARTS_PER_S: Final = 150.0
"""Cloudflare allows 200 a second for each address."""

_STRING = r'"(?:[^"\\]|\\.)*"?'
"""Quoted; to the end when the second mark is missing."""
_ITEM: Final = re.compile(rf"(?:{_STRING}|[^,\"])+")
_PART: Final = re.compile(rf"(?:{_STRING}|[^;\"])+")
_NUMBER: Final = re.compile(r"[0-9]{1,15}(?:\.[0-9]*)?")
_LONGEST_WAIT_S = 86_400


@dataclass(frozen=True, slots=True)
class RateLimit:
    """What the headers of one reply said."""

    remaining: int
    """Requests left in the window."""
    quota: int | None
    """Requests that a window holds."""
    reset_s: int | None = None
    """Seconds until there is more."""

    def used_up(self, left_s: float) -> bool:
        """Nothing remains, and nothing will within `left_s` seconds."""
        return self.remaining <= 0 and (self.reset_s is None or self.reset_s >= left_s)

    @property
    def used_percent(self) -> float | None:
        """Share of the window that is used, 0 to 100."""
        if self.remaining <= 0:
            return 100.0
        if not self.quota:
            return None
        return round(100 * max(0, self.quota - self.remaining) / self.quota, 2)


def read_rate_limit(headers: Mapping[str, str]) -> RateLimit | None:
    """Read Cloudflare's rate limit headers; None when they are absent or unreadable.

    Of several limits the one that has the least share of its policy's quota left: that is the one which ends first. Of
    a limit whose policy is not told no share is known, so it counts only when nothing is left of it, or it is alone.
    """
    quotas: dict[str, int] = {}
    for name, policy in _items(headers.get("Ratelimit-Policy")):
        quotas[name] = max(math.floor(policy.get("q", 0)), quotas.get(name, 0))
    limits = [
        RateLimit(
            remaining=math.floor(limit["r"]),
            quota=quotas.get(name) or None,
            reset_s=math.ceil(limit["t"]) if "t" in limit else None,
        )
        for name, limit in _items(headers.get("Ratelimit"))
        if "r" in limit
    ]
    return min(limits, key=_left, default=None)


def _left(limit: RateLimit) -> tuple[float, int, float]:
    """Orders limits: the one that leaves least comes first; of those that leave nothing, the one that lasts longest."""
    share = limit.remaining / limit.quota if limit.quota else math.inf
    lasts_s = math.inf if limit.reset_s is None else limit.reset_s
    return share if limit.remaining else 0.0, limit.remaining, -lasts_s


def _items(header: str | None) -> Iterator[tuple[str, dict[str, float]]]:
    """The name of each item, and those of its parameters that are numbers."""
    for item in _ITEM.findall(header or ""):
        name, *parameters = (part.strip() for part in _PART.findall(item) or [""])
        if name.startswith('"'):
            name = re.sub(r"\\(.)", r"\1", name[1:].removesuffix('"'))
        pairs = (parameter.partition("=")[::2] for parameter in parameters)
        yield name, {key.strip(): float(value) for key, value in pairs if _NUMBER.fullmatch(value.strip())}


def read_retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds to wait by `Retry-After`, given as seconds or as an HTTP date; None when absent or unreadable.

    A fraction, which the standard does not allow and servers send, is rounded up.
    """
    text = (headers.get("Retry-After") or "").strip()
    if not text:
        return None
    if re.fullmatch(r"[0-9]+(\.[0-9]*)?", text):
        return math.ceil(min(float(text), _LONGEST_WAIT_S))
    try:
        moment = parsedate_to_datetime(text)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        return min(max(0.0, (moment - now).total_seconds()), _LONGEST_WAIT_S)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


class Pacer:
    """Spreads the starts of requests over time, for all threads together."""

    def __init__(
        self,
        starts_per_s: float = STARTS_PER_S,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._interval = 1 / starts_per_s
        self._monotonic = monotonic
        self._sleep = sleep
        self._lock = threading.Lock()
        self._next = 0.0

    def wait(self) -> None:
        """Return when the next request may start."""
        with self._lock:
            now = self._monotonic()
            start = max(now, self._next)
            self._next = start + self._interval
        if start > now:
            self._sleep(start - now)


class RequestBudget:
    """What one run may send on top of its polls: retries and names draw from the same purse."""

    def __init__(self, count: int) -> None:
        self._lock = threading.Lock()
        self._left = count

    def take(self) -> bool:
        """Take one, if there is one left."""
        with self._lock:
            if self._left <= 0:
                return False
            self._left -= 1
            return True
