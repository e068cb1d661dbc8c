"""What synth says about the bill. How many applications there are is Cloudflare's to know, so it says a range."""

import json
from dataclasses import dataclass
from typing import Final

from infra.configuration import Configuration
from infra.configuration.source import Source
from infra.cost.bill import Bill
from infra.cost.estimation import estimate
from infra.cost.prices import AS_OF, REGION
from infra.cost.workload import Workload

_NAMED_LINES: Final = 3


@dataclass(frozen=True, slots=True)
class Announcement:
    """One or two sentences for whoever deploys."""

    info: str
    warning: str | None
    """Only when `monthly_limit_dollars` may be passed."""


def announcement(configuration: Configuration) -> Announcement:
    """Say what a month costs, in between the fewest and the most application metrics that there can be."""
    least, most = sorted(
        (estimate(configuration, Workload()), estimate(configuration, _full(configuration))),
        key=lambda bill: bill.total,
    )
    return Announcement(_info(least, most), _warning(configuration, least, most))


def _full(configuration: Configuration) -> Workload:
    """Applications enough to fill `metric_limit`, dealt out to the zones, and one in each zone at least."""
    applications: dict[str, int] = {}
    for source in configuration.sources:
        applications |= _filling(source, configuration)
    return Workload(applications=applications)


def _filling(source: Source, configuration: Configuration) -> dict[str, int]:
    each = -(-configuration.metric_limit // (len(configuration.metrics) * len(source.zones)))
    return {zone.id: max(1, -(-each // zone.requests)) for zone in source.zones}


def _info(least: Bill, most: Bill) -> str:
    named = sorted(most.lines, key=lambda line: -line.dollars)[:_NAMED_LINES]
    lines = ", ".join(f"{line.service} {line.what} {_dollars(line.dollars)}" for line in named)
    lever = ""
    if most.levers:
        best = most.levers[0]
        lever = f' Most would save "{best.key}": {json.dumps(best.value)}: {_dollars(best.dollars)}.'
    return (
        f"A month costs {_dollars(least.total)} with one application in each zone and {_dollars(most.total)} with as "
        f"many as metric_limit lets in; how many there are is not known here. Of the latter, {lines}.{lever} "
        f"List prices of {REGION} of {AS_OF}, free tiers left out: docs/cost.md, or `make cost`."
    )


def _warning(configuration: Configuration, least: Bill, most: Bill) -> str | None:
    limit = configuration.monthly_limit_dollars
    if limit is None or most.total <= limit:
        return None
    costs = "costs at least" if least.total > limit else "may cost up to"
    dollars = least.total if least.total > limit else most.total
    return (
        f"A month {costs} {_dollars(dollars)}, and monthly_limit_dollars is {limit:,}. "
        "Use a lever of docs/cost.md, or raise the limit."
    )


def _dollars(dollars: float) -> str:
    return f"${dollars:,.2f}"
