"""The simulated API itself: from a request to what Cloudflare would answer, without a socket and without faults."""

import time
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import Lock

from .answers import Answer, answering, envelope, refusing, zone_details
from .authentication import authenticate
from .calls import Call, Exchange, is_zone_id
from .limits import Lockout, RateLimit
from .permissions import allowed
from .refusals import (
    INVALID_TOKEN,
    LOCKED_OUT,
    METHOD_NOT_ALLOWED,
    NO_ROUTE,
    NOT_PERMITTED,
    RATE_LIMITED,
    UNKNOWN_ZONE,
    Refusal,
)
from .results import applications, current_usage, verification, zones
from .traffic import Traffic
from .world import Credential, World

Clock = Callable[[], datetime]


def machine_clock() -> datetime:
    """The machine's own time."""
    return datetime.now(UTC)


@dataclass(slots=True)
class Api:
    """Cloudflare's API over a world, its traffic and a clock. The knobs stand where Cloudflare's answer may vary."""

    world: World
    traffic: Traffic = field(default_factory=Traffic)
    clock: Clock = machine_clock
    unknown_token: Refusal = INVALID_TOKEN
    not_permitted: Refusal = NOT_PERMITTED
    unknown_zone: Refusal = UNKNOWN_ZONE
    locked_out: Refusal = LOCKED_OUT
    rate_limit: RateLimit = field(default_factory=RateLimit)
    lockout: Lockout = field(default_factory=Lockout)
    address_limit_per_s: int | None = None
    """Requests a second, in real time, that one address may make; Cloudflare documents 200. None: any number."""
    _lock: Lock = field(default_factory=Lock, repr=False)
    _arrivals: defaultdict[str, deque[float]] = field(default_factory=lambda: defaultdict(deque), repr=False)

    def answer(self, exchange: Exchange) -> Answer:
        """What Cloudflare would answer. Counts the request towards the limits."""
        request, now = exchange.request, exchange.now
        with self._lock:
            if self._too_fast(request.address):
                return refusing(RATE_LIMITED).with_headers([("Retry-After", "1")])
            if self.lockout.locked(request.address, now):
                return refusing(self.locked_out)
            caller = authenticate(request.headers, self.world, now, self.unknown_token)
            if isinstance(caller, Refusal):
                return refusing(caller)
            allowance = self.rate_limit.count(caller.owner, now)
        blocked = allowance.retry_after_s is not None
        answer = refusing(RATE_LIMITED) if blocked else self._permitted(exchange, caller)
        return answer.with_headers(self.rate_limit.sent(allowance))

    def failed_authentication(self, exchange: Exchange) -> None:
        """Counts an answer that refused a credential towards the caller's lock-out."""
        with self._lock:
            self.lockout.failed(exchange.request.address, exchange.now)

    def _too_fast(self, address: str) -> bool:
        if self.address_limit_per_s is None:
            return False
        arrivals, now = self._arrivals[address], time.monotonic()
        while arrivals and arrivals[0] <= now - 1:
            arrivals.popleft()
        arrivals.append(now)
        return len(arrivals) > self.address_limit_per_s

    def _permitted(self, exchange: Exchange, caller: Credential) -> Answer:
        if exchange.request.method != "GET":
            return refusing(METHOD_NOT_ALLOWED)
        match exchange.call:
            case None:
                return refusing(NO_ROUTE)
            case Call.VERIFY:
                return verification(caller)
            case Call.ZONES:
                return zones(exchange, self.world, caller)
            case call:
                return self._of_zone(exchange, call, exchange.zone_id or "", caller)

    def _of_zone(self, exchange: Exchange, call: Call, zone_id: str, caller: Credential) -> Answer:
        if is_zone_id(zone_id) and not allowed(caller, call, zone_id):
            return refusing(self.not_permitted)
        zone = self.world.zone(zone_id)
        if zone is None:
            return refusing(self.unknown_zone.at(exchange.request.path))
        if call is Call.USAGE:
            return current_usage(exchange, zone, self.world, self.traffic)
        if call is Call.APPLICATIONS:
            return applications(exchange, zone)
        return answering(envelope(zone_details(zone)))
