"""What exists at the simulated Cloudflare: accounts, zones, applications and credentials.

All of it frozen: a change (a token revoked, rotated, a zone replaced) is a new World, set on the running stand-in.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import Enum
from hashlib import blake2b

from .minutes import ALWAYS, Minutes, When, instant

EVERY_ZONE = frozenset({"*"})
NO_ZONE: frozenset[str] = frozenset()
COLOS = ("AMS", "FRA", "IAD", "SIN")


def make_id(*words: object) -> str:
    """An id as Cloudflare writes them, 32 lower-case hexadecimal characters, that depends on the words alone."""
    return blake2b("/".join(map(str, words)).encode(), digest_size=16).hexdigest()


def make_token(*words: object) -> str:
    """A token as Cloudflare writes them, that depends on the words alone. No eight characters of it can be an id's."""
    drawn = blake2b("/".join(map(str, words)).encode(), digest_size=40).digest()
    return "cfut_" + "".join("GHJKLMNPQRSTUVWXYZghjkmnpqrstuvwxyz"[byte % 35] for byte in drawn)


@dataclass(frozen=True, slots=True)
class Account:
    """An account, which owns zones."""

    id: str
    name: str


ACCOUNT = Account(make_id("account"), "Example Account")


@dataclass(frozen=True, slots=True)
class Application:
    """A Spectrum application, the minutes in which it exists and those in which it carries nothing."""

    id: str
    dns_name: str
    protocol: str = "tcp/22"
    exists: Minutes = ALWAYS
    idle: Minutes | None = None


class IdleApplications(Enum):
    """What the analytics answer does with an application without traffic. Undocumented: expect either."""

    ZEROS = "listed with zeros"
    LEFT_OUT = "left out"


@dataclass(frozen=True, slots=True)
class Zone:
    """A zone, its applications, and the data centres that its traffic comes through."""

    id: str
    name: str
    applications: tuple[Application, ...] = ()
    colos: tuple[str, ...] = COLOS
    idle_applications: IdleApplications = IdleApplications.ZEROS
    account: Account = ACCOUNT


@dataclass(frozen=True, slots=True)
class Token:
    """An API token: whose budget it uses, when it is good, and for which zones (ids, or EVERY_ZONE) it may read what.

    A secret that begins with `cfat_` belongs to an account: good for everything but /user/tokens/verify.
    """

    secret: str = field(repr=False)
    owner: str = "user"
    analytics: frozenset[str] = EVERY_ZONE
    settings: frozenset[str] = EVERY_ZONE
    zone_details: frozenset[str] | None = None
    """None: as documented, where any of the other permissions is enough to read a zone's name."""
    listed: frozenset[str] | None = None
    """The zones that /zones shows, by Zone Read; None: those whose names may be read."""
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    """From this moment on it is refused."""
    settled_from: datetime | None = None
    """Until this moment a new token may be refused with 403, because it is not yet known everywhere."""

    @property
    def account_owned(self) -> bool:
        return self.secret.startswith("cfat_")

    def valid(self, now: datetime) -> bool:
        """Whether this is a token at all, at this moment."""
        return (self.valid_from is None or self.valid_from <= now) and (
            self.valid_until is None or now < self.valid_until
        )


@dataclass(frozen=True, slots=True)
class GlobalKey:
    """An e-mail address and its global API key, which may read everything in these zones."""

    email: str
    key: str = field(repr=False)
    owner: str = "user"
    zones: frozenset[str] = EVERY_ZONE


Credential = Token | GlobalKey


@dataclass(frozen=True, slots=True)
class World:
    """Everything that exists."""

    zones: tuple[Zone, ...] = ()
    tokens: tuple[Token, ...] = ()
    keys: tuple[GlobalKey, ...] = ()

    def zone(self, zone_id: str) -> Zone | None:
        """The zone with this id."""
        return next((zone for zone in self.zones if zone.id == zone_id), None)

    def token(self, secret: str) -> Token | None:
        """The token with this secret, good or not."""
        return next((token for token in self.tokens if token.secret == secret), None)

    def with_zone(self, zone: Zone) -> "World":
        """The world with this zone in place of the one that has its id, or added."""
        others = tuple(other for other in self.zones if other.id != zone.id)
        return replace(self, zones=(*others, zone))

    def with_token(self, token: Token) -> "World":
        """The world with this token in place of the one that has its secret, or added."""
        others = tuple(other for other in self.tokens if other.secret != token.secret)
        return replace(self, tokens=(*others, token))

    def revoked(self, secret: str, at: When) -> "World":
        """The world in which this token is refused from that moment on. Raises KeyError when there is no such token."""
        return self.with_token(replace(self._existing(secret), valid_until=instant(at)))

    def rotated(self, secret: str, successor: str, at: When) -> "World":
        """The world in which another token with the same permissions takes over at that moment.

        The old one stays as it is (an earlier `revoked` leaves a gap) or ends then. Raises KeyError likewise.
        """
        old, moment = self._existing(secret), instant(at)
        ended = replace(old, valid_until=min(old.valid_until or moment, moment))
        return self.with_token(ended).with_token(
            replace(old, secret=successor, valid_from=moment, valid_until=None, settled_from=None)
        )

    def _existing(self, secret: str) -> Token:
        token = self.token(secret)
        if token is None:
            raise KeyError("this world has no token with that secret: add it first, by with_token")
        return token
