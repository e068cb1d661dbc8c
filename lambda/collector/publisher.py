"""Metric data to CloudWatch, never twice.

PutMetricData has no idempotency token, and the same datum sent twice doubles `Sum`. So a batch is sent again only
when it is certain that it was not applied: it was throttled, refused, or never connected. After a time-out, a cut
connection or a 5xx nobody knows: it is counted as unknown and left alone. `Published` goes last, alone, and only when
every batch before it was acknowledged: a minute without it is one to look at.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    HTTPClientError,
    ProxyConnectionError,
    SSLError,
)

from aws import code_of, describe_error, status_of
from collector.series import Datum, Sample
from contract.metrics import BY_NAME, HEALTH_NAMESPACE, TRAFFIC_NAMESPACE

if TYPE_CHECKING:
    from types_boto3_cloudwatch import CloudWatchClient
    from types_boto3_cloudwatch.type_defs import MetricDatumTypeDef


BATCH: Final = 1000
"""Data in one request, CloudWatch's limit."""

BATCH_BYTES: Final = 900_000
"""CloudWatch takes 1 MB."""

_OVERHEAD_BYTES = 600
"""Of one datum, besides its dimensions, in the wordiest protocol that botocore speaks (query)."""

PAUSE_S: Final = 0.2

_THROTTLED = frozenset(
    {"Throttling", "ThrottlingException", "ThrottledException", "RequestLimitExceeded", "TooManyRequestsException"}
)


class PutResult(StrEnum):
    """What became of one request."""

    APPLIED = "applied"
    AGAIN = "again"
    """Certainly not applied, and worth another try."""
    REFUSED = "refused"
    """Certainly not applied, and another try would be refused as well."""
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Publication:
    """How many data of a minute went where."""

    applied: int
    failed: int
    unknown: int
    causes: tuple[str, ...]

    @property
    def complete(self) -> bool:
        """Everything is in CloudWatch, `Published` included."""
        return not self.failed and not self.unknown


class Publisher:
    """Sends the data of a minute."""

    def __init__(
        self,
        client: "CloudWatchClient",
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._client = client
        self._monotonic = monotonic
        self._sleep = sleep

    def publish(self, data: Sequence[Datum], source: str, minute: datetime, until: float) -> Publication:
        """Send all data of a minute, and `Published` when all were taken. Tries begin before `until` (monotonic s)."""
        # A connection that a frozen process kept from a minute ago may be cut under a request, and then nobody
        # knows whether it was applied: begin with a new one.
        self._client.close()
        counts = dict.fromkeys(PutResult, 0)
        causes: list[str] = []
        for batch in _batches(data):
            fate, cause = self._send(TRAFFIC_NAMESPACE, [_wire(datum, minute) for datum in batch], until)
            counts[fate] += len(batch)
            causes += [cause] if cause else []
        if counts[PutResult.APPLIED] == len(data):
            marker = Datum("Published", (("Source", source),), 1.0)
            fate, cause = self._send(HEALTH_NAMESPACE, [_wire(marker, minute)], until)
            counts[fate] += 1
            causes += [cause] if cause else []
        return Publication(
            counts[PutResult.APPLIED], counts[PutResult.REFUSED], counts[PutResult.UNKNOWN], tuple(causes)
        )

    def _send(self, namespace: str, data: "list[MetricDatumTypeDef]", until: float) -> tuple[PutResult, str | None]:
        tries = 0
        while True:
            if self._monotonic() >= until:
                return PutResult.REFUSED, f"the run's time was up after {tries} tries"
            tries += 1
            try:
                self._client.put_metric_data(Namespace=namespace, MetricData=data)
            except Exception as error:
                fate = fate_of(error)
                pause = min(2.0, PAUSE_S * 2**tries)
                if fate is PutResult.AGAIN and self._monotonic() + pause < until:
                    self._sleep(pause)
                    continue
                return (
                    PutResult.REFUSED if fate is PutResult.AGAIN else fate
                ), f"{describe_error(error)} after {tries} tries"
            return PutResult.APPLIED, None


def fate_of(error: Exception) -> PutResult:
    """Whether a failed PutMetricData was applied, as far as the failure proves."""
    if isinstance(error, ClientError):
        status = status_of(error)
        if code_of(error) in _THROTTLED or status == HTTPStatus.TOO_MANY_REQUESTS:
            return PutResult.AGAIN
        return PutResult.REFUSED if status < HTTPStatus.INTERNAL_SERVER_ERROR else PutResult.UNKNOWN
    if isinstance(error, EndpointConnectionError | ConnectTimeoutError | ProxyConnectionError):
        return PutResult.AGAIN
    if isinstance(error, BotoCoreError) and not isinstance(error, HTTPClientError | SSLError):
        # Raised before anything was sent: no credentials, data that botocore does not accept.
        return PutResult.REFUSED
    return PutResult.UNKNOWN


def _batches(data: Sequence[Datum]) -> Iterator[Sequence[Datum]]:
    batch: list[Datum] = []
    size = 0
    for datum in data:
        cost = _OVERHEAD_BYTES + sum(len(name) + len(value) for name, value in datum.dimensions)
        if batch and (len(batch) == BATCH or size + cost > BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(datum)
        size += cost
    if batch:
        yield batch


def _wire(datum: Datum, minute: datetime) -> "MetricDatumTypeDef":
    wire: MetricDatumTypeDef = {
        "MetricName": datum.metric,
        "Dimensions": [{"Name": name, "Value": value} for name, value in datum.dimensions],
        "Timestamp": minute,
        "Unit": BY_NAME[datum.metric].unit,  # type: ignore[typeddict-item]
    }
    if isinstance(datum.value, Sample):
        wire["StatisticValues"] = {
            "SampleCount": datum.value.count,
            "Sum": datum.value.sum,
            "Minimum": datum.value.minimum,
            "Maximum": datum.value.maximum,
        }
    else:
        wire["Value"] = datum.value
    return wire
