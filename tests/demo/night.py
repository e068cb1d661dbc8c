"""The three hours: when they are, which zones there are, and what the schedule does with its events.

Everything follows from one date. The hours lie around its midnight, UTC, so that days and folders change on the way.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Self

from tests.sandbox.cloudflare import Application, IdleApplications, Minutes, Token, World, Zone, make_id
from tests.sandbox.schedule.scheduler import Mishaps

MINUTE: Final = timedelta(minutes=1)
SOURCE: Final = "main"
SECRET: Final = "cloudflare-spectrum/main"
TOKEN: Final = "cfut_" + "FirstTokenOfTheNight" * 2
NEW_TOKEN: Final = "cfut_" + "SecondTokenOfTheNight" * 2
OWNER: Final = "the-one-cloudflare-user"

GAMES: Final = "games.example"
MAIL: Final = "mail.example"
SSH: Final = "ssh.example"

IDLE: Final = "legacy.games.example"
APPEARS: Final = ("arena.games.example", "23:40")
"""An application, and the first minute in which it exists."""
VANISHES: Final = ("pop3.mail.example", "00:26")
"""An application, and the last minute in which it exists."""
REVOKED: Final = "00:21"
REPLACED: Final = "00:24"

LATE_NUMBER: Final = 101
MISHAPS: Final = Mishaps(
    duplicate_every=10,
    duplicate_after_s=20,
    # Only one number of 180 is a multiple: the event that asks for 00:10.
    delay_every=LATE_NUMBER,
    delay_s=80,
    jitter_s=5,
    seed=1,
)
SEED: Final = 321
"""Of the simulated traffic."""

_APPLICATIONS: Final = {
    GAMES: (
        ("play.games.example", "tcp/25565"),
        ("bedrock.games.example", "udp/19132"),
        ("voice.games.example", "udp/9987"),
        (APPEARS[0], "udp/27015-27030"),
        (IDLE, "tcp/25566"),
    ),
    MAIL: (
        ("smtp.mail.example", "tcp/25"),
        ("submission.mail.example", "tcp/587"),
        ("imap.mail.example", "tcp/993"),
        (VANISHES[0], "tcp/995"),
    ),
    SSH: (
        ("git.ssh.example", "tcp/22"),
        ("sftp.ssh.example", "tcp/2222"),
        ("bastion.ssh.example", "tcp/22"),
        ("desktop.ssh.example", "tcp/3389"),
    ),
}
ZONE_IDS: Final = {name: make_id(name) for name in _APPLICATIONS}
ZONE_NAMES: Final = {zone_id: name for name, zone_id in ZONE_IDS.items()}
APPLICATION_LABELS: Final = {
    make_id(zone, name): f"{name} {protocol}"
    for zone, applications in _APPLICATIONS.items()
    for name, protocol in applications
}
"""What CloudWatch calls each application, by Cloudflare's id."""


@dataclass(frozen=True, slots=True)
class Night:
    """From 22:30 to 01:30, around this midnight."""

    midnight: datetime

    @classmethod
    def before(cls, now: datetime) -> Self:
        """The night before the last: its first day is old enough to be read from history, its second is still open."""
        today = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        return cls(today - timedelta(days=1))

    @property
    def begin(self) -> datetime:
        """The first minute."""
        return self.midnight - 90 * MINUTE

    @property
    def end(self) -> datetime:
        """The minute after the last."""
        return self.midnight + 90 * MINUTE

    @property
    def minutes(self) -> tuple[datetime, ...]:
        """All 180, in order."""
        return tuple(self.begin + number * MINUTE for number in range(180))

    def at(self, clock: str) -> datetime:
        """This time of the night: `23:40` is before midnight, `00:10` after it."""
        hour, minute = (int(part) for part in clock.split(":"))
        day = self.midnight - timedelta(days=1 if hour >= 12 else 0)
        return day + timedelta(hours=hour, minutes=minute)

    def between(self, first: str, last: str) -> tuple[datetime, ...]:
        """The minutes from the first to the last, both included."""
        return tuple(minute for minute in self.minutes if self.at(first) <= minute <= self.at(last))

    def world(self) -> World:
        """What exists at Cloudflare: the zones, and a token that is revoked and replaced on the way."""
        existing = {
            APPEARS[0]: Minutes.between(self.at(APPEARS[1]), None),
            VANISHES[0]: Minutes.between(None, self.at(VANISHES[1])),
        }
        zones = tuple(
            Zone(
                ZONE_IDS[zone],
                zone,
                tuple(
                    Application(
                        make_id(zone, name),
                        name,
                        protocol,
                        exists=existing.get(name, Minutes()),
                        idle=Minutes() if name == IDLE else None,
                    )
                    for name, protocol in applications
                ),
                idle_applications=IdleApplications.LEFT_OUT,
            )
            for zone, applications in _APPLICATIONS.items()
        )
        world = World(zones, (Token(TOKEN, owner=OWNER),))
        return world.revoked(TOKEN, self.at(REVOKED)).rotated(TOKEN, NEW_TOKEN, self.at(REPLACED))


def configuration() -> Mapping[str, Any]:
    """What a user would write into cdk.json, under `spectrum`."""
    return {"sources": [{"name": SOURCE, "secret": SECRET, "zones": list(ZONE_IDS.values())}]}
