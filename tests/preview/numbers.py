"""Numbers as a person reads them: three digits and a prefix."""

from typing import Final

_PREFIXES: Final = ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"))
_SYMBOLS: Final = {"Percent": "%", "Milliseconds": "ms", "Seconds": "s", "Microseconds": "µs", "Count": "", "None": ""}


def short(value: float) -> str:
    """`12.3M`, `999`, `0.25`."""
    for size, prefix in _PREFIXES:
        if abs(value) >= size:
            return f"{_digits(value / size)}{prefix}"
    return _digits(value)


def with_unit(value: float, unit: str) -> str:
    """The same and the unit of its metric, where it has one that is not merely a count."""
    return f"{short(value)} {symbol(unit)}".rstrip()


def symbol(unit: str) -> str:
    """A unit of CloudWatch, as it stands behind a number."""
    return _SYMBOLS.get(unit, unit)


def _digits(value: float) -> str:
    if abs(value) >= 100 or value == int(value):
        return f"{value:,.0f}"
    return f"{value:.3g}" if abs(value) >= 0.001 else f"{value:.0e}"
