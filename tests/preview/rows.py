"""The `metrics` of a widget, as queries that CloudWatch answers and how each answer is drawn.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Metric-Widget-Structure.html, "Format for
Each Metric in the Array of Metrics".
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

DEFAULT_PERIOD_S: Final = 300
_DEFAULT_STATISTIC: Final = "Average"


@dataclass(frozen=True, slots=True)
class Row:
    """One entry of `metrics`."""

    query: Mapping[str, Any]
    """A MetricDataQuery."""
    colour: str | None
    right: bool
    """On the right axis."""


def rows_of(properties: Mapping[str, Any]) -> tuple[Row, ...]:
    """Read a widget's metrics, dots and all. Ids that are not given are made up."""
    unlike = _unlike([each for each in _metrics(properties) if each is not None])
    statistics = {_statistic(style, properties) for style in _styles(properties) if "expression" not in style}
    rows = []
    for number, (names, style) in enumerate(zip(_metrics(properties), _styles(properties), strict=True)):
        period = int(style.get("period") or properties.get("period") or DEFAULT_PERIOD_S)
        query: dict[str, Any] = {"Id": style.get("id") or f"row{number}", "ReturnData": style.get("visible", True)}
        label = style.get("label")
        if names is None:
            query |= {"Expression": style["expression"], "Period": period}
        else:
            query["MetricStat"] = {"Metric": _metric(names), "Period": period, "Stat": _statistic(style, properties)}
            parts = [part for part in names if part in unlike]
            parts += [_statistic(style, properties)] if len(statistics) > 1 else []
            label = label or " ".join(parts) or names[1]
        if label:
            query["Label"] = label
        rows.append(Row(query, style.get("color"), style.get("yAxis") == "right"))
    return tuple(rows)


def _statistic(style: Mapping[str, Any], properties: Mapping[str, Any]) -> str:
    return str(style.get("stat") or properties.get("stat") or _DEFAULT_STATISTIC)


def _styles(properties: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for entry in properties.get("metrics", ()):
        yield entry[-1] if isinstance(entry[-1], dict) else {}


def _metrics(properties: Mapping[str, Any]) -> Iterator[tuple[str, ...] | None]:
    """Namespace, name, and the dimensions' names and values, in full; None for an expression."""
    before: tuple[str, ...] = ()
    for entry in properties.get("metrics", ()):
        names = tuple(part for part in entry if not isinstance(part, dict))
        if not names:
            yield None
            continue
        before = _in_full(names, before)
        yield before


def _in_full(names: Sequence[str], before: Sequence[str]) -> tuple[str, ...]:
    """`.` is what stands in this place of the metric before, `...` all that is not written, up to the last."""
    if names[0] == "...":
        rest = names[1:]
        return (*before[: len(before) - len(rest)], *rest)
    return tuple(before[at] if name == "." else name for at, name in enumerate(names))


def _metric(names: Sequence[str]) -> Mapping[str, Any]:
    namespace, name, *pairs = names
    dimensions = [{"Name": key, "Value": value} for key, value in zip(pairs[::2], pairs[1::2], strict=True)]
    return {"Namespace": namespace, "MetricName": name, "Dimensions": dimensions}


def _unlike(metrics: Sequence[tuple[str, ...]]) -> frozenset[str]:
    """The parts that not all metrics of a widget have: what their labels are made of."""
    shared = set(metrics[0]).intersection(*metrics) if metrics else set()
    return frozenset(part for metric in metrics for part in metric[1:]) - shared
