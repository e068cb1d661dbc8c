"""`sources.json`, the file in the bundle that tells the collector what to poll.

The stack writes it from the checked `spectrum` context of cdk.json, the collector reads it. All keys are required;
`Source` and `Zone` here are the file's JSON shape, not classes to build.
"""

from typing import Final, TypedDict

TRAFFIC_METRICS: Final = ("BytesIngress", "BytesEgress", "Connections", "ConnectionDuration")

LEVELS: Final = ("zone", "application")


class Zone(TypedDict):
    """One zone to poll."""

    id: str
    """32 lower-case hexadecimal characters."""
    name: str | None
    """A configured name wins over the one that Cloudflare knows."""
    app_ids: list[str]
    """Only these applications; empty: all."""
    colos: list[str]
    """One request for each of these data centres (three-letter codes); empty: one request for all together."""


class Source(TypedDict):
    """A group of zones that share one credential."""

    name: str
    """Lower-case letters, digits and `-`, at most 32: it stands in S3 keys and schedule names."""
    secret: str
    """Name of the secret in Secrets Manager."""
    zones: list[Zone]
    spare_requests: int
    """Requests that one run may send on top of its polls, for retries and names (docs/design.md, rate budget)."""
    metrics: list[str]
    """Which of TRAFFIC_METRICS to publish."""
    levels: list[str]
    """Which of LEVELS to publish them at."""
    metric_limit: int
    """Most distinct application metrics to publish; `{Zone}` metrics stand outside it."""
    catalog_minutes: int
    """How old names may become before they are fetched again, in minutes."""


class SourcesFile(TypedDict):
    """The whole file."""

    sources: list[Source]
