"""Rows on what runs it: the functions and queues by AWS's own metrics, the alarms, and where to look further."""

from collections.abc import Iterator, Sequence
from typing import Final

from infra.configuration import Configuration
from infra.watch.alarm import Series
from infra.watch.alarms import alarms
from infra.watch.composites import composites
from infra.watch.names import CONSOLE, Deployed
from infra.watch.widget import COLUMNS, Line, Widget, chart, line, text

ALARMS_OF_A_WIDGET: Final = 100
"""https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html"""
_FUNCTIONS: Final = (("collector", Deployed.COLLECTOR), ("compactor", Deployed.COMPACTOR))


def rows(configuration: Configuration) -> Iterator[Sequence[Widget]]:
    """Show what AWS says of the deployment, and the way to everything else."""
    yield [text("## Functions, queues and alarms")]
    yield [
        chart("Errors and throttles", _failures(), unit="in the period", width=8),
        chart("Run time, longest", _durations(), unit="collector, ms", right_unit="compactor, ms", width=8),
        chart("Events that came to nothing, waiting", _queues(), unit="messages", width=8),
    ]
    every = alarms(configuration)
    names = [*(each.full_name for each in composites(every)), *(alarm.full_name for alarm in every)]
    arn = f"arn:<{Deployed.PARTITION}>:cloudwatch:<{Deployed.REGION}>:<{Deployed.ACCOUNT}>:alarm:"
    for start in range(0, len(names), ALARMS_OF_A_WIDGET):
        some = names[start : start + ALARMS_OF_A_WIDGET]
        properties = {"title": "Alarms", "alarms": [arn + name for name in some]}
        yield [Widget("alarm", COLUMNS, 2 + len(some) // 6, properties)]
    yield [text(_links(configuration.alarms.runbook_url), height=3)]


def _failures() -> Iterator[Line]:
    for name, deployed in _FUNCTIONS:
        for metric in ("Errors", "Throttles"):
            yield line(_of_function(deployed, metric, "Sum"), f"{name} {metric.lower()}")


def _durations() -> Iterator[Line]:
    for name, deployed in _FUNCTIONS:
        yield line(_of_function(deployed, "Duration", "Maximum"), name, right=deployed is Deployed.COMPACTOR)


def _queues() -> Iterator[Line]:
    for name, deployed in (("runs that failed", Deployed.FAILURES), ("runs not started", Deployed.MISSED)):
        series = Series("AWS/SQS", "ApproximateNumberOfMessagesVisible", (("QueueName", deployed),), "Maximum")
        yield line(series, name)


def _of_function(deployed: Deployed, metric: str, statistic: str) -> Series:
    return Series("AWS/Lambda", metric, (("FunctionName", deployed),), statistic)


def _links(runbook_url: str | None) -> str:
    region = f"region=<{Deployed.REGION}>"
    links = (
        f"[Runbook]({runbook_url})" if runbook_url else "Runbook: docs/operations.md in the repository",
        f"[Athena workgroup]({CONSOLE}/athena/home?{region}#/workgroups/details/<{Deployed.WORKGROUP}>)",
        f"[Bucket](https://s3.console.aws.amazon.com/s3/buckets/<{Deployed.BUCKET}>?{region})",
        f"[Log]({CONSOLE}/cloudwatch/home?{region}#logsV2:log-groups/log-group/<{Deployed.LOG}>)",
        f"[Alarms]({CONSOLE}/cloudwatch/home?{region}#alarmsV2:)",
    )
    return "**Look further:** " + " · ".join(links) + "\n\nMade by the stack: a change here is undone by a deployment."
