"""What a query costs."""

from typing import Final

from infra.cost import prices

DOLLARS_PER_TERABYTE: Final = prices.ATHENA_TB.dollars(1)
LEAST_BYTES: Final = prices.ATHENA_LEAST_BYTES
"""A query is charged for at least 10 MB."""


def dollars(scanned_bytes: int) -> float:
    """What Athena charges for a query that read so much. S3's requests are not in it."""
    return max(scanned_bytes, LEAST_BYTES) / prices.BYTES_PER_TB * DOLLARS_PER_TERABYTE


def readable(scanned_bytes: int) -> str:
    """`3.4 MB`, in decimal units."""
    size = float(scanned_bytes)
    for unit in ("bytes", "kB", "MB", "GB"):
        if size < 1000:  # noqa: PLR2004
            return f"{size:.0f} {unit}" if unit == "bytes" else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} TB"
