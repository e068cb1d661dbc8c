"""What synth says about the bill. How many applications there are is Cloudflare's to know, so it says a range."""

import json
import math
from dataclasses import dataclass
from typing import Final

from infra.configuration import Configuration
from infra.configuration.source import Source
from infra.cost.bill import Bill
from infra.cost.estimation import estimate
from infra.cost.prices import AS_OF, REGION
from infra.cost.workload import Workload

_NAMED_LINES: Final = 3
_HARDLY: Final = 0.05
"""Dollars."""


@dataclass(frozen=True, slots=True)
class Announcement:
    """A few sentences for whoever deploys."""

    text: str
    warns: bool
    """A month may cost more than `monthly_limit_dollars`."""


def announcement(configuration: Configuration) -> Announcement:
    """Say what a month costs, in between the fewest and the most application metrics that there can be."""
    least, most = sorted(
        (estimate(configuration, Workload()), estimate(configuration, _full(configuration))),
        key=lambda bill: bill.total,
    )
    limit = configuration.monthly_limit_dollars
    if limit is None or most.total <= limit:
        return Announcement(_said(least, most), warns=False)
    above = "is" if least.total > limit else "may be"
    return Announcement(f"This {above} above monthly_limit_dollars ({limit:,}). {_said(least, most)}", warns=True)


def _full(configuration: Configuration) -> Workload:
    """Applications enough to fill `metric_limit`, dealt out to the zones whose number is not known."""
    applications: dict[str, int] = {}
    for source in configuration.sources:
        applications |= _filling(source, configuration)
    return Workload(applications=applications)


def _filling(source: Source, configuration: Configuration) -> dict[str, int]:
    zones = [zone for zone in source.zones if not zone.app_ids]
    # Of one zone; each application has them once for each of its colos.
    metrics = configuration.metric_limit / max(1, len(zones))
    return {zone.id: max(1, math.ceil(metrics / len(configuration.metrics) / zone.requests)) for zone in zones}


def _said(least: Bill, most: Bill) -> str:
    named = sorted(most.lines, key=lambda line: -line.dollars)[:_NAMED_LINES]
    lines = ", ".join(f"{line.service} {line.what} {_dollars(line.dollars)}" for line in named)
    lever = ""
    if most.levers:
        best = most.levers[0]
        lever = f' Most would save "{best.key}": {json.dumps(best.value)}: {_dollars(best.dollars)}.'
    return (
        f"{_range(least.total, most.total)} Of {_dollars(most.total)}: {lines}.{lever} "
        f"List prices of {REGION}, looked up on {AS_OF}, free tiers left out: docs/cost.md, or `make cost`."
    )


def _range(least: float, most: float) -> str:
    if most - least < _HARDLY:
        return f"A month costs {_dollars(most)}, and more applications hardly change that."
    return (
        f"A month costs {_dollars(least)} with one application in each zone, and {_dollars(most)} with as many as "
        "metric_limit lets in; how many there are is not known here."
    )


def _dollars(dollars: float) -> str:
    return f"${dollars:,.2f}"
