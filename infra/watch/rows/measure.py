"""How each traffic metric is shown: under which title, in which unit, and what makes that unit of it."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Measure:
    """One metric, as a network engineer reads it."""

    metric: str
    title: str
    unit: str
    factor: str = ""
    """Completes a formula."""


_BITS: Final = "*8/60"
"""From the bytes of a minute to bits a second. Of the `Average` over any period, so that no period enters."""

MEASURES: Final = (
    Measure("BytesEgress", "Out, bit/s", "bit/s", _BITS),
    Measure("BytesIngress", "In, bit/s", "bit/s", _BITS),
    Measure("Connections", "Active connections", "connections"),
    Measure("ConnectionDuration", "Mean connection duration, ms", "ms"),
)
