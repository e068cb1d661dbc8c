"""Every kind of fault, as a plain boto3 client meets it, and whether the call was applied."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError, ReadTimeoutError

from tests.sandbox.aws import AwsDouble, Fault
from tests.sandbox.aws.faults import Kind

Put = Callable[[str], Any]


@pytest.fixture
def aws() -> Iterator[AwsDouble]:
    with AwsDouble() as double:
        double.client("s3").create_bucket(Bucket="bucket")
        yield double


@pytest.fixture
def put(aws: AwsDouble) -> Put:
    s3 = aws.client("s3", timeout=0.3)

    def put_object(key: str) -> Any:
        return s3.put_object(Bucket="bucket", Key=key, Body=b"1")

    return put_object


def stored(aws: AwsDouble) -> list[str]:
    return [entry["Key"] for entry in aws.client("s3").list_objects_v2(Bucket="bucket").get("Contents", [])]


def test_refuse_answers_an_error_and_applies_nothing(aws: AwsDouble, put: Put) -> None:
    aws.faults.add(Fault("refuse", service="s3", operation="PutObject", key="raw/*", code="SlowDown", status=503))
    with pytest.raises(ClientError) as raised:
        put("raw/1")
    assert raised.value.response["Error"]["Code"] == "SlowDown"
    assert raised.value.response["ResponseMetadata"]["HTTPStatusCode"] == 503
    assert stored(aws) == []


def test_drop_cuts_the_connection_and_applies_nothing(aws: AwsDouble, put: Put) -> None:
    aws.faults.add(Fault("drop", operation="PutObject"))
    with pytest.raises(ConnectionClosedError):
        put("k")
    assert stored(aws) == []


def test_drop_answer_applies_the_call_and_cuts_the_connection(aws: AwsDouble, put: Put) -> None:
    aws.faults.add(Fault("drop_answer", operation="PutObject"))
    with pytest.raises(ConnectionClosedError):
        put("k")
    assert stored(aws) == ["k"]


def test_hang_applies_nothing_and_outlasts_the_client(aws: AwsDouble, put: Put) -> None:
    aws.faults.add(Fault("hang", operation="PutObject"))
    with pytest.raises(ReadTimeoutError):
        put("k")
    assert stored(aws) == []


@pytest.mark.parametrize(("kind", "applied"), [("drop", []), ("drop_answer", ["k"])])
def test_what_happens_meanwhile_comes_before_the_caller_notices_the_cut(
    aws: AwsDouble, put: Put, kind: Kind, applied: list[str]
) -> None:
    seen: list[list[str]] = []
    aws.faults.add(Fault(kind, operation="PutObject", meanwhile=lambda: seen.append(stored(aws))))
    with pytest.raises(ConnectionClosedError):
        put("k")
    assert seen == [applied]


def test_hang_answer_applies_the_call_and_outlasts_the_client(aws: AwsDouble, put: Put) -> None:
    aws.faults.add(Fault("hang_answer", operation="PutObject"))
    with pytest.raises(ReadTimeoutError):
        put("k")
    assert stored(aws) == ["k"]


def test_fail_answers_5xx_and_applies_nothing(aws: AwsDouble, put: Put) -> None:
    aws.faults.add(Fault("fail", operation="PutObject"))
    with pytest.raises(ClientError, match="InternalError") as raised:
        put("k")
    assert raised.value.response["ResponseMetadata"]["HTTPStatusCode"] == 500
    assert stored(aws) == []


def test_fail_answer_applies_the_call_and_answers_5xx(aws: AwsDouble, put: Put) -> None:
    fault = Fault("fail_answer", operation="PutObject", status=503, code="ServiceUnavailable")
    aws.faults.add(fault)
    with pytest.raises(ClientError, match="ServiceUnavailable"):
        put("k")
    assert stored(aws) == ["k"]


def test_slow_answers_rightly_after_a_while(aws: AwsDouble, put: Put) -> None:
    aws.faults.add(Fault("slow", operation="PutObject", seconds=0.01))
    put("k")
    assert [(call.fault, call.status) for call in aws.calls.of("PutObject")] == [("slow", 200)]


def test_a_call_that_hangs_is_let_go_by_clear(aws: AwsDouble) -> None:
    aws.faults.add(Fault("slow", operation="PutObject", seconds=3600))
    s3 = aws.client("s3", timeout=0.3)
    with pytest.raises(ReadTimeoutError):
        s3.put_object(Bucket="bucket", Key="k", Body=b"1")
    aws.clear()
    aws.client("s3").put_object(Bucket="bucket", Key="k", Body=b"2")


def test_a_fault_strikes_as_often_as_it_is_told(aws: AwsDouble, put: Put) -> None:
    aws.faults.add(Fault("refuse", operation="PutObject", times=2))
    for _ in range(2):
        with pytest.raises(ClientError):
            put("k")
    put("k")
    assert aws.faults.pending() == ()


def test_a_fault_strikes_until_its_block_ends(aws: AwsDouble, put: Put) -> None:
    with aws.faults.active(Fault("refuse", operation="PutObject", times=None)):
        for _ in range(3):
            with pytest.raises(ClientError):
                put("k")
    put("k")


def test_a_fault_leaves_other_keys_and_operations_alone(aws: AwsDouble, put: Put) -> None:
    fault = Fault("refuse", service="s3", operation="PutObject", key="raw/*")
    aws.faults.add(fault)
    put("catalog/main.json")
    assert stored(aws) == ["catalog/main.json"]
    assert aws.faults.pending() == (fault,)


def test_faults_strike_in_the_order_in_which_they_were_added(aws: AwsDouble, put: Put) -> None:
    aws.faults.add(Fault("refuse", operation="PutObject", code="First"), Fault("refuse", operation="PutObject"))
    with pytest.raises(ClientError, match="First"):
        put("k")
    with pytest.raises(ClientError, match="AccessDenied"):
        put("k")


def test_a_struck_call_says_so(aws: AwsDouble, put: Put) -> None:
    aws.faults.add(Fault("drop_answer", operation="PutObject"))
    with pytest.raises(ConnectionClosedError):
        put("k")
    (call,) = aws.calls.of("PutObject")
    assert (call.fault, call.status) == ("drop_answer", None)


@pytest.mark.parametrize(
    ("service", "operation", "parameters"),
    [
        ("s3", "get_object", {"Bucket": "bucket", "Key": "k"}),  # XML of its own
        ("secretsmanager", "get_secret_value", {"SecretId": "s"}),  # JSON
        ("cloudwatch", "put_metric_data", {"Namespace": "N", "MetricData": []}),  # JSON with query-like codes
        ("sts", "get_caller_identity", {}),  # query
        ("scheduler", "list_schedules", {}),  # REST with JSON
    ],
)
def test_an_error_has_the_shape_that_clients_of_its_service_read(
    aws: AwsDouble, service: str, operation: str, parameters: dict[str, Any]
) -> None:
    aws.faults.add(Fault("refuse", service=service, code="ThrottlingException", message="too fast", status=400))
    with pytest.raises(ClientError) as raised:
        getattr(aws.client(service), operation)(**parameters)
    assert raised.value.response["Error"]["Code"] == "ThrottlingException"
    assert raised.value.response["Error"]["Message"] == "too fast"


def test_a_head_that_fails_has_a_status_and_no_body(aws: AwsDouble) -> None:
    aws.faults.add(Fault("fail", operation="HeadObject", status=503))
    with pytest.raises(ClientError) as raised:
        aws.client("s3").head_object(Bucket="bucket", Key="k")
    assert raised.value.response["Error"]["Code"] == "503"
