"""What each named query must answer, worked out in plain Python from the books; by the query's name.

Each function follows the definitions that open its query's file, never its SQL. A query that is not in here fails the
tests, so that a new one cannot be forgotten.
"""

from collections.abc import Callable
from typing import Final

from tests.athena.expected import applications, bandwidth, collecting, connections, volume
from tests.athena.expected.asked import AnyOf, Asked, Row

EXPECTED: Final[dict[str, Callable[[Asked], list[Row]]]] = {
    "concurrency_peaks": connections.concurrency_peaks,
    "connection_duration": connections.connection_duration,
    "idle_new_vanished_applications": applications.idle_new_vanished_applications,
    "missing_minutes": collecting.missing_minutes,
    "month_to_date_volume": volume.month_to_date_volume,
    "outcome_by_reason": collecting.outcome_by_reason,
    "p95_mbits": bandwidth.p95_mbits,
    "rate_limit_headroom": collecting.rate_limit_headroom,
    "top_talkers": volume.top_talkers,
    "traffic_by_application_and_hour": volume.traffic_by_application_and_hour,
}

__all__ = ["EXPECTED", "AnyOf", "Asked", "Row"]
