"""Alarms on the traffic itself, as the configuration asks for them."""

from collections.abc import Iterator
from typing import Final

from contract.metrics import BY_NAME, TRAFFIC_NAMESPACE
from infra.configuration import TrafficWatch
from infra.watch.alarm import MINUTE, Alarm, Band, Comparison, Group, Missing, Rule, Series

_AVERAGED: Final = "ConnectionDuration"
"""All others are counted: their minutes are added up."""


def of_watch(watch: TrafficWatch) -> Iterator[Alarm]:
    """The alarms of one entry of `alarms.traffic`: above, below, unlike what is usual.

    As many bad minutes in a row as the entry says. A minute that is unknown begins no alarm and ends none: a zone that
    is not collected is `zones-down`, and not quiet.
    """
    series = Series(
        TRAFFIC_NAMESPACE, watch.metric, watch.dimensions, "Average" if watch.metric == _AVERAGED else "Sum"
    )
    if watch.above is not None:
        how = f"above {watch.above:,}"
        yield _alarm(watch, "above", series, Comparison.ABOVE, threshold=watch.above, how=how)
    if watch.below is not None:
        how = f"below {watch.below:,}"
        yield _alarm(watch, "below", series, Comparison.BELOW, threshold=watch.below, how=how)
    if watch.unusual is not None:
        how = "unlike what CloudWatch has learned to expect"
        yield _alarm(watch, "unusual", Band(series, watch.unusual), Comparison.OUTSIDE, threshold=None, how=how)


def _alarm(
    watch: TrafficWatch, kind: str, watched: Series | Band, comparison: Comparison, *, threshold: int | None, how: str
) -> Alarm:
    unit = BY_NAME[watch.metric].unit
    return Alarm(
        name=f"traffic-{watch.name}-{kind}",
        group=Group.PAGE_ZONES,
        watched=watched,
        comparison=comparison,
        threshold=threshold,
        rule=Rule(MINUTE, bad=watch.minutes, periods=watch.minutes, missing=Missing.AS_BEFORE),
        meaning=f"{watch.metric} of {watch.subject} has been {how} ({unit} a minute) for {watch.minutes} minutes.",
        first="look at it on the dashboard, and whether others changed at the same minute.",
        section="traffic-is-not-as-expected",
    )
