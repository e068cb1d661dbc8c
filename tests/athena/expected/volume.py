"""Bytes: by hour, by application, by month."""

from datetime import datetime

from tests.athena.expected.asked import Asked, Row, grouped, naive, share

_PLACES = 20


def _hour(moment: datetime) -> datetime:
    return moment.replace(minute=0)


def traffic_by_application_and_hour(asked: Asked) -> list[Row]:
    """How much traffic each application had, hour by hour."""
    rows = []
    for hour, lines in grouped(asked.lines, lambda line: _hour(line.minute)):
        of_hour = Asked(tuple(lines), asked.first, asked.last, asked.now, asked.message)
        for zone in of_hour.zones().values():
            for app in zone.applications().values():
                connections = app.connections()
                known = sum(count for minute, count in connections.items() if minute in zone.known)
                rows.append(
                    {
                        "hour": naive(hour),
                        "zone_id": zone.id,
                        "zone": zone.name,
                        **app.names,
                        "bytes_ingress": app.bytes_ingress,
                        "bytes_egress": app.bytes_egress,
                        "connections_avg": share(known, len(zone.known)),
                        "connections_peak": max(connections.values()),
                        "minutes_known": len(zone.known),
                    }
                )
    return rows


def top_talkers(asked: Asked) -> list[Row]:
    """Which 20 applications moved most bytes."""
    total = sum(app.bytes_ingress + app.bytes_egress for line in asked.lines for app in line.apps)
    rows = [
        {
            "zone_id": zone.id,
            "zone": zone.name,
            **app.names,
            "bytes": app.bytes_ingress + app.bytes_egress,
            "bytes_ingress": app.bytes_ingress,
            "bytes_egress": app.bytes_egress,
            "share_of_bytes": share(app.bytes_ingress + app.bytes_egress, total),
            "minutes_with_traffic": len(app.busy),
            "minutes_known": len(zone.known),
        }
        for zone in asked.zones().values()
        for app in zone.applications().values()
    ]
    rows.sort(key=lambda row: (-row["bytes"], row["zone_id"], row["app_id"]))
    return [{"place": place, **row} for place, row in enumerate(rows[:_PLACES], start=1)]


def month_to_date_volume(asked: Asked) -> list[Row]:
    """How many bytes each zone moved in each month."""
    rows = []
    for month, lines in grouped(asked.lines, lambda line: f"{line.minute:%Y-%m}"):
        of_month = Asked(tuple(lines), asked.first, asked.last, asked.now, asked.message)
        for zone in of_month.zones().values():
            received = sum(app.bytes_ingress for line in zone.lines for app in line.apps)
            sent = sum(app.bytes_egress for line in zone.lines for app in line.apps)
            volume = {
                "gigabytes_ingress": received / 10**9,
                "gigabytes_egress": sent / 10**9,
                "gigabytes": (received + sent) / 10**9,
                "terabytes": (received + sent) / 10**12,
                "bytes_ingress": received,
                "bytes_egress": sent,
            }
            answered = any(line.known for line in zone.lines)
            rows.append(
                {
                    "month": month,
                    "zone_id": zone.id,
                    "zone": zone.name,
                    **(volume if answered else dict.fromkeys(volume)),
                    "minutes_known": len(zone.known),
                    "minutes_unknown": len(zone.asked - zone.known),
                    "first_minute": naive(min(zone.asked)),
                    "last_minute": naive(max(zone.asked)),
                }
            )
    return rows
