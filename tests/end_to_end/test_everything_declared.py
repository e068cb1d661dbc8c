"""What is declared is what is used: every metric is sent by something, every permission is needed by something."""

from typing import Final

from contract.metrics import METRICS
from tests.end_to_end.promises import emitted
from tests.end_to_end.stack import SOURCES, TOKENS, ZONES, world
from tests.sandbox.aws import Fault as AwsFault
from tests.sandbox.aws import Grant, Request, policy_of
from tests.sandbox.aws.actions import ALWAYS
from tests.sandbox.aws.roles import trusts
from tests.sandbox.cloudflare import Fault
from tests.sandbox.kept import instant
from tests.sandbox.sandbox import Sandbox

IMPLICIT: Final = {
    "s3:ListBucket": "https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html",
    "logs:CreateLogStream": "https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs.html",
    "logs:PutLogEvents": "https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs.html",
    "sqs:SendMessage": "https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html",
}
"""What is granted to the function and what it never calls, with the page on which AWS says that it is needed.

S3 answers 404 for a missing key to those alone who may list the bucket; Lambda writes the log, and sends the record of
a failed event, with the function's role.
"""


def everything(sandbox: Sandbox) -> None:
    """A few minutes in which all goes wrong that a metric, or a permission, is there for."""
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


def test_every_metric_is_sent_by_something_and_every_permission_needed_by_something(sandbox: Sandbox) -> None:
    everything(sandbox)
    assert set(emitted(sandbox)) == {
        (metric.namespace, metric.name, metric.unit, frozenset(dimensions))
        for metric in METRICS
        for dimensions in metric.dimensions
    }
    made = [call.request for call in sandbox.aws.calls.of(role=sandbox.role)]
    policy = policy_of(sandbox.role)
    assert policy.refused(made) == ()
    log = f"arn:aws:logs:{sandbox.aws.region}:{sandbox.aws.account}:log-group:{sandbox.function_deployment.log_group}:*"
    resources = {"s3": f"arn:aws:s3:::{sandbox.bucket}", "logs": log, "sqs": queue_arn(sandbox, "FailureQueueUrl")}
    assert set(policy.unused(made)) == {Grant(action, resources[action.partition(":")[0]]) for action in IMPLICIT}


def test_sparse_metrics_are_silent_in_a_good_minute(sandbox: Sandbox) -> None:
    sandbox.run("2026-11-23T10:01:00Z", source="edge")
    good = {"RateLimitRemaining", "RateLimitUsed", "CatalogAge"}
    sent = {name for _, name, _, _ in emitted(sandbox)}
    assert sent & {metric.name for metric in METRICS if metric.sparse} == good
    assert {metric.name for metric in METRICS if not metric.sparse} <= sent


def test_the_schedules_may_start_the_function_and_report_what_they_could_not_start(sandbox: Sandbox) -> None:
    scheduler = sandbox.aws.client("scheduler")
    targets = [
        scheduler.get_schedule(GroupName=name.group, Name=name.name)["Target"] for name in sandbox.deployment.schedules
    ]
    (role,) = {target["RoleArn"] for target in targets}
    assert {target["Arn"] for target in targets} == {sandbox.function_deployment.arn}
    assert {target["DeadLetterConfig"]["Arn"] for target in targets} == {queue_arn(sandbox, "ScheduleQueueUrl")}
    # https://docs.aws.amazon.com/scheduler/latest/UserGuide/setting-up.html#setting-up-execution-role
    # https://docs.aws.amazon.com/scheduler/latest/UserGuide/configuring-schedule-dlq.html
    needed = [
        Request("lambda:InvokeFunction", (sandbox.function_deployment.arn,), ALWAYS),
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
