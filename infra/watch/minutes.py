"""Alarms on what the collector says of every minute."""

from typing import Final

from contract.metrics import HEALTH_NAMESPACE
from infra.configuration import Alarms
from infra.watch.alarm import MINUTE, Alarm, Comparison, Group, Insights, Missing, Rule, Series

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
        meaning=f"S3 did not take at least one minute of source {source} in the last hour. Its rows are only in the "
        "log, and will be lost when the log forgets them.",
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
