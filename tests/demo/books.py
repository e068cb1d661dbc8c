"""What each side has written down: S3's objects and CloudWatch's data, over their APIs, and Cloudflare's record."""

import gzip
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from contract.metrics import HEALTH_NAMESPACE, TRAFFIC_NAMESPACE
from contract.raw import MINUTE_FORMAT, RAW_PREFIX, Outcome
from tests.demo.night import MINUTE, SOURCE, ZONE_NAMES, Night
from tests.sandbox.cloudflare import Reading
from tests.sandbox.sandbox import Sandbox

METRICS: Final = ("BytesIngress", "BytesEgress", "Connections")
"""What is compared, minute by minute."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a raw object: what became of one zone in one minute."""

    minute: datetime
    zone: str
    """Its name."""
    row: Mapping[str, Any]

    @property
    def known(self) -> bool:
        """Cloudflare's answer is in it."""
        return bool(self.row["outcome"] == Outcome.COLLECTED)


@dataclass(frozen=True, slots=True)
class RawObject:
    """One object under `raw/`, as it lies in S3."""

    key: str
    body: bytes

    @property
    def day(self) -> str:
        """Its folder."""
        return self.key.rpartition("/")[0]

    def lines(self) -> Iterator[Line]:
        """Every line, read."""
        for text in gzip.decompress(self.body).decode().splitlines():
            row = json.loads(text)
            minute = datetime.strptime(row["minute"], MINUTE_FORMAT).replace(tzinfo=UTC)
            yield Line(minute, ZONE_NAMES[row["zone_id"]], row)


@dataclass(frozen=True, slots=True, order=True)
class Series:
    """One traffic metric in CloudWatch, by its dimensions."""

    zone: str
    application: str
    """Its label; empty for the sum of the zone."""
    metric: str


Values = Mapping[datetime, float]
"""By minute; a minute that is not in it has no data."""


def read_objects(sandbox: Sandbox) -> tuple[RawObject, ...]:
    """Every raw object, by key."""
    s3 = sandbox.aws.client("s3")
    keys = sandbox.keys(RAW_PREFIX)
    return tuple(RawObject(key, s3.get_object(Bucket=sandbox.bucket, Key=key)["Body"].read()) for key in keys)


def read_traffic(sandbox: Sandbox, night: Night) -> Mapping[Series, Values]:
    """The sums of each minute, as CloudWatch's API gives them, for every traffic series that there is."""
    # Not by ListMetrics: moto's names a metric once for every datum.
    stored = [each for each in sandbox.aws.metrics.series(TRAFFIC_NAMESPACE) if each.name in METRICS]
    asked = [_metric(TRAFFIC_NAMESPACE, each.name, dict(each.dimensions)) for each in stored]
    traffic: dict[Series, Values] = {}
    for each, values in zip(stored, _sums(sandbox.aws.client("cloudwatch"), asked, night), strict=True):
        dimensions = dict(each.dimensions)
        traffic[Series(dimensions["Zone"], dimensions.get("Application", ""), each.name)] = values
    return traffic


def read_health(sandbox: Sandbox, night: Night, metric: str) -> Values:
    """The same of one of the collector's own metrics."""
    asked = _metric(HEALTH_NAMESPACE, metric, {"Source": SOURCE})
    return _sums(sandbox.aws.client("cloudwatch"), [asked], night)[0]


def _metric(namespace: str, name: str, dimensions: Mapping[str, str]) -> Mapping[str, Any]:
    named = [{"Name": key, "Value": value} for key, value in dimensions.items()]
    return {"Namespace": namespace, "MetricName": name, "Dimensions": named}


def _sums(cloudwatch: Any, metrics: Sequence[Mapping[str, Any]], night: Night) -> list[dict[datetime, float]]:
    """The sum of each of these metrics in each minute that has data."""
    queries = [
        {"Id": f"q{number}", "MetricStat": {"Metric": metric, "Period": 60, "Stat": "Sum"}}
        for number, metric in enumerate(metrics)
    ]
    values: dict[str, dict[datetime, float]] = {f"q{number}": {} for number in range(len(metrics))}
    pages = cloudwatch.get_paginator("get_metric_data").paginate(
        MetricDataQueries=queries, StartTime=night.begin, EndTime=night.end + MINUTE
    )
    for page in pages:
        for result in page["MetricDataResults"]:
            minutes = [at.astimezone(UTC) for at in result["Timestamps"]]
            values[result["Id"]].update(zip(minutes, result["Values"], strict=True))
    return list(values.values())


def read_history(sandbox: Sandbox, night: Night) -> frozenset[tuple[datetime, str, str]]:
    """Minute, zone name and application id of every row of the first day's history; empty when there is none."""
    day = f"{night.begin:%Y-%m-%d}"
    if day not in sandbox.compacted_days():
        return frozenset()
    rows = sandbox.history("usage", day)
    return frozenset((row["minute"].replace(tzinfo=UTC), ZONE_NAMES[row["zone_id"]], row["app_id"]) for row in rows)


def read_served(sandbox: Sandbox) -> Mapping[tuple[datetime, str, str], Reading]:
    """What the simulated Cloudflare says that it served: by minute, zone name and application id."""
    return {
        (datetime.fromisoformat(key.minute).replace(tzinfo=UTC), ZONE_NAMES[key.zone_id], key.app_id): reading
        for key, reading in sandbox.cloudflare.served.items()
    }
