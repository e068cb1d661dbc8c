"""What can be changed in cdk.json to pay less. Each change is tried: its saving is the difference of two estimates."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, Final

from infra.configuration import Configuration
from infra.cost.bill import Lever

_LEAST_DOLLARS: Final = 0.01
"""A change that saves less is none."""
_BYTES: Final = ("BytesIngress", "BytesEgress")


def levers(configuration: Configuration, total: Callable[[Configuration], float]) -> tuple[Lever, ...]:
    """The changes that save something, the best first; `total` estimates a configuration."""
    now = total(configuration)
    tried = [
        Lever(key, value, now - total(replace(configuration, **{key: _set(value)})))
        for key, value in _changes(configuration)
    ]
    return tuple(
        sorted((lever for lever in tried if lever.dollars >= _LEAST_DOLLARS), key=lambda lever: -lever.dollars)
    )


def _changes(configuration: Configuration) -> Iterator[tuple[str, Any]]:
    """Values as they would stand in cdk.json."""
    if "zone" in configuration.levels:
        yield "levels", ["zone"]
    if "application" in configuration.levels:
        yield "levels", ["application"]
        yield "metric_limit", configuration.metric_limit // 2
    if fewer := [metric for metric in configuration.metrics if metric in _BYTES]:
        yield "metrics", fewer
    yield "raw_retention_days", 15


def _set(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
