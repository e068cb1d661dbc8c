"""The whole function but for Lambda: AWS in this process, Cloudflare on this machine, a clock that a test may move."""

import gzip
import json
import time
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

import boto3
import pytest

from cloudflare_api.client import Transport
from collector.app_names import CatalogStore
from collector.credentials import Credentials
from collector.handler import Process, Settings
from collector.name_cache import NameCache
from collector.publisher import Publisher
from collector.run import Connections
from collector.store import RawStore
from contract.metrics import HEALTH_NAMESPACE, TRAFFIC_NAMESPACE
from contract.raw import raw_key
from contract.sources import Source
from tests.unit.examples import BUCKET, MINUTE, NOW, UNHURRIED_S, logger, source, zone
from tests.unit.loopback import Answer, Loopback, success
from tests.unit.scripted import Shelf

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

EVENT: Final = {"source": "main", "scheduled_time": "2026-11-23T10:01:00Z"}
KEY: Final = raw_key(MINUTE, "main")
OF: Final = source(zone(1), zone(2))
_ROW: Final = {"bytesIngress": 1, "bytesEgress": 2, "connections": 3, "durationAvg": 4}


class Function:
    """The collector in a warm process, its log, and a clock that a test may move."""

    def __init__(self, cloudflare: Loopback, s3: "S3Client", *sources: Source, bucket: str = BUCKET) -> None:
        self.log, self.written = logger()
        self.shelf = Shelf()
        self.now = NOW
        self.elapsed_s = 0.0
        self.cloudwatch = boto3.client("cloudwatch", region_name="us-east-1")
        self.data: list[tuple[str, dict[str, Any]]] = []
        self.cloudwatch.meta.events.register("provide-client-params.cloudwatch.PutMetricData", self._note)
        connections = Connections(
            cloudflare=Transport(cloudflare.url),
            credentials=Credentials(self.shelf, self.log),
            raw=RawStore(s3, bucket, sleep=lambda _seconds: None),
            names=NameCache(CatalogStore(s3, bucket), self.log, patience_s=UNHURRIED_S),
            publisher=Publisher(self.cloudwatch, sleep=lambda _seconds: None),
            logger=self.log,
            clock=lambda: self.now,
            monotonic=lambda: time.monotonic() + self.elapsed_s,
        )
        settings = Settings(bucket, cloudflare.url, {made.name: made for made in sources or (OF,)})
        self._process = Process(settings, connections)

    def run(self, event: object = EVENT, run_id: str = "run-1", remaining_ms: int = 55_000) -> dict[str, Any]:
        """One invocation."""
        return self._process.run(event, run_id, remaining_ms)

    def _note(self, params: dict[str, Any], **_: object) -> None:
        self.data += [(params["Namespace"], datum) for datum in params["MetricData"]]

    def published(self) -> list[tuple[datetime, str]]:
        """The minutes that have their marker, with their source."""
        markers = [datum for space, datum in self.data if space == HEALTH_NAMESPACE]
        return [(datum["Timestamp"], datum["Dimensions"][0]["Value"]) for datum in markers]

    def traffic(self) -> list[dict[str, Any]]:
        """The data of zones and applications."""
        return [datum for space, datum in self.data if space == TRAFFIC_NAMESPACE]


def usage(path: str) -> Answer:
    """Every zone has one application, which has its number, and a name."""
    app_id = f"app{int(path.split('/')[2], 16)}"
    if "analytics" in path:
        return success([{**_ROW, "appID": app_id}])
    if "/spectrum/apps" in path:
        return success([{"id": app_id}], result_info={"per_page": 100, "total_count": 1})
    return success({"name": "example.com"})


def usage_calls(cloudflare: Loopback) -> int:
    """How many zones were asked for their usage."""
    return sum("analytics" in path for path in cloudflare.paths)


def rows(s3: "S3Client", key: str = KEY) -> list[dict[str, Any]]:
    """The lines of the raw object."""
    body = s3.get_object(Bucket=BUCKET, Key=key)["Body"].read()
    return [json.loads(line) for line in gzip.decompress(body).decode().split("\n") if line]


def health(capsys: pytest.CaptureFixture[str]) -> dict[str, list[float]]:
    """The health metrics that were printed since the last look."""
    blobs = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    return {name: blob[name] for blob in blobs for name in blob if name not in ("_aws", "Source", "Reason", "Zone")}
