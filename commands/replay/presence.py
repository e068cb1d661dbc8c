"""Which series CloudWatch has a sample of, minute by minute.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html: at most 500 metrics and
100,800 data points a request; data points of one minute are kept for 15 days.
"""

from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from commands.deployment import CommandFailed, asking
from commands.minutes import MINUTE, Span, shown

if TYPE_CHECKING:
    from types_boto3_cloudwatch import CloudWatchClient
    from types_boto3_cloudwatch.type_defs import MetricDataQueryTypeDef

MOST_QUERIES: Final = 500
MOST_POINTS: Final = 100_800

_NO_ANSWER: Final = "no answer"
_COMPLETE: Final = "Complete"
_PASSING: Final = (_NO_ANSWER, _COMPLETE, "PartialData")
"""After an error of one page, the next ones cannot make the answer whole again."""

Name = tuple[str, tuple[tuple[str, str], ...]]
"""A series: its metric and its dimensions, as in `Datum`."""


class Presence:
    """Asks CloudWatch what is there."""

    def __init__(self, client: "CloudWatchClient") -> None:
        self._client = client

    def of(self, namespace: str, names: Collection[Name], span: Span) -> set[tuple[Name, datetime]]:
        """Each of these series with each minute of the span (UTC) at which it has a sample.

        Raises CommandFailed when CloudWatch does not say it of all: what is not known is not taken for absent.
        """
        minutes = (span.last - span.first) // MINUTE + 1
        most = max(1, min(MOST_QUERIES, MOST_POINTS // minutes))
        there: set[tuple[Name, datetime]] = set()
        with asking(f"what CloudWatch holds of {span}"):
            for batch in _batches(sorted(names), most):
                there.update(self._of_batch(namespace, batch, span))
        return there

    def _of_batch(self, namespace: str, names: Sequence[Name], span: Span) -> Iterator[tuple[Name, datetime]]:
        by_id = {f"m{number}": name for number, name in enumerate(names)}
        pages = self._client.get_paginator("get_metric_data").paginate(
            MetricDataQueries=[_query(identifier, namespace, name) for identifier, name in by_id.items()],
            StartTime=span.first,
            EndTime=span.last + MINUTE,
            ScanBy="TimestampAscending",
        )
        status: dict[str, str] = dict.fromkeys(by_id, _NO_ANSWER)
        for page in pages:
            for result in page["MetricDataResults"]:
                if status[result["Id"]] in _PASSING:
                    status[result["Id"]] = result["StatusCode"]
                yield from ((by_id[result["Id"]], moment.astimezone(UTC)) for moment in result["Timestamps"])
        unsaid = {by_id[identifier]: said for identifier, said in status.items() if said != _COMPLETE}
        if unsaid:
            (metric, dimensions), said = next(iter(unsaid.items()))
            raise CommandFailed(
                f"CloudWatch did not say of {len(unsaid)} series whether they have a sample from {shown(span.first)} "
                f"on ({metric} {dict(dimensions)}: {said}): try again"
            )


def _query(identifier: str, namespace: str, name: Name) -> "MetricDataQueryTypeDef":
    metric, dimensions = name
    return {
        "Id": identifier,
        "MetricStat": {
            "Metric": {
                "Namespace": namespace,
                "MetricName": metric,
                "Dimensions": [{"Name": dimension, "Value": value} for dimension, value in dimensions],
            },
            "Period": 60,
            "Stat": "SampleCount",
        },
    }


def _batches(names: Sequence[Name], most: int) -> Iterator[Sequence[Name]]:
    yield from (names[start : start + most] for start in range(0, len(names), most))
