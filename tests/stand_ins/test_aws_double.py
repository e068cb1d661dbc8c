"""The AWS double as a whole: fresh each time, one at a time, and it remembers who called what."""

from collections.abc import Iterator
from contextlib import suppress

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from tests.sandbox.aws import AwsDouble, Fault


@pytest.fixture
def aws() -> Iterator[AwsDouble]:
    with AwsDouble() as double:
        yield double


def test_each_double_starts_empty() -> None:
    for _ in range(2):
        with AwsDouble() as aws:
            s3 = aws.client("s3")
            assert s3.list_buckets()["Buckets"] == []
            s3.create_bucket(Bucket="bucket")


def test_only_one_is_open_at_a_time(aws: AwsDouble) -> None:
    with pytest.raises(RuntimeError, match="another AwsDouble is open"):
        AwsDouble().__enter__()
    aws.client("s3").list_buckets()


def test_nothing_answers_once_it_is_closed() -> None:
    with AwsDouble() as aws:
        s3 = aws.client("s3")
    with pytest.raises(EndpointConnectionError):
        s3.list_buckets()


def test_a_call_is_recorded_with_what_iam_is_asked_for_it(aws: AwsDouble) -> None:
    s3 = aws.client("s3")
    s3.create_bucket(Bucket="bucket")
    s3.put_object(Bucket="bucket", Key="raw/a b+c.gz", Body=b"1", IfNoneMatch="*", Metadata={"run": "7"})
    (call,) = aws.calls.of("PutObject")
    assert (call.service, call.key, call.status, call.error) == ("s3", "raw/a b+c.gz", 200, "")
    assert call.action == "s3:PutObject"
    assert call.request.resources == ("arn:aws:s3:::bucket/raw/a b+c.gz",)
    assert call.request.context["s3:if-none-match"] == "*"
    assert call.parameters["Metadata"]["run"] == "7"
    assert "Body" not in call.parameters


@pytest.mark.parametrize(
    ("service", "operation", "parameters", "asked"),
    [
        ("s3", "head_object", {"Bucket": "bucket", "Key": "k"}, ("s3:GetObject", "arn:aws:s3:::bucket/k")),
        ("s3", "list_objects_v2", {"Bucket": "bucket", "Prefix": "raw/"}, ("s3:ListBucket", "arn:aws:s3:::bucket")),
        (
            "secretsmanager",
            "get_secret_value",
            {"SecretId": "absent"},
            ("secretsmanager:GetSecretValue", "arn:aws:secretsmanager:us-east-1:123456789012:secret:absent"),
        ),
        ("sqs", "get_queue_url", {"QueueName": "q"}, ("sqs:GetQueueUrl", "arn:aws:sqs:us-east-1:123456789012:q")),
        ("cloudwatch", "list_metrics", {}, ("cloudwatch:ListMetrics", "*")),
        ("dynamodb", "list_tables", {}, ("dynamodb:ListTables", "*")),
    ],
)
def test_every_protocol_is_read(
    aws: AwsDouble, service: str, operation: str, parameters: dict[str, str], asked: tuple[str, str]
) -> None:
    with suppress(ClientError):
        getattr(aws.client(service), operation)(**parameters)
    (call,) = aws.calls
    assert (call.action, *call.request.resources) == asked


def test_a_secret_called_by_its_name_is_recorded_by_its_arn(aws: AwsDouble) -> None:
    secrets = aws.client("secretsmanager")
    arn = secrets.create_secret(Name="n", SecretString="v")["ARN"]
    secrets.get_secret_value(SecretId="n")
    (call,) = aws.calls.of("GetSecretValue")
    assert (call.key, call.request.resources) == ("n", (arn,))


def test_an_error_answer_is_recorded_with_its_code(aws: AwsDouble) -> None:
    with pytest.raises(ClientError):
        aws.client("s3").get_object(Bucket="absent", Key="k")
    (call,) = aws.calls
    assert (call.status, call.error) == (404, "NoSuchBucket")


def test_clear_forgets_calls_and_faults_and_keeps_what_is_stored(aws: AwsDouble) -> None:
    s3 = aws.client("s3")
    s3.create_bucket(Bucket="bucket")
    aws.faults.add(Fault("refuse", service="s3"))
    aws.clear()
    assert list(aws.calls) == []
    assert [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]] == ["bucket"]


def test_a_call_that_moto_cannot_carry_out_fails_the_test_that_made_it() -> None:
    aws = AwsDouble()
    aws.__enter__()
    with pytest.raises(ClientError, match="StandInFailed"):
        aws.client("athena").update_work_group(WorkGroup="primary")
    with pytest.raises(RuntimeError, match="athena UpdateWorkGroup"):
        aws.__exit__(None, None, None)


def test_a_secret_is_found_wherever_it_went_over_the_wire(aws: AwsDouble) -> None:
    s3, secrets, cloudwatch = aws.client("s3"), aws.client("secretsmanager"), aws.client("cloudwatch")
    s3.create_bucket(Bucket="bucket")
    secrets.create_secret(Name="n", SecretString="t0p/secret")
    secrets.get_secret_value(SecretId="n")
    s3.put_object(Bucket="bucket", Key="k", Body=b"1", Metadata={"leak": "t0p/secret"})
    dimensions = [{"Name": "Zone", "Value": "t0p/secret"}]
    data = [{"MetricName": "M", "Dimensions": dimensions, "Value": 1.0}] * 300  # large enough to be compressed
    cloudwatch.put_metric_data(Namespace="N", MetricData=data)
    s3.put_object(Bucket="bucket", Key="t0p/secret", Body=b"1")
    found = [(found.exchange.label.split()[1], found.part) for found in aws.transcript.find("t0p/secret")]
    assert found == [
        ("CreateSecret", "request"),
        ("GetSecretValue", "response"),
        ("PutObject", "request"),
        ("PutMetricData", "request"),
        ("PutObject", "request"),
    ]
    assert aws.transcript.find("elsewhere") == ()


def test_bytes_that_look_like_gzip_and_are_not_do_not_end_the_search(aws: AwsDouble) -> None:
    s3 = aws.client("s3")
    s3.create_bucket(Bucket="bucket")
    looks_like_gzip = b"\x1f\x8b\x08\x00" + bytes(6) + b"\xff" * 100
    s3.put_object(Bucket="bucket", Key="k", Body=looks_like_gzip + b"t0p/secret")
    assert [found.exchange.label for found in aws.transcript.find("t0p/secret")] == ["s3 PutObject k"]


def test_the_transcript_can_be_switched_off(aws: AwsDouble) -> None:
    aws.transcript.recording = False
    aws.client("s3").list_buckets()
    assert list(aws.transcript) == []
