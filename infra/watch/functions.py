"""Alarms on the functions and queues, from AWS's own metrics: they are there when ours are not."""

from typing import Final

from infra.watch.alarm import HOUR, MINUTE, Alarm, Comparison, Group, Missing, Rule, Series
from infra.watch.names import Deployed

_MINUTES: Final = Rule(MINUTE, bad=3, periods=5, missing=Missing.GOOD)
_HOURS: Final = Rule(HOUR, bad=2, periods=3, missing=Missing.GOOD)
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
        _errors("collector", Deployed.COLLECTOR, _MINUTES, since="10m", section="when-a-run-fails"),
        _errors("compactor", Deployed.COMPACTOR, _HOURS, since="3h", section="when-a-day-is-not-compacted"),
        _throttles("collector", Deployed.COLLECTOR, _MINUTES, 1, f"{_often(_MINUTES)}. Its minutes are lost"),
        _throttles("compactor", Deployed.COMPACTOR, _TWO_HOURS, _RETRIES, "two hours on end. Closed days wait for it"),
    )


def of_queues() -> tuple[Alarm, ...]:
    """Events that came to nothing."""
    return (
        _queue(
            "not-started",
            Deployed.MISSED,
            meaning="The scheduler could not hand events to a function: runs were not started.",
            first="`aws sqs receive-message --queue-url <ScheduleQueueUrl> --message-attribute-names All`: "
            "ERROR_MESSAGE says why.",
            section="runs-that-were-not-started",
        ),
        _queue(
            "failed-runs",
            Deployed.FAILURES,
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
        meaning=f"Lambda had no room to start the {function} in {when}.",
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
