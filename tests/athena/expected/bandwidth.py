"""The 95th percentile, as bandwidth is billed."""

from collections.abc import Iterable
from datetime import datetime
from math import ceil

from tests.athena.expected.asked import Asked, Row, Zone, grouped
from tests.athena.line import Line

_BUCKET = 5


def p95_mbits(asked: Asked) -> list[Row]:
    """The percentile of each zone's 5-minute rates."""
    rows = []
    for zone in asked.zones().values():
        buckets = _known_by_bucket(zone)
        with_rate = [known for known in buckets if known]
        rows.append(
            {
                "zone_id": zone.id,
                "zone": zone.name,
                "p95_mbits_ingress": _p95(_rate(known, "bytes_ingress") for known in with_rate),
                "p95_mbits_egress": _p95(_rate(known, "bytes_egress") for known in with_rate),
                "p95_mbits_both": _p95(_rate(known, "bytes_ingress", "bytes_egress") for known in with_rate),
                "buckets": len(with_rate),
                "buckets_incomplete": sum(len(known) < _BUCKET for known in with_rate),
                "buckets_unknown": len(buckets) - len(with_rate),
                "minutes_known": len(zone.known),
            }
        )
    return rows


def _known_by_bucket(zone: Zone) -> list[dict[datetime, list[Line]]]:
    """Of each five minutes in which something was asked, the known minutes with their lines."""
    return [
        {minute: of_minute for minute, of_minute in grouped(lines, lambda line: line.minute) if minute in zone.known}
        for _, lines in grouped(zone.lines, lambda line: line.minute.replace(minute=line.minute.minute // 5 * 5))
    ]


def _rate(known: dict[datetime, list[Line]], *fields: str) -> float:
    """Mbit/s over the known minutes."""
    total = sum(
        getattr(app, field) for lines in known.values() for line in lines for app in line.apps for field in fields
    )
    return float(total * 8 / (60 * len(known)) / 10**6)


def _p95(rates: Iterable[float]) -> float | None:
    """The lowest that at least 95 of 100 do not exceed."""
    ordered = sorted(rates)
    return ordered[ceil(len(ordered) * 95 / 100) - 1] if ordered else None
