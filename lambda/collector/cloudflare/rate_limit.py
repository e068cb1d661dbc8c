"""What Cloudflare allows, what is left of it, and how fast to go.

Headers: `Ratelimit: "default";r=1199;t=1`, `Ratelimit-Policy: "default";q=1200;w=300`, `Retry-After: 30`
(developers.cloudflare.com/fundamentals/api/reference/limits).
"""

import re
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

STARTS_PER_S: Final = 150.0
"""Cloudflare allows 200 a second for each address."""

_PARAMETER = re.compile(r";\s*([a-z]+)\s*=\s*(\d{1,15})")
_LONGEST_WAIT_S = 86_400.0


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
        if not self.quota:
            return None
        return round(100 * max(0, self.quota - self.remaining) / self.quota, 2)


def read_rate_limit(headers: Mapping[str, str]) -> RateLimit | None:
    """Read Cloudflare's rate limit headers; None when they are absent or unreadable."""
    now = _parameters(headers.get("Ratelimit"))
    if "r" not in now:
        return None
    quota = _parameters(headers.get("Ratelimit-Policy")).get("q")
    return RateLimit(remaining=now["r"], quota=quota, reset_s=now.get("t"))


def read_retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds to wait by `Retry-After`, given as seconds or as an HTTP date; None when absent or unreadable."""
    text = (headers.get("Retry-After") or "").strip()
    if not text:
        return None
    if text.isascii() and text.isdigit():
        return min(float(text[:9]), _LONGEST_WAIT_S)
    try:
        moment = parsedate_to_datetime(text)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        return min(max(0.0, (moment - now).total_seconds()), _LONGEST_WAIT_S)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _parameters(header: str | None) -> dict[str, int]:
    return {name: int(value) for name, value in _PARAMETER.findall(header or "")}


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


class SpareRequests:
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
