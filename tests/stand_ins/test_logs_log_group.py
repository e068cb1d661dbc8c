"""The function's lines reach its log group and CloudWatch as Lambda takes them there."""

import json
import logging
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from aws_lambda_powertools import Logger
from moto.moto_server.threaded_moto_server import ThreadedMotoServer

from infra.bundle import PROJECT
from tests.infra.alarms import EVERY
from tests.sandbox.function.deployment import Deployment
from tests.sandbox.function.invocation import Invocation, Outcome
from tests.sandbox.logs.log_group import MAX_LINE_BYTES, LogGroup
from tests.sandbox.logs.log_level import reaches_the_log
from tests.sandbox.logs.metric_extraction import MetricExtraction
from tests.sandbox.logs.platform_events import report_line, start_line

if TYPE_CHECKING:
    from types_boto3_cloudwatch import CloudWatchClient
    from types_boto3_logs import CloudWatchLogsClient

# Today: CloudWatch Logs, and moto with it, takes no event that is more than 14 days old.
AT = datetime.now(UTC).replace(microsecond=0)
REQUEST_ID = "79b5e81f-9cdd-4145-b1f6-7c50ef8a2a36"
DEPLOYMENT = Deployment(
    name="tenner-notifier",
    arn="arn:aws:lambda:eu-central-1:123456789012:function:tenner-notifier",
    handler="app.handler",
    runtime="python3.13",
    timeout_s=50,
    memory_mb=256,
    variables={},
    log_group="/spectrum/log-group-test",
    log_format="JSON",
    application_log_level="INFO",
    system_log_level="INFO",
    code=b"",
)


def invocation(*log: str, **changes: Any) -> Invocation:
    """A warm, successful invocation with this log."""
    plain = Invocation(
        request_id=REQUEST_ID,
        at=AT,
        outcome=Outcome(None),
        log=log,
        log_stream="2026/11/23/[$LATEST]807b79f12fad4a1ba10e9b125f446cd1",
        duration_ms=1233.96,
        init_ms=None,
        max_memory_mb=123,
    )
    return replace(plain, **changes)


class Aws:
    """moto with the deployed log group."""

    def __init__(self, endpoint_url: str) -> None:
        session = boto3.Session("testing", "testing", region_name="eu-central-1")
        self.logs: CloudWatchLogsClient = session.client("logs", endpoint_url=endpoint_url)
        self.cloudwatch: CloudWatchClient = session.client("cloudwatch", endpoint_url=endpoint_url)

    def messages(self) -> list[str]:
        pages = self.logs.get_paginator("filter_log_events").paginate(logGroupName=DEPLOYMENT.log_group)
        return [event["message"] for page in pages for event in page["events"]]


@pytest.fixture(scope="module")
def moto() -> Iterator[Aws]:
    server = ThreadedMotoServer("localhost", 0, verbose=False)
    server.start()
    yield Aws(f"http://localhost:{server.get_host_and_port()[1]}")
    server.stop()


@pytest.fixture
def aws(moto: Aws) -> Iterator[Aws]:
    moto.logs.create_log_group(logGroupName=DEPLOYMENT.log_group)
    yield moto
    moto.logs.delete_log_group(logGroupName=DEPLOYMENT.log_group)


def test_an_invocations_lines_stand_between_lambdas_own(aws: Aws) -> None:
    group = LogGroup(DEPLOYMENT, aws.logs)
    assert group.write(invocation("first", "second")) == ("first", "second")
    start, first, second, report = aws.messages()
    assert (first, second) == ("first", "second")
    assert json.loads(start)["type"] == "platform.start"
    assert json.loads(report)["type"] == "platform.report"
    assert group.violations == []


def test_invocations_of_one_environment_share_a_stream(aws: Aws) -> None:
    group = LogGroup(DEPLOYMENT, aws.logs)
    group.write(invocation("first"))
    group.write(invocation("second"))
    group.write(invocation("third", log_stream="2026/11/23/[$LATEST]another"))
    assert len(aws.logs.describe_log_streams(logGroupName=DEPLOYMENT.log_group)["logStreams"]) == 2
    assert len(aws.messages()) == 9


def test_nothing_is_left_of_however_many_streams(aws: Aws) -> None:
    group = LogGroup(DEPLOYMENT, aws.logs)
    for number in range(120):
        group.write(invocation("first", log_stream=f"2026/11/23/[$LATEST]{number}"))
    group.write(invocation("x" * (MAX_LINE_BYTES + 1)))
    group.clear()
    assert aws.logs.describe_log_streams(logGroupName=DEPLOYMENT.log_group)["logStreams"] == []
    assert group.violations == []
    group.write(invocation("again"))
    assert len(aws.messages()) == 3


def test_a_line_over_the_limit_is_cut_and_named(aws: Aws) -> None:
    group = LogGroup(DEPLOYMENT, aws.logs)
    fits, too_long = "f" * MAX_LINE_BYTES, "l" * (MAX_LINE_BYTES + 1)
    assert group.write(invocation(fits, too_long)) == (fits,)
    assert [message[0] + str(len(message)) for message in aws.messages()[1:-1]] == ["f262118", "l262118", "l1"]
    (violation,) = group.violations
    assert violation.reason == "a line of 262119 bytes was cut at 262118"
    assert (violation.request_id, violation.line_start) == (REQUEST_ID, "l" * 200)


def test_more_lines_than_one_request_takes_all_reach_the_log(aws: Aws) -> None:
    requests: list[list[str]] = []

    def remember(params: dict[str, Any], **_: Any) -> None:
        requests.append([event["message"] for event in params["logEvents"]])

    aws.logs.meta.events.register("provide-client-params.cloudwatch-logs.PutLogEvents", remember)
    group = LogGroup(DEPLOYMENT, aws.logs)
    group.write(invocation(*["x" * 200_000] * 11, *["y"] * 10_500))
    aws.logs.meta.events.unregister("provide-client-params.cloudwatch-logs.PutLogEvents", remember)
    assert len(aws.messages()) == 11 + 10_500 + 2
    assert max(len(messages) for messages in requests) <= 10_000
    assert max(sum(len(message) + 26 for message in messages) for messages in requests) <= 1_048_576
    assert group.violations == []


def test_lines_at_a_time_that_cloudwatch_rejects_are_named(aws: Aws) -> None:
    group = LogGroup(DEPLOYMENT, aws.logs)
    group.write(invocation("late", at=AT - timedelta(days=15)))
    assert "were rejected: {'tooOldLogEventEndIndex': 2}" in group.violations[0].reason


def test_a_log_group_that_was_not_deployed_is_an_error(moto: Aws) -> None:
    absent = replace(DEPLOYMENT, log_group="/absent")
    with pytest.raises(moto.logs.exceptions.ResourceNotFoundException):
        LogGroup(absent, moto.logs).write(invocation("line"))


def test_a_function_with_text_logs_is_refused(moto: Aws) -> None:
    with pytest.raises(ValueError, match="tenner-notifier: the sandbox writes JSON logs"):
        LogGroup(replace(DEPLOYMENT, log_format="Text"), moto.logs)


def test_the_report_of_a_cold_start_bills_its_loading() -> None:
    at = datetime(2026, 10, 8, 7, 30, 28, 236000, tzinfo=UTC)
    assert report_line(invocation(at=at, init_ms=463.512), DEPLOYMENT) == (
        '{"time":"2026-10-08T07:30:29.469Z","type":"platform.report","record":{"requestId":"'
        + REQUEST_ID
        + '","metrics":{"durationMs":1233.96,"billedDurationMs":1698,"memorySizeMB":256,"maxMemoryUsedMB":123,'
        '"initDurationMs":463.512},"status":"success"}}'
    )


def test_the_start_line_is_lambdas() -> None:
    at = datetime(2026, 10, 8, 7, 30, 41, 76000, tzinfo=UTC)
    assert start_line(invocation(at=at), DEPLOYMENT) == (
        '{"time":"2026-10-08T07:30:41.076Z","type":"platform.start","record":{"requestId":"'
        + REQUEST_ID
        + '","functionArn":"arn:aws:lambda:eu-central-1:123456789012:function:tenner-notifier","version":"$LATEST"}}'
    )


@pytest.mark.parametrize(
    ("outcome", "status"),
    [
        (Outcome.timed_out(REQUEST_ID, 50), {"status": "timeout"}),
        (Outcome.exited(REQUEST_ID, -9), {"status": "error", "errorType": "Runtime.ExitError"}),
    ],
)
def test_the_report_of_a_failure_says_which(outcome: Outcome, status: dict[str, str]) -> None:
    line = report_line(invocation(outcome=outcome), replace(DEPLOYMENT, system_log_level="WARN"))
    assert line is not None
    record = json.loads(line)["record"]
    assert {name: record[name] for name in record if name in ("status", "errorType")} == status


def filter_patterns() -> dict[str, str]:
    """Every filter pattern for failures that a page or an alarm tells people to use, by where it stands.

    A term of small letters looks for one message of ours.
    """
    texts = {page.name: page.read_text(encoding="utf-8") for page in sorted((PROJECT / "docs").glob("*.md"))}
    texts |= {alarm.name: alarm.first for alarm in EVERY}
    found = {name: re.findall(r"--filter-pattern ('[^']*'|\S+)", text) for name, text in texts.items()}
    failures = {
        name: [each for each in all_ if not re.fullmatch("'\"[a-z -]+\"'", each)] for name, all_ in found.items()
    }
    return {f"{name}, {number}": each for name, all_ in failures.items() for number, each in enumerate(all_)}


def finds(pattern: str, line: str) -> bool:
    """Whether a pattern of the form `{ $.a.b = "x" || … }` matches a line of JSON.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/matching-terms-json-log-events.html
    """
    assert re.fullmatch(r"""'\{ \$[\w.]+ = "[^"]+"( \|\| \$[\w.]+ = "[^"]+")* \}'""", pattern)

    def at(path: str) -> object:
        value = json.loads(line)
        for key in path.split(".")[1:]:
            value = value.get(key) if isinstance(value, dict) else None
        return value

    return any(at(path) == wanted for path, wanted in re.findall(r'(\$[\w.]+) = "([^"]+)"', pattern))


@pytest.mark.parametrize("where", filter_patterns())
def test_what_people_are_told_to_search_the_log_for_finds_timeouts_and_kills(where: str) -> None:
    pattern = filter_patterns()[where]
    for outcome in (Outcome.timed_out(REQUEST_ID, 50), Outcome.exited(REQUEST_ID, -9)):
        line = report_line(invocation(outcome=outcome), DEPLOYMENT)
        assert line is not None
        assert finds(pattern, line), line
    succeeded = report_line(invocation(), DEPLOYMENT)
    assert succeeded is not None
    assert not finds(pattern, succeeded)
    message = "day not compacted" if "$.message" in pattern else "something"
    assert finds(pattern, json.dumps({"level": "ERROR", "message": message}))


def test_system_level_warn_leaves_only_the_reports_of_failures(aws: Aws) -> None:
    group = LogGroup(replace(DEPLOYMENT, system_log_level="WARN"), aws.logs)
    group.write(invocation("line"))
    assert aws.messages() == ["line"]


@pytest.mark.parametrize(
    ("line", "level", "passes"),
    [
        ('{"level": "debug", "msg": "m", "timestamp": "2024-11-02T16:51:31.587199Z"}', "INFO", False),
        ('{"level": "DEBUG", "msg": "m", "timestamp": "2024-11-02T16:51:31Z"}', "DEBUG", True),
        ('{"level": "WARNING", "msg": "m", "timestamp": "2024-11-02T16:51:31Z"}', "WARN", True),
        ('{"level": "INFO", "msg": "m", "timestamp": "2024-11-02T16:51:31Z"}', "WARN", False),
        ('{"level": "DEBUG", "msg": "no timestamp"}', "INFO", True),
        ('{"level": "LOUD", "timestamp": "2024-11-02T16:51:31Z"}', "WARN", False),
        ("plain", "INFO", True),
        ("plain", "WARN", False),
        ("plain", None, True),
    ],
)
def test_lambda_filters_lines_by_level_as_documented(line: str, level: str | None, passes: bool) -> None:
    assert reaches_the_log(line, level) is passes


def test_an_error_of_powertools_passes_level_error_only_with_an_rfc_3339_timestamp(
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name, rfc3339 in (("plain", False), ("rfc3339", True)):
        logger = Logger(service=name, use_rfc3339=rfc3339)
        logger.error("failed")
        logging.getLogger(name).handlers.clear()
    plain, with_rfc3339 = capsys.readouterr().out.splitlines()
    assert (reaches_the_log(plain, "ERROR"), reaches_the_log(with_rfc3339, "ERROR")) == (False, True)


def test_embedded_metrics_reach_cloudwatch_at_their_own_minute(moto: Aws) -> None:
    minute = (AT - timedelta(hours=1)).replace(second=0)
    directive = {"Namespace": "LogGroupTest", "Dimensions": [["Source"]], "Metrics": [{"Name": "ApiLatency"}]}
    aws_member = {"Timestamp": int(minute.timestamp() * 1000), "CloudWatchMetrics": [directive]}
    line = json.dumps({"_aws": aws_member, "Source": "main", "ApiLatency": [10, 10, 40]})
    extraction = MetricExtraction(moto.cloudwatch)
    (metric,) = extraction.extract(["plain", line], AT)
    assert (metric.name, extraction.malformed) == ("ApiLatency", [])
    statistics = moto.cloudwatch.get_metric_statistics(
        Namespace="LogGroupTest",
        MetricName="ApiLatency",
        Dimensions=[{"Name": "Source", "Value": "main"}],
        StartTime=minute,
        EndTime=minute + timedelta(minutes=1),
        Period=60,
        Statistics=["Sum", "SampleCount", "Maximum"],
    )
    (point,) = statistics["Datapoints"]
    assert (point["Sum"], point["SampleCount"], point["Maximum"]) == (60, 3, 40)


def test_malformed_metrics_are_kept_with_the_reason_and_do_not_stop_the_others(moto: Aws) -> None:
    broken = '{"_aws": {"CloudWatchMetrics": []}}'
    extraction = MetricExtraction(moto.cloudwatch)
    assert extraction.extract([broken, "plain"], AT) == ()
    (malformed,) = extraction.malformed
    assert malformed.line == broken
    assert "Timestamp" in malformed.reason
