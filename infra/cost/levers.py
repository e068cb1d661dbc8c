"""What can be changed in cdk.json to pay less. Each change is tried: its saving is the difference of two estimates."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Final

from infra.configuration import Configuration
from infra.configuration.alarms import invalid_traffic_alarms
from infra.cost.bill import Lever

_LEAST_DOLLARS: Final = 0.01
"""A change that saves less is none."""
_BYTES: Final = ("BytesIngress", "BytesEgress")
_DAYS: Final = 15
"""The shortest raw retention that there is."""


def levers(configuration: Configuration, total: Callable[[Configuration], float]) -> tuple[Lever, ...]:
    """The changes that save something, the best first; `total` estimates a configuration."""
    now = total(configuration)
    tried = [Lever(key, value, now - total(changed)) for key, value, changed in changes(configuration)]
    saving = (lever for lever in tried if lever.dollars >= _LEAST_DOLLARS)
    return tuple(sorted(saving, key=lambda lever: -lever.dollars))


def changes(configuration: Configuration) -> Iterator[tuple[str, object, Configuration]]:
    """Keys, the values that would stand in cdk.json, and the configuration that they make.

    What an alarm on traffic watches stays.
    """
    for key, value, changed in _changes(configuration):
        if not any(
            invalid_traffic_alarms(changed.alarms, changed.sources, metrics=changed.metrics, levels=changed.levels)
        ):
            yield key, value, changed


def _changes(configuration: Configuration) -> Iterator[tuple[str, object, Configuration]]:
    if "zone" in configuration.levels:
        yield "levels", ["zone"], replace(configuration, levels=("zone",))
    if "application" in configuration.levels:
        yield "levels", ["application"], replace(configuration, levels=("application",))
        half = configuration.metric_limit // 2
        yield "metric_limit", half, replace(configuration, metric_limit=half)
    if fewer := [metric for metric in configuration.metrics if metric in _BYTES]:
        yield "metrics", fewer, replace(configuration, metrics=tuple(fewer))
    yield "alarms.traffic", [], replace(configuration, alarms=replace(configuration.alarms, traffic=()))
    yield "raw_retention_days", _DAYS, replace(configuration, raw_retention_days=_DAYS)
