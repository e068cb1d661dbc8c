"""A configuration that makes every kind of alarm there is."""

from typing import Any, Final

from infra.configuration import parse
from infra.monitoring.alarms import alarms
from tests.infra.declared import SPECTRUM

WATCHED: Final[dict[str, Any]] = SPECTRUM | {
    "alarms": {
        "email": "on-call@example.com",
        "runbook_url": "https://git.example/spectrum-meter/docs/operations.md",
        "traffic": [
            {"name": "games", "zone": "b.example", "metric": "BytesEgress", "above": 6_000_000_000, "below": 1_000},
            {
                "name": "minecraft",
                "zone": "b.example",
                "application": "mc.b.example",
                "colo": "AMS",
                "metric": "ConnectionDuration",
                "unusual": 3,
                "minutes": 15,
            },
        ],
    }
}

EVERY: Final = alarms(parse(WATCHED))
