"""A source: zones that share one credential, polled together once a minute."""

import re
from dataclasses import dataclass, field
from typing import Final

from infra.configuration.problems import Problem
from infra.configuration.section import Section, TextRule
from infra.configuration.zone import Zone, parse_zone
from infra.rate_budget import DEFAULT_REQUESTS_PER_MINUTE, Demand

_KEYS: Final = ("name", "secret", "owner", "existing_secret", "zones", "requests_per_minute")
_NAME: Final = TextRule(re.compile(r"[a-z0-9-]{1,32}"), "1 to 32 lower-case letters, digits and hyphens")
# https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html, parameter Name
_SECRET: Final = TextRule(
    re.compile(r"[A-Za-z0-9/_+=.@-]{1,512}"),
    'the name of a secret in Secrets Manager ("cloudflare-spectrum/main"): letters, digits and /_+=.@-; not its ARN, '
    "and never the token itself",
    shown=False,
)
_LOOKS_LIKE_AN_ARN_SUFFIX: Final = re.compile(r".*-[A-Za-z0-9]{6}")
_OWNER: Final = TextRule(re.compile(r"[!-~]{1,256}"), "a name for the Cloudflare user, without blanks")
_LEAST_REQUESTS_PER_MINUTE: Final = 10
_MOST_REQUESTS_PER_MINUTE: Final = 6_000

HOW_TO_FIND_ZONE_IDS: Final = """\
Where to find the ids: `make discover` lists the zones with Spectrum applications that a token can see;
or in the Cloudflare dashboard on the zone's overview page, under "API", "Zone ID";
or curl -H "Authorization: Bearer $TOKEN" "https://api.cloudflare.com/client/v4/zones?per_page=50"
Fill them in: "zones": ["0123456789abcdef0123456789abcdef"]"""


@dataclass(frozen=True, slots=True)
class Source:
    """A group of zones, their credential, and the Cloudflare user who pays for the requests."""

    path: str = field(compare=False)
    """Where it stands in the configuration."""
    name: str
    secret: str
    """Name of the secret in Secrets Manager."""
    owner: str
    """The Cloudflare user whose rate budget is used; by default the secret stands for it."""
    existing_secret: bool
    """True: the secret is there already. False: the stack creates it, empty."""
    zones: tuple[Zone, ...]
    requests_per_minute: int
    """The owner's budget."""

    @property
    def demand(self) -> Demand:
        """What this source sends every minute."""
        return Demand(
            self.name, self.owner, {zone.path: zone.requests for zone in self.zones}, self.requests_per_minute
        )


def parse_source(value: object, path: str, problems: list[Problem]) -> Source | None:
    """Read a source and its zones; None stands in for what is not one at all."""
    section = Section.read(value, path, problems, known=_KEYS)
    if section is None:
        return None
    secret = section.text("secret", _SECRET)
    existing_secret = section.flag("existing_secret", default=False)
    if _LOOKS_LIKE_AN_ARN_SUFFIX.fullmatch(secret) and not existing_secret:
        section.report(
            "secret",
            "ends with a hyphen and six characters, which Secrets Manager takes for an ARN's end; choose another name.",
        )
    listed = section.items("zones", if_none=f"holds no zone, so there is nothing to poll.\n{HOW_TO_FIND_ZONE_IDS}")
    zones = [parse_zone(zone, section.at("zones", index=index), problems) for index, zone in enumerate(listed)]
    return Source(
        path=path,
        name=section.text("name", _NAME),
        secret=secret,
        owner=section.optional_text("owner", _OWNER) or secret,
        existing_secret=existing_secret,
        zones=tuple(zone for zone in zones if zone is not None),
        requests_per_minute=section.integer(
            "requests_per_minute",
            low=_LEAST_REQUESTS_PER_MINUTE,
            high=_MOST_REQUESTS_PER_MINUTE,
            default=DEFAULT_REQUESTS_PER_MINUTE,
        ),
    )
