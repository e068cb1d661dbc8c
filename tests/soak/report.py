"""What a person reads of a soak: how far it is, what it found, and how to run a seed again."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from tests.soak.model.finding import Sort
from tests.soak.seed import TIMEOUT_S, Result

_SHOWN = 5
"""Findings of a seed: the first ones tell most."""


def line_of(result: Result) -> str:
    """One seed in one line."""
    faults = sum(result.struck.values())
    bad = ", ".join(f"{sort} {result.count(sort)}" for sort in Sort)
    return (
        f"seed {result.seed:>4}  {result.midnight:%Y-%m-%d}  {result.requests:>6,} minutes x requests  "
        f"{faults:>5,} faults  {bad}  {result.seconds:.0f} s"
    )


def summary(results: Sequence[Result], *, days: int, minutes: int, seconds: float) -> Iterator[str]:
    """All seeds together."""
    total = _sum(result.lines for result in results)
    yield ""
    each = f"{len(results)} seeds x {days} simulated days"
    yield f"{each}, of each day's 1,440 minutes {min(minutes, 1440):,} run; {seconds:,.0f} s."
    yield f"The collector's time-out was {TIMEOUT_S:.0f} s in place of 55 s."
    events, runs = sum(result.events for result in results), sum(result.runs for result in results)
    compactions = sum(result.compactions for result in results)
    yield f"{events:,} events, {runs:,} runs of the collector, {compactions:,} of the compactor."
    yield ""
    yield f"Minutes x requests in S3 ({total.total():,}), before -> after restore:"
    yield from _before_and_after(results, "lines_before", "lines")
    yield ""
    yield "Saved minutes in CloudWatch, before -> after replay:"
    yield from _before_and_after(results, "published_before", "published")
    yield ""
    struck = _sum(result.struck for result in results)
    cloudflare = {kind for kind in struck if kind.startswith("Cloudflare: ")}
    yield f"Faults that struck ({struck.total():,}; {len(cloudflare)} kinds of Cloudflare's):"
    for kind, number in sorted(struck.items()):
        yield f"  {number:>7,}  {kind}"
    yield ""
    for sort in Sort:
        yield f"{sort}: {sum(result.count(sort) for result in results)}"


def failures(results: Iterable[Result], *, days: int, minutes: int) -> Iterator[str]:
    """Every seed that has findings, and the command that runs it again."""
    for result in results:
        if result.findings:
            yield ""
            yield f"seed {result.seed}: {len(result.findings)} findings. Again: {command(result, days, minutes)}"
            yield from (f"  {finding}" for finding in result.findings[:_SHOWN])


def command(result: Result, days: int, minutes: int) -> str:
    """How to run this seed again; as narrow as it still fails."""
    options = "".join(
        f" {name}={value:%Y-%m-%dT%H:%M}"
        for name, value in (("FROM", result.first), ("TO", result.last))
        if value is not None
    )
    return f"make soak SEED={result.seed} DAYS={days} MINUTES={minutes}{options}"


def _before_and_after(results: Sequence[Result], before: str, after: str) -> Iterator[str]:
    first = _sum(getattr(result, before) for result in results)
    then = _sum(getattr(result, after) for result in results)
    for what in sorted(first | then, key=lambda what: (what != "exact", what)):
        yield f"  {first[what]:>7,} -> {then[what]:>7,}  {what}"


def _sum(counters: Iterable[Counter[str]]) -> Counter[str]:
    return sum(counters, Counter())
