"""What is declared is what is used: every metric is sent by something, every permission is needed by something."""

import gzip
from typing import Final

from contract.metrics import METRICS, Cadence, Emitter
from tests.end_to_end.closed_day import FIRST_HOUR, MINUTES, collect
from tests.end_to_end.promises import emitted
from tests.end_to_end.stack import SOURCES, TOKENS, ZONES, world
from tests.sandbox.aws import Fault as AwsFault
from tests.sandbox.aws import Grant, Request, policy_of
from tests.sandbox.aws.actions import ALWAYS
from tests.sandbox.aws.roles import trusts
from tests.sandbox.cloudflare import Fault
from tests.sandbox.kept import instant
from tests.sandbox.operation import Operation
from tests.sandbox.sandbox import Sandbox

IMPLICIT: Final = {
    "logs:CreateLogStream": "https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs.html",
    "logs:PutLogEvents": "https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs.html",
    "sqs:SendMessage": "https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html",
}
"""What is granted to both functions and what they never call, with the page on which AWS says that it is needed.

Lambda writes the log, and sends the record of a failed event, with the function's role.
"""
TELLS_MISSING_FROM_FORBIDDEN: Final = "s3:ListBucket"
"""S3 answers 404 for a missing key to those alone who may list the bucket. The collector never does list it.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html
"""


def every_minute(sandbox: Sandbox) -> None:
    """A few minutes in which all goes wrong that a metric, or a permission, is there for."""
    sandbox.cloudflare.faults.add(Fault("app_without_id", zone=ZONES["main"][0].id, minutes="2026-11-23 10:00"))
    for source in SOURCES:
        sandbox.run("2026-11-23T10:01:00Z", source=source)
    sandbox.run("2026-11-23T10:01:00Z")
    sandbox.invoke('{"source": "main"}', instant("2026-11-23T10:01:30Z"))
    sandbox.cloudflare.faults.add(Fault("forbidden_10000", zone=ZONES["main"][0].id, minutes="2026-11-23 10:01"))
    sandbox.run("2026-11-23T10:02:00Z")
    for minute, fault in (
        (3, AwsFault("refuse", operation="PutObject", key="raw/*", role="?*")),
        (4, AwsFault("refuse", operation="PutMetricData", role="?*")),
        (5, AwsFault("drop_answer", operation="PutMetricData", role="?*")),
    ):
        with sandbox.aws.faults.active(fault):
            sandbox.run(f"2026-11-23T10:0{minute}:00Z")
    sandbox.cloudflare.world = world().revoked(TOKENS["main"], "2026-11-23 10:05:30")
    sandbox.run("2026-11-23T10:06:00Z")


def every_day(sandbox: Sandbox) -> None:
    """A day that is compacted and ends, and one of which something is rejected."""
    collect(sandbox, MINUTES[-1:], ["main"])
    sandbox.compact(FIRST_HOUR)
    for minute, content in (("1200", b"neither gzip nor lines"), ("1201", gzip.compress(b'"not a row"\n'))):
        sandbox.s3.put_object(Bucket=sandbox.bucket, Key=f"raw/dt=2026-11-23/{minute}-main.json.gz", Body=content)
    sandbox.compact("2026-11-24T00:20:00Z")
    sandbox.compact("2027-02-21T00:20:00Z")


def declared(emitter: Emitter) -> set[tuple[str, str, str | None, frozenset[str]]]:
    """What a function sends, as `emitted` tells it."""
    return {
        (metric.namespace, metric.name, metric.unit, frozenset(dimensions))
        for metric in METRICS
        if metric.emitter is emitter
        for dimensions in metric.dimensions
    }


def unneeded(sandbox: Sandbox, operation: Operation) -> set[str]:
    """The actions that a function was granted beyond what it did, and beyond what Lambda does in its name."""
    made = [call.request for call in sandbox.aws.calls.of(role=operation.role)]
    policy = policy_of(operation.role)
    assert policy.refused(made) == ()
    log = f"arn:aws:logs:{sandbox.aws.region}:{sandbox.aws.account}:log-group:{operation.deployment.log_group}:*"
    resources = {"logs": log, "sqs": queue_arn(sandbox, "FailureQueueUrl")}
    implicit = {Grant(action, resources[action.partition(":")[0]]) for action in IMPLICIT}
    assert implicit <= set(policy.unused(made))
    return {grant.action for grant in set(policy.unused(made)) - implicit}


def test_every_metric_of_the_collector_is_sent_and_every_permission_needed(sandbox: Sandbox) -> None:
    every_minute(sandbox)
    assert set(emitted(sandbox)) == declared(Emitter.COLLECTOR)
    assert unneeded(sandbox, sandbox.collecting) == {TELLS_MISSING_FROM_FORBIDDEN}


def test_every_metric_of_the_compactor_is_sent_and_every_permission_needed(sandbox: Sandbox) -> None:
    every_day(sandbox)
    assert declared(Emitter.COMPACTOR) <= set(emitted(sandbox))
    assert set(emitted(sandbox)) <= declared(Emitter.COMPACTOR) | declared(Emitter.COLLECTOR)
    assert unneeded(sandbox, sandbox.compacting) == set()


def test_sparse_metrics_are_silent_in_a_good_minute(sandbox: Sandbox) -> None:
    sandbox.run("2026-11-23T10:01:00Z", source="edge")
    good = {metric.name for metric in METRICS if metric.sparse and metric.cadence is Cadence.EVERY_MINUTE}
    assert good == {"RateLimitRemaining", "RateLimitUsed", "CatalogAge", "LastGoodAge"}
    sent = {name for _, name, _, _ in emitted(sandbox)}
    ours = [metric for metric in METRICS if metric.emitter is Emitter.COLLECTOR]
    assert sent & {metric.name for metric in ours if metric.sparse} == good
    assert {metric.name for metric in ours if metric.cadence is Cadence.EVERY_MINUTE} == sent


def test_an_hour_without_a_day_to_compact_sends_what_is_sent_every_hour(sandbox: Sandbox) -> None:
    sandbox.run("2026-11-23T10:01:00Z")
    assert sandbox.compact("2026-11-23T10:20:00Z").ok
    sent = {name for _, name, _, _ in emitted(sandbox)}
    ours = [metric for metric in METRICS if metric.emitter is Emitter.COMPACTOR]
    hourly = {metric.name for metric in ours if metric.cadence is Cadence.EVERY_HOUR}
    assert sent & {metric.name for metric in ours} == hourly == {metric.name for metric in ours if not metric.sparse}


def test_the_schedules_may_start_the_functions_and_report_what_they_could_not_start(sandbox: Sandbox) -> None:
    scheduler = sandbox.aws.client("scheduler")
    targets = [
        scheduler.get_schedule(GroupName=name.group, Name=name.name)["Target"] for name in sandbox.deployment.schedules
    ]
    (role,) = {target["RoleArn"] for target in targets}
    functions = [operation.deployment.arn for operation in (sandbox.collecting, sandbox.compacting)]
    assert {target["Arn"] for target in targets} == set(functions)
    assert {target["DeadLetterConfig"]["Arn"] for target in targets} == {queue_arn(sandbox, "ScheduleQueueUrl")}
    # https://docs.aws.amazon.com/scheduler/latest/UserGuide/setting-up.html#setting-up-execution-role
    # https://docs.aws.amazon.com/scheduler/latest/UserGuide/configuring-schedule-dlq.html
    needed = [
        *(Request("lambda:InvokeFunction", (arn,), ALWAYS) for arn in functions),
        Request("sqs:SendMessage", (queue_arn(sandbox, "ScheduleQueueUrl"),), ALWAYS),
    ]
    policy = policy_of(role.rpartition("/")[2])
    assert policy.refused(needed) == ()
    assert policy.unused(needed) == ()
    group = f"arn:aws:scheduler:us-east-1:{sandbox.aws.account}:schedule-group/SpectrumMeter"
    assert trusts(role, "scheduler.amazonaws.com", source_arn=group)
    assert not trusts(role, "scheduler.amazonaws.com", source_arn=group + "-of-another-stack")
    assert not trusts(role, "lambda.amazonaws.com", source_arn=group)


def queue_arn(sandbox: Sandbox, output: str) -> str:
    """The ARN of the queue whose URL is this output of the stack."""
    url = sandbox.deployment.outputs[output]
    answer = sandbox.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    arn: str = answer["Attributes"]["QueueArn"]
    return arn
