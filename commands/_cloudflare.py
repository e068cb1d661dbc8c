"""Cloudflare as the commands call it: with the collector's own client, within its rate limit."""

import re
import threading
import time
from collections import deque
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final

from cloudflare_api.apps import Listing, ListingFailed, ListingRefused, ListingStopped, NamedApps
from cloudflare_api.client import NoReply, Transport
from cloudflare_api.credential import Credential
from cloudflare_api.response import Kind, judge
from collector.handler import base_url_faults, base_url_of
from collector.name_cache import MAX_CONCURRENCY, REFUSALS
from commands._aws import CommandFailed

ZONES_PER_PAGE: Final = 50
"""The most that Cloudflare gives of zones."""
_ZONE_ID: Final = re.compile(r"[0-9a-f]{32}")
"""It becomes part of a path: nothing else may."""


def checked_base_url(environment: Mapping[str, str]) -> str:
    """Where the API answers. Raises CommandFailed when the environment names a place that must not get a credential."""
    base_url = base_url_of(environment)
    if faults := base_url_faults(base_url):
        raise CommandFailed("; ".join(faults) + ".")
    return base_url


def says_valid(transport: Transport, credential: Credential, until: float) -> bool:
    """Whether Cloudflare says that this token is valid and active.

    False proves nothing: GET /user/tokens/verify knows neither global keys nor tokens that an account owns.
    """
    if time.monotonic() >= until:
        return False
    try:
        verdict = judge(transport.get("/user/tokens/verify", credential, until))
    except NoReply:
        return False
    result = verdict.envelope.result if verdict.kind is Kind.GOOD and verdict.envelope else None
    return isinstance(result, dict) and result.get("status") == "active"


@dataclass(frozen=True, slots=True)
class SeenZone:
    """A zone that a credential can see."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Directory(Listing):
    """Reads which zones a credential can see, too. Source: GET /zones (Zone Read)."""

    def zones(self) -> list[SeenZone]:
        """Every zone, once, in Cloudflare's order. Raises as `Listing.apps`: all of them come, or an error."""
        return list(self._whole_list("/zones", ZONES_PER_PAGE, "zones", _zone).values())


def _zone(item: object) -> tuple[str, SeenZone]:
    zone_id, name = (item.get("id"), item.get("name")) if isinstance(item, dict) else (None, None)
    if not isinstance(zone_id, str) or not _ZONE_ID.fullmatch(zone_id) or not isinstance(name, str):
        raise ListingFailed("the list of zones holds one without a usable id or name, so nothing of it is used")
    # JSON may hold half of a surrogate pair, which no file takes.
    return zone_id, SeenZone(zone_id, name.encode("utf-8", "replace").decode())


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
    named: NamedApps = field(default_factory=dict)
    message: str = ""
    """Why not readable."""
    zone_name: str | None = None
    """The zone's own name, where it was asked for and could be read."""

    @property
    def ids(self) -> frozenset[str]:
        """Of the applications."""
        return frozenset(self.named)


class AppLister:
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

    def of(self, zone_ids: Iterable[str], unnamed: Collection[str] = ()) -> dict[str, Applications]:
        """The applications by zone, and then the names of `unnamed` zones, for which requests may not be left.

        Ends when the listing's time is up, whatever Cloudflare does; never raises.
        """
        zones = list(zone_ids)
        thread = threading.Thread(target=self._read, args=(deque(zones), unnamed), daemon=True)
        thread.start()
        thread.join(max(0.0, self._listing.until - self._monotonic()))
        with self._lock:
            rest = self._stop or Applications(Names.NOT_ASKED, message=_OUT_OF_TIME)
            self._stop = rest
            return {zone_id: self._found.get(zone_id, rest) for zone_id in zones}

    def _read(self, due: deque[str], unnamed: Collection[str]) -> None:
        while not self._proven:
            if not self._next(due):
                return
        self._all(self._next, due)
        with self._lock:
            readable = [zone_id for zone_id, found in self._found.items() if found.names is Names.READABLE]
        nameless = deque(zone_id for zone_id in readable if zone_id in unnamed)
        if self._next_name(nameless):
            self._all(self._next_name, nameless)

    def _all(self, take_next: Callable[[deque[str]], bool], due: deque[str]) -> None:
        def work() -> None:
            while take_next(due):
                pass

        threads = [threading.Thread(target=work, daemon=True) for _ in range(min(MAX_CONCURRENCY, len(due)))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _next_name(self, due: deque[str]) -> bool:
        """Read the next zone's name. What is wanted less than the lists ends at the first error."""
        with self._lock:
            if not due or self._stop:
                return False
            zone_id = due.popleft()
        try:
            name = self._listing.zone_name(zone_id)
        except (ListingRefused, ListingFailed, ListingStopped):
            return False
        with self._lock:
            self._found[zone_id] = replace(self._found[zone_id], zone_name=name)
        return True

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
            return Applications(Names.READABLE, self._listing.apps(zone_id))
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
