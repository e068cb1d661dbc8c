"""Alarms on what is said every hour, or must not scroll by: history, publication, the cap, what was set aside."""

from typing import Final

from contract.metrics import HEALTH_NAMESPACE
from infra.watch.alarm import HOUR, Alarm, Comparison, Group, Missing, Rule, Series
from infra.watch.functions import ENDED

_KEPT: Final = Rule(HOUR, bad=1, periods=24, missing=Missing.GOOD)
"""Said once, when a day is compacted: it stays on for a day, so that somebody sees it at work."""


def of_source(source: str) -> tuple[Alarm, ...]:
    """What is found out about a source's minutes afterwards."""
    return (_unpublished(source), _metrics_dropped(source))


def of_lake() -> tuple[Alarm, ...]:
    """What can be wrong with the days."""
    return (_uncompacted(), _set_aside("RawObjectsSetAside", "objects"), _set_aside("RawLinesSetAside", "lines"))


def _unpublished(source: str) -> Alarm:
    """The count is of minutes that are older than 15 minutes and lasts until they are replayed: it does not flap.

    When CloudWatch could not be asked there is no datum, and nothing is known: the state stays as it was. That the
    compactor is gone is what `uncompacted-days` is for.
    """
    return Alarm(
        name=f"{source}-unpublished",
        group=Group.TICKET_REPAIRS,
        watched=Series(HEALTH_NAMESPACE, "UnpublishedMinutes", (("Source", source),), "Maximum"),
        comparison=Comparison.AT_LEAST,
        threshold=1,
        rule=Rule(HOUR, bad=1, periods=1, missing=Missing.AS_BEFORE),
        meaning=f"Minutes of source {source} are saved in S3, and not whole in CloudWatch: its charts have gaps, and "
        "Athena has the numbers.",
        first="from the checkout, with AWS credentials: `make replay ARGS=--dry-run`, then `make replay`",
        section="not-published",
    )


def _metrics_dropped(source: str) -> Alarm:
    """Said every minute while it holds. Six hours without it, not one bad minute of the collector, end it."""
    return Alarm(
        name=f"{source}-metric-limit",
        group=Group.TICKET_LIMITS,
        watched=Series(HEALTH_NAMESPACE, "MetricsDropped", (("Source", source),), "Maximum"),
        comparison=Comparison.AT_LEAST,
        threshold=1,
        rule=Rule(HOUR, bad=1, periods=6, missing=Missing.GOOD),
        meaning=f"Source {source} has more applications than metric_limit lets into CloudWatch. Those left out have no "
        "charts and no alarms; S3 and each zone's sum have them.",
        first="see how many: `MetricsDropped` on the dashboard; the log names them. Raise metric_limit in cdk.json "
        "($0.30 a metric and month) and deploy, or narrow app_ids.",
        section="metric-limit-reached",
    )


def _uncompacted() -> Alarm:
    """Said every hour, 0 included, so missing is bad: three hours of silence mean that the compactor is gone.

    Three of three also leaves two more hours to mend what an hour spoiled, before anyone is woken: a day counts from
    six hours after its end, and the views miss it from 24 hours after its end on, so 15 of those 18 hours are left.
    After the last good datum the rest of the evaluation range has to pass as well: three hours, or some five.
    """
    return Alarm(
        name="uncompacted-days",
        group=Group.TICKET_REPAIRS,
        watched=Series(HEALTH_NAMESPACE, "UncompactedDays", (), "Maximum"),
        comparison=Comparison.AT_LEAST,
        threshold=1,
        rule=Rule(HOUR, bad=3, periods=3, missing=Missing.BAD),
        meaning="A closed day has no whole history, or the hourly compaction has not been heard of for three hours. "
        "From the second midnight after the day on, Athena's views show nothing of it.",
        first="see the error: `aws logs tail <LogGroupName> --since 3h --filter-pattern "
        f"'{{ $.message = \"day not compacted\" || {ENDED} }}'`. Nothing: "
        "`aws sqs receive-message --queue-url <ScheduleQueueUrl>`",
        section="not-compacted",
    )


def _set_aside(metric: str, what: str) -> Alarm:
    return Alarm(
        name=f"raw-{what}-set-aside",
        group=Group.TICKET_REPAIRS,
        watched=Series(HEALTH_NAMESPACE, metric, (), "Maximum"),
        comparison=Comparison.AT_LEAST,
        threshold=1,
        rule=_KEPT,
        meaning=f"A compaction of the last day found {what} under raw/ that the collector did not write so, and left "
        "them out of history. The rest of the day is in it.",
        first="read which and why: `aws s3 cp s3://<BucketName>/reports/compaction/dt=YYYY-MM-DD.json -`",
        section="set-aside",
    )
