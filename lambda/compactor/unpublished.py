"""Saved minutes that CloudWatch does not have, by the datum that the collector sends last: `Published`.

CloudWatch facts used: one GetMetricData takes 500 metrics and answers at most 100,800 data points a page, `NextToken`
naming the next; a metric is whole when its last page says `Complete`; data of one-minute periods stay for 15 days (API
reference, GetMetricData and MetricDataResult).
"""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from contract.metrics import HEALTH_NAMESPACE

if TYPE_CHECKING:
    from types_boto3_cloudwatch import CloudWatchClient
    from types_boto3_cloudwatch.type_defs import GetMetricDataInputTypeDef, MetricDataQueryTypeDef

SETTLED: Final = timedelta(minutes=15)
"""A minute's age from which its data must have been sent, and CloudWatch must have counted them."""

METRICS: Final = 500
"""In one request, CloudWatch's limit."""

_MINUTE: Final = timedelta(minutes=1)
_SOURCE: Final = re.compile(r"[a-z0-9-]{1,32}", re.ASCII)
"""What the configuration allows. Any other name in a raw key is nobody's, and could spoil the whole request."""


def unpublished(
    client: "CloudWatchClient", saved: Mapping[str, frozenset[datetime]], now: datetime
) -> dict[str, frozenset[datetime]]:
    """Of each source's saved minutes (UTC), those older than 15 minutes that have no `Published`.

    A source that CloudWatch does not answer for whole is left out: unknown is not zero. Raises ClientError or
    BotoCoreError when it does not answer at all.
    """
    awaited = {
        source: frozenset(minute for minute in minutes if minute < now - SETTLED)
        for source, minutes in saved.items()
        if _SOURCE.fullmatch(source)
    }
    missing = {source: minutes for source, minutes in awaited.items() if not minutes}
    asked = sorted(source for source, minutes in awaited.items() if minutes)
    for start in range(0, len(asked), METRICS):
        some = asked[start : start + METRICS]
        first = min(min(awaited[source]) for source in some)
        last = max(max(awaited[source]) for source in some)
        for source, published in _published(client, some, first, last + _MINUTE).items():
            missing[source] = awaited[source] - published
    return missing


def _published(
    client: "CloudWatchClient", sources: Sequence[str], start: datetime, end: datetime
) -> dict[str, frozenset[datetime]]:
    """The minutes with a sample of `Published`, of the sources that CloudWatch answered for whole."""
    names = {f"source{number}": source for number, source in enumerate(sources)}
    found: dict[str, set[datetime]] = {name: set() for name in names}
    status: dict[str, str] = {}
    request: GetMetricDataInputTypeDef = {
        "MetricDataQueries": [_query(name, source) for name, source in names.items()],
        "StartTime": start,
        "EndTime": end,
        "ScanBy": "TimestampAscending",
    }
    while True:
        answer = client.get_metric_data(**request)
        for result in answer["MetricDataResults"]:
            name = result["Id"]
            status[name] = result["StatusCode"]
            for moment, samples in zip(result["Timestamps"], result["Values"], strict=True):
                if samples:
                    found[name].add(moment.astimezone(UTC))
        token = answer.get("NextToken")
        if not token:
            break
        request["NextToken"] = token
    return {source: frozenset(found[name]) for name, source in names.items() if status.get(name) == "Complete"}


def _query(name: str, source: str) -> "MetricDataQueryTypeDef":
    return {
        "Id": name,
        "MetricStat": {
            "Metric": {
                "Namespace": HEALTH_NAMESPACE,
                "MetricName": "Published",
                "Dimensions": [{"Name": "Source", "Value": source}],
            },
            "Period": int(_MINUTE.total_seconds()),
            "Stat": "SampleCount",
        },
    }
