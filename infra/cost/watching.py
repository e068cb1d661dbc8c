"""What it costs to look and to be told: the dashboard, the alarms, and the mails that they send."""

from collections.abc import Iterator, Sequence
from typing import Final

from contract.metrics import BY_NAME
from infra.configuration import Configuration
from infra.cost import prices
from infra.cost.bill import Line, charge
from infra.cost.metrics import SERVICE, hours, series
from infra.cost.polling import Polling
from infra.cost.workload import Workload
from infra.monitoring.alarm import Band, Insights, Series
from infra.monitoring.alarms import alarms
from infra.monitoring.composites import composites

SNS: Final = "SNS"
SQS: Final = "SQS"
_QUERY_HOURS: Final = 3
"""https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-metrics-insights-limits.html"""


def watching_lines(configuration: Configuration, sources: Sequence[Polling], workload: Workload) -> Iterator[Line]:
    """The dashboard, each alarm by what it watches, and what they send."""
    every = alarms(configuration)
    watched = [alarm.watched for alarm in every]
    single = sum(isinstance(each, Series) for each in watched)
    unusual = sum(isinstance(each, Band) for each in watched) * prices.ANOMALY_ALARM_METRICS
    found = sum(_found(each, sources, workload) for each in watched if isinstance(each, Insights))
    yield from charge(SERVICE, "dashboard", 1, prices.DASHBOARD)
    yield from charge(SERVICE, "alarms", single, prices.ALARM)
    yield from charge(SERVICE, "alarms on unusual traffic", unusual, prices.ALARM)
    yield from charge(SERVICE, "alarms on queries", found, prices.ANALYZED_METRIC)
    yield from charge(SERVICE, "composite alarms", len(composites(every)), prices.COMPOSITE_ALARM)
    yield from charge(SNS, "alarm mails", workload.alarm_mails, prices.MAIL)
    # A run that failed leaves a message, which is what most mails are about.
    yield from charge(SQS, "failed runs", workload.alarm_mails, prices.QUEUE_REQUEST)


def _found(query: Insights, sources: Sequence[Polling], workload: Workload) -> float:
    """Metrics that a query finds: those with data in the last three hours, so each for three times as long."""
    metric = BY_NAME[query.metric]
    return min(series(metric, sources), _QUERY_HOURS * hours(metric, sources, workload))
