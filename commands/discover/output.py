"""What was found, for people: on standard error, so that standard output holds nothing but the fragment."""

import sys
from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.text import Text

from commands.discover.composition import Composition
from commands.discover.finding import FoundZone
from commands.saying import say
from commands.table import Row, print_zones
from commands.terminal import WIDE, harmless


def show_zones(zones: Sequence[FoundZone]) -> None:
    """Print the zones with applications, and those that could not be asked, each with its reason."""
    screen = Console(stderr=True, highlight=False, width=None if sys.stderr.isatty() else WIDE)
    rows = [_row(each) for each in zones if each.has_applications or each.not_known]
    print_zones(screen, ("zone", "id", "applications"), rows)
    say(_summary(zones), sys.stderr)


def _row(each: FoundZone) -> Row:
    count = "not known" if each.not_known else f"{len(each.applications.ids):,}"
    return Row((Text(harmless(each.zone.name)), Text(each.zone.id), Text(count)), each.applications.message)


def notes(composition: Composition) -> Iterator[str]:
    """What a person should know of the composition."""
    yield from composition.notes
    if composition.arithmetic:
        yield "One source is not enough:"
        yield from (f"  {line}" for line in composition.arithmetic.splitlines())
        secrets = ", ".join(composition.new_secrets)
        yield f"So there are further sources; each needs a token of another Cloudflare user in its secret: {secrets}."


def _summary(zones: Sequence[FoundZone]) -> str:
    have = sum(each.has_applications for each in zones)
    unknown = sum(each.not_known for each in zones)
    if not zones:
        return "This credential sees no zone: give it Zone Read, and Zone Settings Read, on the zones to be polled."
    return (
        f"{len(zones):,} zones are visible: {have:,} with Spectrum applications, "
        f"{len(zones) - have - unknown:,} without, {unknown:,} of which that is not known."
    )
