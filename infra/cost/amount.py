"""Quantities and prices as people write them."""

from typing import Final

from infra.cost.bill import Line

_PER: Final = ((1, ""), (1_000, "1,000 "), (1_000_000, "million "), (1_000_000_000, "billion "))
_LEAST_PRICE: Final = 0.01
_LEAST_WHOLE: Final = 100


def price_of(dollars: float, unit: str) -> str:
    """`$0.30 a metric`, `$0.0004 per 1,000 requests`: per as many units as make it readable."""
    if dollars == 0:
        return "free"
    per, word = next(((per, word) for per, word in _PER if dollars * per >= _LEAST_PRICE), _PER[-1])
    return f"{_dollars(dollars * per)} per {word}{unit}{'s' if per > 1 and not unit.endswith('s') else ''}"


def quantity_of(line: Line) -> str:
    """`43,200`, `0.09 GB`."""
    return f"{line.quantity:,.0f}" if line.quantity >= _LEAST_WHOLE else f"{line.quantity:,.3g}"


def _dollars(amount: float) -> str:
    """Cents, and as many digits more as the price has."""
    digits = f"{amount:.10f}".rstrip("0")
    return f"${amount:.2f}" if len(digits.partition(".")[2]) <= 2 else f"${digits}"  # noqa: PLR2004
