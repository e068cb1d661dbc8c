"""CloudWatch's embedded metric format: which metrics a log line holds, by AWS's specification.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
The bounds on values, dimensions and timestamps are those of PutMetricData.
"""

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

MAX_METRICS: Final = 100
MAX_VALUES: Final = 100
MAX_DIMENSIONS: Final = 30
_MAX_NAME: Final = 255
_MAX_DIMENSION_VALUE: Final = 1024
_MAX_VALUE: Final = 2.0**360
_OLDEST_MS: Final = 14 * 24 * 3600 * 1000
_NEWEST_MS: Final = 2 * 3600 * 1000
_SIZES: Final = ("Bytes", "Kilobytes", "Megabytes", "Gigabytes", "Terabytes")
_BITS: Final = ("Bits", "Kilobits", "Megabits", "Gigabits", "Terabits")
_RATES: Final = tuple(f"{unit}/Second" for unit in (*_SIZES, *_BITS, "Count"))
UNITS: Final = frozenset(
    ("Seconds", "Microseconds", "Milliseconds", *_SIZES, *_BITS, "Percent", "Count", *_RATES, "None")
)


@dataclass(frozen=True, slots=True)
class EmbeddedMetric:
    """One metric of one dimension set, as a log line gives it."""

    namespace: str
    name: str
    unit: str
    dimensions: Mapping[str, str]
    timestamp: datetime
    values: tuple[float, ...]
    storage_resolution_s: int


class MalformedMetricsError(ValueError):
    """A log line that CloudWatch would not, or not wholly, turn into metrics. The message says why."""


def embedded_metrics(line: str, now: datetime) -> list[EmbeddedMetric]:
    """Read the metrics of a log line that arrived at `now`; none for a line that is not in the format.

    Raises MalformedMetricsError for a line that means to be in the format and breaks its rules.
    """
    if '"CloudWatchMetrics"' not in line:
        return []
    try:
        root = json.loads(line, parse_constant=_refuse_constant)
    except ValueError as error:
        raise MalformedMetricsError(f"not JSON: {error}") from error
    if not isinstance(root, dict) or not isinstance(root.get("_aws"), dict):
        return []
    timestamp = _timestamp(root["_aws"].get("Timestamp"), now)
    directives = _array(root["_aws"].get("CloudWatchMetrics"), "_aws.CloudWatchMetrics")
    return [metric for directive in directives for metric in _metrics(directive, root, timestamp)]


def _metrics(directive: Any, root: Mapping[str, Any], timestamp: datetime) -> Iterator[EmbeddedMetric]:
    _check(isinstance(directive, dict), "a MetricDirective is not an object")
    namespace = _name(directive.get("Namespace"), "Namespace")
    dimension_sets = _array(directive.get("Dimensions"), "Dimensions")
    _check(len(dimension_sets) > 0, "Dimensions holds no dimension set")
    definitions = _array(directive.get("Metrics"), "Metrics")
    _check(len(definitions) <= MAX_METRICS, f"{len(definitions)} metrics in one directive; at most {MAX_METRICS}")
    resolved = [_dimensions(dimension_set, root) for dimension_set in dimension_sets]
    for definition in definitions:
        _check(isinstance(definition, dict), "a MetricDefinition is not an object")
        name = _name(definition.get("Name"), "a metric's Name")
        unit = definition.get("Unit", "None")
        _check(unit in UNITS, f"{name}: {unit!r} is not a CloudWatch unit")
        resolution = definition.get("StorageResolution", 60)
        _check(resolution in (1, 60), f"{name}: StorageResolution {resolution!r} is neither 1 nor 60")
        values = _values(name, root)
        for dimensions in resolved:
            yield EmbeddedMetric(namespace, name, unit, dimensions, timestamp, values, resolution)


def _dimensions(dimension_set: Any, root: Mapping[str, Any]) -> dict[str, str]:
    names = [_name(name, "a dimension") for name in _array(dimension_set, "a dimension set")]
    _check(len(names) <= MAX_DIMENSIONS, f"{len(names)} dimensions in one set; at most {MAX_DIMENSIONS}")
    for name in names:
        _check(name in root, f"dimension {name!r} has no member of that name on the root")
        value = root[name]
        _check(isinstance(value, str), f"dimension {name!r} is not a string: {value!r}")
        _check(0 < len(value) <= _MAX_DIMENSION_VALUE, f"dimension {name!r} has {len(value)} characters; 1 to 1024")
        _check(value.isascii() and value.isprintable(), f"dimension {name!r} is not printable ASCII: {value!r}")
        _check(value.strip() != "", f"dimension {name!r} is only spaces")
    return {name: root[name] for name in names}


def _values(name: str, root: Mapping[str, Any]) -> tuple[float, ...]:
    _check(name in root, f"metric {name!r} has no member of that name on the root")
    target = root[name]
    values = target if isinstance(target, list) else [target]
    _check(0 < len(values) <= MAX_VALUES, f"metric {name!r} has {len(values)} values; 1 to {MAX_VALUES}")
    for value in values:
        number = isinstance(value, int | float) and not isinstance(value, bool)
        _check(number, f"metric {name!r} is not a number: {value!r}")
        _check(math.isfinite(value) and abs(value) <= _MAX_VALUE, f"metric {name!r} is out of range: {value!r}")
    return tuple(float(value) for value in values)


def _timestamp(milliseconds: Any, now: datetime) -> datetime:
    whole = isinstance(milliseconds, int) and not isinstance(milliseconds, bool)
    _check(whole, f"_aws.Timestamp is not a whole number of milliseconds: {milliseconds!r}")
    since_now = milliseconds - round(now.timestamp() * 1000)
    _check(
        -_OLDEST_MS <= since_now <= _NEWEST_MS,
        f"_aws.Timestamp {milliseconds} is not within two weeks before and two hours after {now:%Y-%m-%dT%H:%M:%SZ}",
    )
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


def _array(value: Any, what: str) -> list[Any]:
    _check(isinstance(value, list), f"{what} is not an array")
    return list(value)


def _name(value: Any, what: str) -> str:
    _check(isinstance(value, str) and 0 < len(value) <= _MAX_NAME, f"{what} is not a string of 1 to 255: {value!r}")
    return str(value)


def _check(holds: bool, message: str) -> None:
    if not holds:
        raise MalformedMetricsError(message)


def _refuse_constant(constant: str) -> float:
    raise ValueError(f"{constant} is not JSON")
