"""Which Spectrum applications many zones have, asked carefully: one zone at a time until one has answered.

Cloudflare counts refusals, and locks out who collects too many: after three without a success nobody is asked again.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from collector.cloudflare.listing import Listing, ListingFailed, ListingRefused, ListingStopped
from collector.naming.refresh import READERS, REFUSALS


class Names(StrEnum):
    """Whether a zone's applications, and so their names, could be read."""

    READABLE = "readable"
    FORBIDDEN = "forbidden"
    FAILED = "failed"
    NOT_ASKED = "not_asked"


@dataclass(frozen=True, slots=True)
class Applications:
    """What came of asking for one zone's applications."""

    names: Names
    ids: frozenset[str] = frozenset()
    message: str = ""
    """Why not readable."""


class Inventory:
    """Reads the lists of many zones with one credential."""

    def __init__(self, listing: Listing, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._listing = listing
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._found: dict[str, Applications] = {}
        self._stop: Applications | None = None
        """What is said of every zone that was not asked."""
        self._proven = False
        self._refusals = 0
        self._failures = 0

    def of(self, zone_ids: Iterable[str]) -> dict[str, Applications]:
        """The applications by zone. Ends when the listing's time is up, whatever Cloudflare does; never raises."""
        zones = list(zone_ids)
        thread = threading.Thread(target=self._read, args=(deque(zones),), daemon=True)
        thread.start()
        thread.join(max(0.0, self._listing.until - self._monotonic()))
        with self._lock:
            rest = self._stop or Applications(Names.NOT_ASKED, message=_OUT_OF_TIME)
            self._stop = rest
            return {zone_id: self._found.get(zone_id, rest) for zone_id in zones}

    def _read(self, due: deque[str]) -> None:
        while not self._proven:
            if not self._next(due):
                return
        threads = [
            threading.Thread(target=self._read_rest, args=(due,), daemon=True) for _ in range(min(READERS, len(due)))
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _read_rest(self, due: deque[str]) -> None:
        while self._next(due):
            pass

    def _next(self, due: deque[str]) -> bool:
        with self._lock:
            if not due or self._stop:
                return False
            zone_id = due.popleft()
        found = self._ask(zone_id)
        with self._lock:
            if found.names is not Names.NOT_ASKED:
                self._found[zone_id] = found
            self._judge(found)
        return True

    def _ask(self, zone_id: str) -> Applications:
        try:
            return Applications(Names.READABLE, frozenset(self._listing.apps(zone_id)))
        except ListingRefused as refused:
            return Applications(Names.FORBIDDEN, message=f"{_FORBIDDEN} ({refused})")
        except ListingFailed as failed:
            return Applications(Names.FAILED, message=str(failed))
        except ListingStopped:
            return Applications(Names.NOT_ASKED, message=_STOPPED)

    def _judge(self, found: Applications) -> None:
        self._proven |= found.names is Names.READABLE
        self._refusals += found.names is Names.FORBIDDEN
        self._failures += found.names is Names.FAILED
        if found.names is Names.NOT_ASKED:
            self._stop = self._stop or found
        elif not self._proven and max(self._refusals, self._failures) >= REFUSALS:
            self._stop = self._stop or Applications(Names.NOT_ASKED, message=_HOPELESS + found.message)


_FORBIDDEN: Final = "the applications may not be listed: give the token Zone Settings Read"
_OUT_OF_TIME: Final = "not asked: the time was up"
_STOPPED: Final = "not asked: Cloudflare's rate limit, or what this command may send, was used up"
_HOPELESS: Final = f"not asked, as {REFUSALS} other zones in a row gave no answer: "
