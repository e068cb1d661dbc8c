"""Whole invocations of the bundle under AWS's runtime client: all zones, names, S3 and CloudWatch included.

The AWS side is moto in this process, so its time is in the figures; on AWS it is the network's.
"""

import io
import json
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from contract import environment
from contract.environment import SOURCES_FILE
from contract.sources import LEVELS, TRAFFIC_METRICS, SourcesFile
from infra.bundle import COLLECTOR, write_bundle
from tests.sandbox.aws import AwsDouble
from tests.sandbox.function.deployed import DeployedFunction
from tests.sandbox.function.deployment import Deployment
from tests.sandbox.function.environment_variables import Sandboxed

_BUCKET: Final = "spectrum-bench"
_SECRET: Final = "bench"
TIMEOUT_S: Final = 55


@dataclass(frozen=True, slots=True)
class Timed:
    """One invocation, as Lambda would report it."""

    duration_ms: float
    max_memory_mb: int
    collected: int


def bundle_of(zone_ids: Sequence[str], folder: Path) -> Path:
    """The bundle for these zones, whatever the rate budget says: this is about the client, not about Cloudflare."""
    sources: SourcesFile = {
        "sources": [
            {
                "name": "bench",
                "secret": _SECRET,
                "zones": [
                    {"id": zone_id, "name": f"zone{number}.example", "app_ids": [], "colos": []}
                    for number, zone_id in enumerate(zone_ids)
                ],
                "spare_requests": 60,
                "metrics": list(TRAFFIC_METRICS),
                "levels": list(LEVELS),
                "metric_limit": 200,
                "catalog_minutes": 60,
            }
        ]
    }
    return write_bundle(folder, COLLECTOR, files={SOURCES_FILE: json.dumps(sources)})


def invocations(bundle: Path, base_url: str, token: str, runs: int) -> Iterator[Timed]:
    """Run the function for so many minutes, the first one cold."""
    with AwsDouble() as aws:
        aws.client("s3").create_bucket(Bucket=_BUCKET)
        aws.client("secretsmanager").create_secret(Name=_SECRET, SecretString=token)
        deployment = Deployment(
            name="bench",
            arn=f"arn:aws:lambda:{aws.region}:{aws.account}:function:bench",
            handler="collector.handler.handler",
            runtime="python3.13",
            timeout_s=TIMEOUT_S,
            memory_mb=512,
            variables={environment.BUCKET: _BUCKET, environment.BASE_URL: base_url, environment.LOG_LEVEL: "INFO"},
            log_group="/aws/lambda/bench",
            log_format="JSON",
            application_log_level="INFO",
            system_log_level="INFO",
            code=_zipped(bundle),
        )
        with DeployedFunction(deployment, Sandboxed(aws.endpoint_url)) as function:
            began = datetime(2026, 11, 23, 10, tzinfo=UTC)
            for minute in range(runs):
                at = began + timedelta(minutes=minute)
                event = {"source": "bench", "scheduled_time": f"{at:%Y-%m-%dT%H:%M:%SZ}"}
                invocation = function.invoke(json.dumps(event), at + timedelta(seconds=1))
                if not invocation.ok or invocation.max_memory_mb is None:
                    raise RuntimeError(f"the invocation failed: {invocation.outcome}")
                yield Timed(
                    invocation.duration_ms, invocation.max_memory_mb, int(invocation.outcome.payload["collected"])
                )


def _zipped(folder: Path) -> bytes:
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                archive.write(path, path.relative_to(folder))
    return body.getvalue()
