"""All metric alarms of a configuration, as data: by minute, by hour, on functions and queues, and on traffic."""

from collections.abc import Iterator
from typing import Final

from contract.metrics import BY_NAME, HEALTH_NAMESPACE, TRAFFIC_NAMESPACE
from infra.configuration import Alarms, Configuration, TrafficAlarm
from infra.monitoring.alarm import (
    HOUR,
    MINUTE,
    Alarm,
    Band,
    Comparison,
    Deployed,
    Group,
    Insights,
    Missing,
    Rule,
    Series,
)

_SUSTAINED: Final = Rule(MINUTE, bad=3, periods=5, missing=Missing.GOOD)
"""Three bad minutes of five: one, or two apart by chance, wake nobody."""
_ONCE: Final = Rule(MINUTE, bad=1, periods=60, missing=Missing.GOOD)
"""One bad minute is enough, as a person has to act for it. It stays on for an hour, so that a bad hour is one mail."""


def of_source(source: str, settings: Alarms) -> tuple[Alarm, ...]:
    """What can be wrong with the minutes of one source."""
    return (
        _no_minutes(source, settings.minutes_without_data),
        _credential_refused(source),
        _rate_budget(source, settings.rate_limit_percent),
        _save_failed(source),
    )


def _health(source: str, metric: str, statistic: str) -> Series:
    return Series(HEALTH_NAMESPACE, metric, (("Source", source),), statistic)


def _no_minutes(source: str, minutes: int) -> Alarm:
    """Each run says how many requests it collected, 0 included: no datum means that no run has got that far.

    So missing is bad, and the alarm goes off as well when the schedule, the function or the whole log is gone. N of N:
    a single collected minute ends it. After the last good datum it takes N minutes and the rest of the evaluation
    range (see `alarm`), some two more, plus the minute by which data are late: about eight with the default of five.
    *Rejected:* `FILL(m, 0)`, which would need no range to pass, but takes the newest minutes, not yet there, for bad.
    """
    return Alarm(
        name=f"{source}-no-minutes",
        group=Group.PAGE_COLLECTION,
        watched=_health(source, "RequestsCollected", "Sum"),
        comparison=Comparison.BELOW,
        threshold=1,
        rule=Rule(MINUTE, bad=minutes, periods=minutes, missing=Missing.BAD),
        meaning=f"No zone of source {source} has been collected for {minutes} minutes. Its traffic is unknown since "
        "then, and Cloudflare cannot be asked for it later.",
        first="if the source's credential-refused alarm is on too, begin there. Else see whether runs start, and how "
        "they end: `aws logs tail <LogGroupName> --since 10m --format short`. Nothing there: "
        "`aws sqs receive-message --queue-url <ScheduleQueueUrl> --message-attribute-names All`",
        section="nothing-arrives",
    )


def _credential_refused(source: str) -> Alarm:
    """A token made a moment ago can be refused for a short while, so one minute is not enough.

    While the secret holds a refused credential, each run still tries it once and says so: it does not fall silent.
    """
    return Alarm(
        name=f"{source}-credential-refused",
        group=Group.PAGE_COLLECTION,
        watched=_health(source, "CredentialRefused", "Sum"),
        comparison=Comparison.AT_LEAST,
        threshold=1,
        rule=_SUSTAINED,
        meaning=f"Cloudflare refuses the credential of source {source}. None of its zones is collected, and calls are "
        "held back so that Cloudflare does not lock the caller out.",
        first="make a new token and put it into the secret. The command is the stack's output PutSecret…; it is used "
        "from the next minute on, without a deploy.",
        section="put-or-rotate-the-token",
    )


def _rate_budget(source: str, percent: int) -> Alarm:
    """The header is Cloudflare's, of the whole user: it is absent when no answer came, which is not this alarm's."""
    return Alarm(
        name=f"{source}-rate-budget",
        group=Group.TICKET_LIMITS,
        watched=_health(source, "RateLimitUsed", "Maximum"),
        comparison=Comparison.ABOVE,
        threshold=percent,
        rule=_SUSTAINED,
        meaning=f"The Cloudflare user of source {source} has used more than {percent} % of its requests in the last "
        "five minutes. At 100 % Cloudflare refuses every call of this user, the dashboard's too, for five minutes.",
        first="find what else uses this user's tokens or keys: Spectrum Meter's own polls are 90 % at most, by their "
        "budget. Stop that, or give it a user of its own.",
        section="rate-budget-nearly-used",
    )


def _save_failed(source: str) -> Alarm:
    """The rows are in the log alone, which forgets them after its retention: each single one needs a `restore`."""
    return Alarm(
        name=f"{source}-save-failed",
        group=Group.TICKET_REPAIRS,
        watched=_health(source, "SaveFailed", "Sum"),
        comparison=Comparison.AT_LEAST,
        threshold=1,
        rule=_ONCE,
        meaning=f"At least one minute of source {source} could not be written to S3 in the last hour. Its rows are "
        "only in the log, and will be lost when the log forgets them.",
        first="from the checkout, with AWS credentials: `make restore ARGS=--dry-run`, then `make restore`",
        section="not-saved",
    )


def zones_down(settings: Alarms) -> Alarm:
    """One alarm for all zones, known and to come: each zone is a series of the query, with a state of its own.

    One bad minute more than is asked for is looked at, so that a datum that is late, or one lucky minute, does not
    end it; and as `ZoneDown` is sparse, bad minutes that are farther back in the evaluation range count as well (see
    `alarm`): 5 of 6 is 5 of 8. Facts
    (https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Create_Metrics_Insights_Alarm.html): data of the
    last three hours count; a series that the query no longer finds goes to OK, whatever missing data are taken for: a
    zone that is good again. At most 100 zones are told to be in alarm, of 500 series. The price is that of each metric
    that the query finds, $0.10 a month by the hour: none while no zone has failed for three hours.
    """
    minutes = settings.zone_minutes
    return Alarm(
        name="zones-down",
        group=Group.PAGE_ZONES,
        watched=Insights(HEALTH_NAMESPACE, "ZoneDown", by=("Source", "Zone"), function="MAX"),
        comparison=Comparison.AT_LEAST,
        threshold=1,
        rule=Rule(MINUTE, bad=minutes, periods=minutes + 1, missing=Missing.GOOD),
        meaning=f"At least one zone was not collected in {minutes} of the last {minutes + 3} minutes. Its traffic is "
        "unknown, not zero; other zones are not held up by it.",
        first="see which: `aws cloudwatch describe-alarm-contributors --alarm-name SpectrumMeter-zones-down`. The "
        "newest object under s3://<BucketName>/raw/ says why, in `reason` and `error_message`.",
        section="when-a-zone-fails",
    )


_KEPT: Final = Rule(HOUR, bad=1, periods=24, missing=Missing.GOOD)
"""Said once, when a day is compacted: it stays on for a day, so that somebody sees it at work."""


def of_source_hourly(source: str) -> tuple[Alarm, ...]:
    """What is found out about a source's minutes afterwards."""
    return (_unpublished(source), _metrics_dropped(source))


def of_lake() -> tuple[Alarm, ...]:
    """What can be wrong with the days."""
    return (_uncompacted(), _rejected())


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
    """Said every hour, 0 included, so missing is bad: three hours without it mean that the compactor is gone.

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


def _rejected() -> Alarm:
    return Alarm(
        name="raw-objects-rejected",
        group=Group.TICKET_REPAIRS,
        watched=Series(HEALTH_NAMESPACE, "RawObjectsRejected", (), "Maximum"),
        comparison=Comparison.AT_LEAST,
        threshold=1,
        rule=_KEPT,
        meaning="A compaction of the last day found objects under raw/ that the collector did not write so, and left "
        "them out of history. The rest of the day is in it.",
        first="read which and why: `aws s3 cp s3://<BucketName>/reports/compaction/dt=YYYY-MM-DD.json -`",
        section="rejected",
    )


_MINUTES_RULE: Final = Rule(MINUTE, bad=3, periods=5, missing=Missing.GOOD)
_HOURS_RULE: Final = Rule(HOUR, bad=2, periods=3, missing=Missing.GOOD)
"""One bad hour is the next hour's to mend."""
_TWO_HOURS: Final = Rule(2 * HOUR, bad=1, periods=1, missing=Missing.GOOD)
_RETRIES: Final = 25
"""More than one event of the compactor is tried for want of room. Lambda waits a second, then twice as long each time
up to five minutes, and drops it after an hour: some 20 times
(https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html). Bad hours cannot be counted
instead: periods slide by the minute, and one event's retries lie in two of them or in one, and the alarm would flap."""
_QUEUE: Final = Rule(5 * MINUTE, bad=1, periods=1, missing=Missing.GOOD)
"""A message stays for 14 days or until it is taken out, so one period is enough. Looking at it hides it for 30 s: the
highest of five minutes still sees it. An empty queue that nobody touches for six hours sends no data, and the first
after that come up to 15 minutes late:
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html"""

_GROUPS: Final = {Deployed.COLLECTOR: Group.PAGE_COLLECTION, Deployed.COMPACTOR: Group.TICKET_REPAIRS}
"""A minute that the collector misses is lost; a day that the compactor misses is compacted later."""


ENDED: Final = '$.record.status = "timeout" || $.record.status = "error" || $.record.status = "failure"'
"""Finds the runs that Lambda itself ended: time-outs, killed processes. Their lines are `platform.*` events, without a
level: https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html"""
_FAILED: Final = f'{{ $.level = "ERROR" || $.level = "CRITICAL" || {ENDED} }}'


def of_functions() -> tuple[Alarm, ...]:
    """Errors and throttles of both functions. No run, no datum: that is `no-minutes` and `uncompacted-days`."""
    return (
        _errors("collector", Deployed.COLLECTOR, _MINUTES_RULE, since="10m", section="when-a-run-fails"),
        _errors("compactor", Deployed.COMPACTOR, _HOURS_RULE, since="3h", section="when-a-day-is-not-compacted"),
        _throttles("collector", Deployed.COLLECTOR, _MINUTES_RULE, 1, f"{_often(_MINUTES_RULE)}. Its minutes are lost"),
        _throttles("compactor", Deployed.COMPACTOR, _TWO_HOURS, _RETRIES, "two hours on end. Closed days wait for it"),
    )


def of_queues() -> tuple[Alarm, ...]:
    """Events that came to nothing."""
    return (
        _queue(
            "not-started",
            Deployed.SCHEDULE_DLQ,
            meaning="The scheduler could not hand events to a function: runs were not started.",
            first="`aws sqs receive-message --queue-url <ScheduleQueueUrl> --message-attribute-names All`: "
            "ERROR_MESSAGE says why.",
            section="runs-that-were-not-started",
        ),
        _queue(
            "failed-runs",
            Deployed.INVOKE_DLQ,
            meaning="Runs have failed or were dropped, and each of them waits for a person.",
            first="`aws sqs receive-message --queue-url <FailureQueueUrl>`: `responsePayload.errorMessage` says what "
            "to do.",
            section="runs-that-failed",
        ),
    )


def _errors(function: str, deployed: Deployed, rule: Rule, *, since: str, section: str) -> Alarm:
    return Alarm(
        name=f"{function}-errors",
        group=_GROUPS[deployed],
        watched=Series("AWS/Lambda", "Errors", (("FunctionName", deployed),), "Sum"),
        comparison=Comparison.AT_LEAST,
        threshold=1,
        rule=rule,
        meaning=f"Runs of the {function} failed in {_often(rule)}. A zone that cannot be polled is no such failure: "
        "something could not be saved, published or compacted, or the deployment is damaged.",
        first=f"read the error: `aws logs tail <LogGroupName> --since {since} --format short "
        f"--filter-pattern '{_FAILED}'`",
        section=section,
    )


def _throttles(function: str, deployed: Deployed, rule: Rule, threshold: int, when: str) -> Alarm:
    return Alarm(
        name=f"{function}-throttles",
        group=_GROUPS[deployed],
        watched=Series("AWS/Lambda", "Throttles", (("FunctionName", deployed),), "Sum"),
        comparison=Comparison.AT_LEAST,
        threshold=threshold,
        rule=rule,
        meaning=f"Invocations of the {function} were throttled in {when}.",
        first="see what is left: `aws lambda get-account-settings --query AccountLimit`. Then set reserved_concurrency "
        "in cdk.json, or have the account's limit raised.",
        section="throttled",
    )


def _often(rule: Rule) -> str:
    return f"{rule.bad} of the last {rule.periods} {'hours' if rule.period_s == HOUR else 'minutes'}"


def _queue(name: str, deployed: Deployed, *, meaning: str, first: str, section: str) -> Alarm:
    return Alarm(
        name=name,
        group=Group.TICKET_REPAIRS,
        watched=Series("AWS/SQS", "ApproximateNumberOfMessagesVisible", (("QueueName", deployed),), "Maximum"),
        comparison=Comparison.AT_LEAST,
        threshold=1,
        rule=_QUEUE,
        meaning=f"{meaning} The alarm stays on until the queue is empty.",
        first=first,
        section=section,
    )


_AVERAGED: Final = "ConnectionDuration"
"""All others are counted: their minutes are added up."""


def of_watch(watch: TrafficAlarm) -> Iterator[Alarm]:
    """The alarms of one entry of `alarms.traffic`: above, below, unlike what is usual.

    As many bad minutes in a row as the entry says. A minute that is unknown begins no alarm and ends none: a zone that
    is not collected is `zones-down`, and not quiet.
    """
    series = Series(
        TRAFFIC_NAMESPACE, watch.metric, watch.dimensions, "Average" if watch.metric == _AVERAGED else "Sum"
    )
    if watch.above is not None:
        how = f"above {watch.above:,}"
        yield _alarm(watch, "above", series, Comparison.ABOVE, threshold=watch.above, how=how)
    if watch.below is not None:
        how = f"below {watch.below:,}"
        yield _alarm(watch, "below", series, Comparison.BELOW, threshold=watch.below, how=how)
    if watch.unusual is not None:
        how = "unlike what CloudWatch has learned to expect"
        yield _alarm(watch, "unusual", Band(series, watch.unusual), Comparison.OUTSIDE, threshold=None, how=how)


def _alarm(
    watch: TrafficAlarm, kind: str, watched: Series | Band, comparison: Comparison, *, threshold: int | None, how: str
) -> Alarm:
    unit = BY_NAME[watch.metric].unit
    return Alarm(
        name=f"traffic-{watch.name}-{kind}",
        group=Group.PAGE_ZONES,
        watched=watched,
        comparison=comparison,
        threshold=threshold,
        rule=Rule(MINUTE, bad=watch.minutes, periods=watch.minutes, missing=Missing.AS_BEFORE),
        meaning=f"{watch.metric} of {watch.subject} has been {how} ({unit} a minute) for {watch.minutes} minutes.",
        first="look at it on the dashboard, and whether others changed at the same minute.",
        section="traffic-is-not-as-expected",
    )


def alarms(configuration: Configuration) -> tuple[Alarm, ...]:
    """List all alarms, the most urgent kinds first."""
    sources = [source.name for source in configuration.sources]
    return (
        *(alarm for source in sources for alarm in of_source(source, configuration.alarms)),
        zones_down(configuration.alarms),
        *of_functions(),
        *of_queues(),
        *(alarm for source in sources for alarm in of_source_hourly(source)),
        *of_lake(),
        *(alarm for watch in configuration.alarms.traffic for alarm in of_watch(watch)),
    )
