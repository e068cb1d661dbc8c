"""Small real objects for the tests: zones, sources, credentials, attempts, polls."""

import io
import itertools
import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from aws_lambda_powertools import Logger
from botocore.exceptions import ClientError

from cloudflare_api.credential import Credential, read_secret
from cloudflare_api.rate_limit import RateLimit
from cloudflare_api.response import Kind, Usage
from cloudflare_api.usage import Attempt
from collector.rows import Application, Poll
from contract.raw import Outcome, Reason
from contract.sources import LEVELS, TRAFFIC_METRICS, Source, SourcesFile, Zone

MINUTE: Final = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
NOW: Final = MINUTE + timedelta(minutes=1, seconds=3)
BUCKET: Final = "spectrum-test"
UNHURRIED_S: Final = 60.0
"""For names to be read: how fast this machine is does not decide what a test finds."""
TOKEN: Final = "cfut_0123456789abcdefghijklmnopqrstuvwxyzABCD"
FIXTURES: Final = Path(__file__).parent.parent / "fixtures" / "cloudflare"

DECLARED: Final[SourcesFile] = {
    "sources": [
        {
            "name": "main",
            "secret": "spectrum/main",
            "zones": [
                {"id": "a" * 32, "name": "example.com", "app_ids": ["app2", "app1"], "colos": []},
                {"id": "b" * 32, "name": None, "app_ids": [], "colos": ["LHR", "AMS"]},
            ],
            "spare_requests": 20,
            "metrics": ["BytesIngress", "Connections"],
            "levels": ["zone"],
            "metric_limit": 50,
            "catalog_minutes": 90,
        },
        {
            "name": "other",
            "secret": "spectrum/other",
            "zones": [],
            "spare_requests": 0,
            "metrics": [],
            "levels": [],
            "metric_limit": 0,
            "catalog_minutes": 1,
        },
    ]
}

_loggers = itertools.count()


def zone(number: int = 1, *, name: str | None = None, app_ids: Iterable[str] = (), colos: Iterable[str] = ()) -> Zone:
    """A zone whose id tells its number."""
    return Zone(id=f"{number:032x}", name=name, app_ids=tuple(app_ids), colos=tuple(colos))


def source(*zones: Zone, **changes: Any) -> Source:
    """A source that publishes everything."""
    made = Source(
        name="main",
        secret="spectrum/main",
        zones=zones or (zone(),),
        spare_requests=20,
        metrics=TRAFFIC_METRICS,
        levels=LEVELS,
        metric_limit=200,
        catalog_age=timedelta(minutes=60),
    )
    return replace(made, **changes)


def zones(count: int) -> tuple[Zone, ...]:
    """Zones 1 to `count`."""
    return tuple(zone(number) for number in range(1, count + 1))


def credential(token: str = TOKEN) -> Credential:
    """The credential of a bare token."""
    return read_secret("spectrum/main", token)


def usage(app_id: str = "app1", **changes: Any) -> Usage:
    """An application with some traffic."""
    made = Usage(app_id=app_id, bytes_ingress=100, bytes_egress=200, connections=2.0, duration_avg_ms=50.0)
    return replace(made, **changes)


def good(*rows: Usage, remaining: int | None = None) -> Attempt:
    """An answer with these applications."""
    limit = None if remaining is None else RateLimit(remaining=remaining, quota=1200)
    return Attempt(Kind.GOOD, NOW, usage=rows or (usage(),), http_status=200, latency_ms=20, rate_limit=limit)


def _failed(kind: Kind, reason: Reason, status: int | None, code: int | None) -> Attempt:
    return Attempt(kind, NOW, reason, f"{reason}", http_status=status, error_code=code, latency_ms=20)


LIMITED: Final = _failed(Kind.LIMITED, Reason.RATE_LIMITED, 429, 10429)
REVOKED: Final = _failed(Kind.CREDENTIAL, Reason.UNAUTHORIZED, 401, 1000)
LOCKED_OUT: Final = _failed(Kind.CREDENTIAL, Reason.UNAUTHORIZED, 403, 10502)
FORBIDDEN: Final = _failed(Kind.AMBIGUOUS, Reason.FORBIDDEN, 403, 10000)
UNAVAILABLE: Final = _failed(Kind.TRANSIENT, Reason.SERVER_ERROR, 503, None)
TIMED_OUT: Final = _failed(Kind.TRANSIENT, Reason.TIMEOUT, None, None)
NO_ZONE: Final = _failed(Kind.PERMANENT, Reason.ZONE_NOT_FOUND, 404, 7003)


def application(app_id: str = "app1", **changes: Any) -> Application:
    """An application's row with some traffic."""
    made = Application(
        app_id=app_id,
        app_name=None,
        protocol=None,
        bytes_ingress=100,
        bytes_egress=200,
        connections=2.0,
        duration_avg_ms=50.0,
        reported=True,
    )
    return replace(made, **changes)


def poll(of: Zone | None = None, apps: Sequence[Application] = (), **changes: Any) -> Poll:
    """A collected row."""
    made = Poll(
        minute=MINUTE,
        observed_at=NOW,
        source="main",
        zone_id=(of or zone()).id,
        zone_name=None,
        colo=None,
        outcome=Outcome.COLLECTED,
        reason=None,
        http_status=200,
        error_code=None,
        error_message=None,
        attempts=1,
        latency_ms=20,
        rate_limit_remaining=None,
        apps=tuple(apps),
    )
    return replace(made, **changes)


def failed_poll(of: Zone | None = None, reason: Reason = Reason.SERVER_ERROR, **changes: Any) -> Poll:
    """A row that was asked for and not collected."""
    return poll(of, **{"outcome": Outcome.FAILED, "reason": reason, "http_status": 503, **changes})


def client_error(code: str, status: int, operation: str) -> ClientError:
    """What botocore raises when AWS answers with an error."""
    response: Any = {"Error": {"Code": code, "Message": "no"}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(response, operation)


def logger() -> tuple[Logger, io.StringIO]:
    """A logger of the collector's kind, and what it writes."""
    written = io.StringIO()
    return Logger(service=f"unit-{next(_loggers)}", stream=written), written


def lines(written: io.StringIO) -> list[dict[str, Any]]:
    """The log lines, parsed."""
    return [json.loads(line) for line in written.getvalue().split("\n") if line]
