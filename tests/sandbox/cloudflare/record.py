"""What the stand-in was asked and what it truly served, for tests to hold the product's books against."""

from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from typing import Self

from .answers import ServedKey
from .authentication import fingerprint
from .calls import Call, Exchange
from .traffic import Reading


@dataclass(frozen=True, slots=True)
class Asked:
    """One request, recorded before its answer goes out."""

    at: datetime
    """In simulated time."""
    monotonic_s: float
    """When it came, in real time: differences show pace and overlap."""
    method: str
    path: str
    query: dict[str, str]
    call: Call | None
    zone_id: str | None
    minute: datetime
    """The minute that the answer describes."""
    credential: str | None
    """Fingerprint of the token or key; None when none was sent."""
    status: int
    """The status of the answer, also where the wire fault `fault` kept it from arriving."""
    fault: str | None
    at_once: int
    """How many requests waited for their first byte when this one came, itself included."""

    @classmethod
    def of(cls, exchange: Exchange, came: float, status: int, fault: str | None, at_once: int) -> Self:
        """What is recorded of an exchange."""
        request = exchange.request
        return cls(
            at=exchange.now,
            monotonic_s=came,
            method=request.method,
            path=request.path,
            query=request.query,
            call=exchange.call,
            zone_id=exchange.zone_id,
            minute=exchange.minute,
            credential=fingerprint(request.headers),
            status=status,
            fault=fault,
            at_once=at_once,
        )


class Record:
    """The requests in the order in which they were answered, and the numbers that went out whole."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._requests: list[Asked] = []
        self._served: dict[ServedKey, Reading] = {}
        self._times: dict[ServedKey, int] = {}

    @property
    def requests(self) -> tuple[Asked, ...]:
        """All requests so far."""
        with self._lock:
            return tuple(self._requests)

    @property
    def number(self) -> int:
        """How many requests there were."""
        with self._lock:
            return len(self._requests)

    def since(self, number: int) -> tuple[Asked, ...]:
        """The requests after the first `number`: of a long day nobody wants to copy all for each minute."""
        with self._lock:
            return tuple(self._requests[number:])

    def has_served(self, key: ServedKey) -> bool:
        """Whether this went out whole and true."""
        with self._lock:
            return key in self._served

    @property
    def served(self) -> dict[ServedKey, Reading]:
        """What went out whole and true. A number in a spoilt answer is not in it, nor one whose caller left before."""
        with self._lock:
            return dict(self._served)

    def asked(self, asked: Asked) -> None:
        """Records a request."""
        with self._lock:
            self._requests.append(asked)

    def serving(self, readings: tuple[tuple[ServedKey, Reading], ...]) -> None:
        """Records numbers that are about to go out: before, so that a caller that has them finds them here."""
        with self._lock:
            for key, reading in readings:
                self._served[key] = reading
                self._times[key] = self._times.get(key, 0) + 1

    def not_served(self, readings: tuple[tuple[ServedKey, Reading], ...]) -> None:
        """Takes back numbers that did not get through, unless they did another time."""
        with self._lock:
            for key, _ in readings:
                self._times[key] -= 1
                if not self._times[key]:
                    del self._served[key]

    def clear(self) -> None:
        """Forgets everything."""
        with self._lock:
            self._requests.clear()
            self._served.clear()
            self._times.clear()
