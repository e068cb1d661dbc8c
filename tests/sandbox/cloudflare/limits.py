"""How much calling the simulated Cloudflare bears, in simulated time: the rate limit, and the lock-out.

The rate limit's numbers are documented (https://developers.cloudflare.com/fundamentals/api/reference/limits/). The
lock-out's are guesses: others report 5 to 15 failures, then blocks of a quarter of an hour to an hour.
"""

from collections import defaultdict, deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum
from math import ceil


class RatelimitHeaders(Enum):
    """What the `Ratelimit` header says."""

    AS_DOCUMENTED = "what is left of the window, and the seconds until some of it comes back"
    AS_SEEN = 'always "default";r=1199;t=1, which is what somebody measured on 130 of 131 answers'
    ABSENT = "not sent, which others have seen for some services"


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a request was told: how many are left, when more come (seconds), how long it is blocked (seconds)."""

    remaining: int
    reset_s: int
    retry_after_s: int | None = None


@dataclass(slots=True)
class RateLimit:
    """1,200 requests in any 300 s for one owner, all its credentials together; one more, and all are refused for 300 s.

    Any 300 s, where Cloudflare says no more than "per five minutes": the strictest reading. Refused requests do not
    prolong the block unless `prolonged` says so, which is not documented.
    """

    quota: int = 1200
    window_s: int = 300
    block_s: int = 300
    prolonged: bool = False
    headers: RatelimitHeaders = RatelimitHeaders.AS_DOCUMENTED
    _counted: defaultdict[str, deque[datetime]] = field(default_factory=lambda: defaultdict(deque), repr=False)
    _blocked: dict[str, datetime] = field(default_factory=dict, repr=False)

    def count(self, owner: str, now: datetime) -> Allowance:
        """Counts a request of this owner, and says whether it may pass."""
        until = self._blocked.get(owner)
        if until is not None and now < until:
            return self._block(owner, now) if self.prolonged else self._refusal(until, now)
        counted, window = self._counted[owner], timedelta(seconds=self.window_s)
        while counted and counted[0] <= now - window:
            counted.popleft()
        if len(counted) >= self.quota:
            return self._block(owner, now)
        counted.append(now)
        return Allowance(self.quota - len(counted), _seconds(counted[0] + window - now))

    def sent(self, allowance: Allowance) -> tuple[tuple[str, str], ...]:
        """The headers that tell the caller."""
        policy = ("Ratelimit-Policy", f'"default";q={self.quota};w={self.window_s}')
        retry = () if allowance.retry_after_s is None else (("Retry-After", str(allowance.retry_after_s)),)
        match self.headers:
            case RatelimitHeaders.AS_DOCUMENTED:
                return (("Ratelimit", f'"default";r={allowance.remaining};t={allowance.reset_s}'), policy, *retry)
            case RatelimitHeaders.AS_SEEN:
                return (("Ratelimit", f'"default";r={self.quota - 1};t=1'), policy, *retry)
            case RatelimitHeaders.ABSENT:
                return retry

    def _block(self, owner: str, now: datetime) -> Allowance:
        self._blocked[owner] = now + timedelta(seconds=self.block_s)
        return self._refusal(self._blocked[owner], now)

    def _refusal(self, until: datetime, now: datetime) -> Allowance:
        left_s = _seconds(until - now)
        return Allowance(0, left_s, left_s)


@dataclass(slots=True)
class Lockout:
    """So many failed authentications from one address within a window, and it is refused every call for a while."""

    failures: int = 30
    window_s: int = 300
    locked_s: int = 900
    _failed: defaultdict[str, deque[datetime]] = field(default_factory=lambda: defaultdict(deque), repr=False)
    _locked: dict[str, datetime] = field(default_factory=dict, repr=False)

    def locked(self, address: str, now: datetime) -> bool:
        """Whether this address is locked out now."""
        until = self._locked.get(address)
        return until is not None and now < until

    def failed(self, address: str, now: datetime) -> None:
        """Counts a failed authentication from this address."""
        failed = self._failed[address]
        while failed and failed[0] <= now - timedelta(seconds=self.window_s):
            failed.popleft()
        failed.append(now)
        if len(failed) >= self.failures:
            failed.clear()
            self._locked[address] = now + timedelta(seconds=self.locked_s)


def _seconds(span: timedelta) -> int:
    return max(0, ceil(span.total_seconds()))
