"""A zone to poll: `"<id>"`, or `{"id": …, "name": …, "app_ids": […], "colos": […]}`."""

import re
from dataclasses import dataclass, field
from typing import Final

from infra.configuration.problems import Problem
from infra.configuration.section import Section, TextRule

_KEYS: Final = ("id", "name", "app_ids", "colos")
_MOST_APP_IDS: Final = 100
_MOST_COLOS: Final = 1_000
_ID: Final = TextRule(
    re.compile(r"[0-9a-f]{32}"),
    "32 lower-case hexadecimal characters, as the zone's overview page in the Cloudflare dashboard shows them",
)
_APP_ID: Final = TextRule(re.compile(r"[0-9a-f]{32}"), "32 lower-case hexadecimal characters")
_COLO: Final = TextRule(re.compile(r"[A-Z]{3}"), 'a data centre as three capital letters ("AMS")')
PRINTABLE: Final = r"[^\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufeff]"
"""Neither a control character, nor a line end, nor a mark that turns the direction of writing."""
_NAME: Final = TextRule(
    re.compile(rf"(?!\s){PRINTABLE}{{1,255}}(?<!\s)"), "1 to 255 printable characters, no blank at an end"
)


@dataclass(frozen=True, slots=True)
class Zone:
    """One zone, polled whole or by data centre."""

    path: str = field(compare=False)
    """Where it stands in the configuration."""
    id: str
    name: str | None
    app_ids: tuple[str, ...]
    """Only these applications; empty: all."""
    colos: tuple[str, ...]
    """One request for each of these data centres; empty: one for all together."""

    @property
    def requests(self) -> int:
        """Requests that one poll of this zone takes."""
        return max(1, len(self.colos))


def parse_zone(value: object, path: str, problems: list[Problem]) -> Zone | None:
    """Read a zone, given as an id or as an object; None stands in for what is neither."""
    entries = {"id": value} if isinstance(value, str) else value
    section = Section.read(entries, path, problems, known=_KEYS)
    if section is None:
        return None
    return Zone(
        path=path,
        id=section.text("id", _ID),
        name=section.optional_text("name", _NAME),
        app_ids=section.texts("app_ids", _APP_ID, most=_MOST_APP_IDS),
        colos=section.texts("colos", _COLO, most=_MOST_COLOS),
    )
