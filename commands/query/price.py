"""What a query costs."""

from typing import Final

DOLLARS_PER_TERABYTE: Final = 5.0
"""Of us-east-1, on 2026-11-23 (https://aws.amazon.com/athena/pricing/); other regions have other prices."""
LEAST_BYTES: Final = 10_000_000
"""A query is charged for at least 10 MB."""
_TERABYTE: Final = 1_000_000_000_000


def dollars(scanned_bytes: int) -> float:
    """What Athena charges for a query that read so much. S3's requests are not in it."""
    return max(scanned_bytes, LEAST_BYTES) / _TERABYTE * DOLLARS_PER_TERABYTE


def readable(scanned_bytes: int) -> str:
    """`3.4 MB`, in decimal units."""
    size = float(scanned_bytes)
    for unit in ("bytes", "kB", "MB", "GB"):
        if size < 1000:  # noqa: PLR2004
            return f"{size:.0f} {unit}" if unit == "bytes" else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} TB"
