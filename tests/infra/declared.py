"""Configurations that are right, for tests to deploy or to break."""

import json
from typing import Any

from infra.bundle import PROJECT

ZONE_A = "0123456789abcdef0123456789abcdef"
ZONE_B = "fedcba9876543210fedcba9876543210"
ZONE_C = "00000000000000000000000000000001"

SPECTRUM: dict[str, Any] = {
    "sources": [
        {
            "name": "main",
            "secret": "cloudflare-spectrum/main",
            "zones": [ZONE_A, {"id": ZONE_B, "name": "b.example", "colos": ["AMS", "FRA"]}],
        },
        {"name": "second", "secret": "team/cloudflare", "existing_secret": True, "zones": [ZONE_C]},
    ],
    "log_retention_days": 14,
    "reserved_concurrency": 5,
}

CONTEXT: dict[str, Any] = json.loads((PROJECT / "cdk.json").read_text())["context"] | {
    # What the CLI adds: the constructs' paths as metadata.
    "aws:cdk:enable-path-metadata": True,
}
"""The context in which the stack is synthesised, feature flags included."""


def minimal(**changes: Any) -> dict[str, Any]:
    """One source with one zone, and these keys of the source changed."""
    return {"sources": [{"name": "main", "secret": "cloudflare-spectrum/main", "zones": [ZONE_A]} | changes]}


def zone_ids(count: int) -> list[str]:
    """Different zone ids."""
    return [f"{number:032x}" for number in range(count)]
