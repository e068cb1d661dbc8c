"""How many requests a source may send to Cloudflare: the arithmetic behind polls, retries and names.

Cloudflare counts per user, all tokens and keys together: 1,200 requests in any 300 s, and past that it refuses every
call for the next five minutes (https://developers.cloudflare.com/fundamentals/api/reference/limits/). A poll is due
every 60 s, but none starts exactly on its second, so six of them can fall into one such window. (Seven could, if two in
a row were the latest possible; then the collector's reading of Cloudflare's own counter has to hold back.)

So one run of all the sources of an owner (a Cloudflare user) may send a sixth of the window, 200 requests. Nine tenths
of it, 180, may be polls; what the polls leave is spare, for retries and names.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

WINDOW_REQUESTS: Final = 1_200
WINDOW_SECONDS: Final = 300
RUNS_IN_WINDOW: Final = 6
DEFAULT_REQUESTS_PER_MINUTE: Final = 180

_SPARE_BASE: Final = 20
_SPARE_PER_POLL: Final = 3


@dataclass(frozen=True, slots=True)
class Demand:
    """What one source sends every minute."""

    source: str
    owner: str
    """The Cloudflare user whose budget it uses."""
    polls: Mapping[str, int]
    """Requests of one run by zone; the key says which zone, in words of the configuration."""
    requests_per_minute: int
    """The owner's budget, the same on all its sources."""

    @property
    def total(self) -> int:
        """Requests of one run, retries and names not counted."""
        return sum(self.polls.values())


def window_requests(requests_per_minute: int) -> int:
    """Requests that the owner may send in 300 s: 1,200 at the default budget, in proportion at any other."""
    return requests_per_minute * WINDOW_REQUESTS // DEFAULT_REQUESTS_PER_MINUTE


def run_requests(requests_per_minute: int) -> int:
    """Requests that one run of all the owner's sources may send, so that six runs fit into the window."""
    return window_requests(requests_per_minute) // RUNS_IN_WINDOW


def spare_requests(demands: Iterable[Demand]) -> dict[str, int]:
    """Requests that one run of each source may send on top of its polls, for retries and names.

    The owner's spare is what the polls leave of `run_requests`, and at most 20 + 3 for each poll: a run that wants
    more than three retries of everything and twenty pages of names is a run in trouble, and the rest belongs to
    whatever else this Cloudflare user does. Each source gets one, and of the others its share by polls, rounded down:
    the sum is never more than the owner's spare. Call it only when `overdrafts` found nothing.
    """
    spare: dict[str, int] = {}
    for sources in by_owner(demands).values():
        polls = sum(demand.total for demand in sources)
        left = run_requests(sources[0].requests_per_minute) - polls
        shared = min(left, _SPARE_BASE + _SPARE_PER_POLL * polls) - len(sources)
        for demand in sources:
            spare[demand.source] = 1 + shared * demand.total // polls
    return spare


def overdrafts(demands: Iterable[Demand]) -> Iterator[tuple[Sequence[Demand], str]]:
    """Find each owner whose sources do not fit into its budget, and say so with the arithmetic and a way out."""
    for sources in by_owner(demands).values():
        polls = sum(demand.total for demand in sources)
        budget = sources[0].requests_per_minute
        left = run_requests(budget) - polls
        if polls > budget:
            yield sources, "\n".join(_over_budget(sources, polls, budget))
        elif left < len(sources):
            yield (
                sources,
                f"{len(sources)} sources share owner {sources[0].owner!r}, and its polls leave {left} spare requests a "
                f"minute: too few to give every source one for a retry.\nPut their zones into fewer sources.",
            )


@dataclass(frozen=True, slots=True)
class Part:
    """Zones that fit into one budget together."""

    zones: tuple[str, ...]
    requests: int


def split(sources: Iterable[Demand], budget: int) -> list[Part]:
    """Share the zones out, in configured order, so that each part fits the budget; a zone is never divided."""
    parts: list[Part] = []
    for demand in sources:
        for zone, requests in demand.polls.items():
            if parts and parts[-1].requests + requests <= budget:
                parts[-1] = Part((*parts[-1].zones, zone), parts[-1].requests + requests)
            else:
                parts.append(Part((zone,), requests))
    return parts


def by_owner(demands: Iterable[Demand]) -> dict[str, list[Demand]]:
    """Group the sources by the Cloudflare user who pays for them."""
    owners: defaultdict[str, list[Demand]] = defaultdict(list)
    for demand in demands:
        owners[demand.owner].append(demand)
    return dict(owners)


def _over_budget(sources: Sequence[Demand], polls: int, budget: int) -> Iterator[str]:
    yield f"owner {sources[0].owner!r} needs {polls:,} requests a minute; its budget is {budget:,}."
    for demand in sources:
        yield f"{demand.source}: {len(demand.polls):,} zones, one request for each, or for each colo: {demand.total:,}"
    yield (
        f"Cloudflare allows a user {window_requests(budget):,} requests in any {WINDOW_SECONDS} s, all its tokens; "
        f"{RUNS_IN_WINDOW} polls can fall into it: {RUNS_IN_WINDOW} x {polls:,} = {RUNS_IN_WINDOW * polls:,}."
    )
    yield (
        f"So a minute may have {run_requests(budget):,}, and {run_requests(budget) - budget:,} of them are kept for "
        "retries and names."
    )
    for zone, requests in _zones_over(sources, budget):
        yield f"{zone} alone needs {requests:,}: list at most {budget:,} colos, or leave colos out."
    parts = split(sources, budget)
    if len(parts) > 1:
        yield "Make each part a source of its own, with a secret of another Cloudflare user (not another token):"
        for number, part in enumerate(parts, start=1):
            zones = part.zones[0] if len(part.zones) == 1 else f"{part.zones[0]} to {part.zones[-1]}"
            yield f"{number}. {zones}: {part.requests:,}"
        yield (
            "Or poll fewer zones or colos. If Cloudflare has raised this user's limit, set requests_per_minute to "
            "15% of what it allows in 300 s."
        )


def _zones_over(sources: Sequence[Demand], budget: int) -> Iterator[tuple[str, int]]:
    for demand in sources:
        yield from ((zone, requests) for zone, requests in demand.polls.items() if requests > budget)
